"""The platform as people run it, whose processes die one after another while hours go on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property, partial

import psutil

from chaos import lakes
from chaos.airflow_hours import AirflowHours
from chaos.chaos import Chaos
from chaos.hours import hours_of
from chaos.outage_source import OutageSource
from chaos.outcome import Outcome
from chaos.recovery import Times
from e2e.killing import kill_task
from e2e.sources import kafka_holds, landed
from gympulse.local.platform import Platform, local_platform
from gympulse.model.tables import LAYERS
from oracle.expected import expect
from streams.runs import wait_until

_SERVICES = ("postgres", "kafka", "connect", "airflow", "scheduler")
# All as in production, but sooner: retries come at once instead of after half a minute, and a task
# is missed whose worker has been silent for a minute instead of five.
_ENVIRONMENT = {
    "AIRFLOW__GYMPULSE__RETRY_SECONDS": "1",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
}
_DRIVER, _TASK = "a Spark driver", "an Airflow worker, with its job"
# Between two kills, so that some come while others are not mended yet.
_SECONDS = (0.3, 2.0)
_KILLS = 68
# The first makes the tables, the second passes in peace, in the others there are kills.
_IN_PEACE, _HOURS = 2, 12
# In each.
_HAPPENED = 10


def inject(chaos: Chaos) -> Outcome:
    """Kill what Airflow, Kafka and PostgreSQL run as, while hourly chains go on."""
    folder = chaos.folder / "outages"
    folder.mkdir()
    platform = local_platform(folder, _SERVICES, environment=_ENVIRONMENT)
    outages = Outages(chaos, platform)
    try:
        platform.start()
        outages.run()
    finally:
        platform.stop()
    return outages.outcome


class Outages:
    """A platform whose processes are killed.

    Args:
        chaos: What the suite gives.
        platform: The platform.

    Attributes:
        outcome: What was done, and found.
    """

    def __init__(self, chaos: Chaos, platform: Platform) -> None:
        self._chaos, self._platform = chaos, platform
        self._random, self.outcome = chaos.random("outages"), Outcome("outages")
        self._times, self._source = Times(), OutageSource(platform.settings)

    @cached_property
    def _programs(self) -> list[str]:
        """What the services run as, which is known once their folders are there."""
        services = self._platform.services.values()
        return [program.name for service in services for program in service.programs]

    @cached_property
    def _left(self) -> list[str]:
        """Who is still to be killed, as the seed says: each about as often as any other."""
        targets, most = [*self._programs, _DRIVER, _TASK], self._chaos.often(_KILLS, 4)
        drawn = [each for _ in range(most) for each in self._random.sample(targets, len(targets))]
        return drawn[:most]

    def run(self) -> None:
        """Let hours arrive, the first of them in peace, and kill meanwhile; in the end all."""
        hours = self._chaos.often(_HOURS, _IN_PEACE + 2)
        # Files do not land here, copies of the database do; nor are archives loaded.
        batches = hours_of(self._chaos, hours, _HAPPENED, has_archives=False).batches
        airflow = AirflowHours(self._platform.settings)
        for batch in batches[:_IN_PEACE]:
            self._source.send(batch)
            seconds = airflow.succeed()
        self._times.note(seconds, None)
        for batch in batches[_IN_PEACE:-1]:
            self._source.send(batch)
            # However many hours it took to kill so often, the rest arrives too.
            if self._left:
                airflow.begin()
                airflow.end(self._kill_soon)
        self._kill_all()
        self._source.send(batches[-1])
        self._source.wait_for_profiles()
        self._times.note(airflow.succeed(), "all services")
        self._look()

    def _kill_soon(self) -> None:
        time.sleep(self._random.uniform(*_SECONDS))
        # One that is not there now is the first to be killed once it is.
        if target := next(filter(self._killed, dict.fromkeys(self._left)), None):
            self._chaos.tell(f"kill -9 {target}")
            self._left.remove(target)
            self.outcome.injected[target] += 1

    def _kill_all(self) -> None:
        """Kill all services at once, as when the machine fails."""
        self._chaos.tell("kill -9 of all services")
        for target in self._programs:
            wait_until(partial(self._killed, target))
            self.outcome.injected[target] += 1

    def _killed(self, target: str) -> bool:
        lake = self._platform.settings.lake.root
        if target == _TASK:
            return any(kill_task(f"spark_jobs/{layer}.py", lake) for layer in LAYERS)
        if target == _DRIVER:
            return _kill_driver(lake)
        # One that is about to be started again has no process.
        if not (pid := self._platform.supervisor.states()[target]["pid"]):
            return False
        try:
            psutil.Process(pid).kill()
        except psutil.NoSuchProcess:
            return False
        return True

    def _look(self) -> None:
        settings, hold, source = self._platform.settings, self.outcome.hold, self._source
        received, times = kafka_holds(settings), self._times
        lakes.hold(self.outcome, settings.lake, expect(received, landed(settings)))
        kept, more = partial(source.is_kept, received), source.one_more_sent
        hold("Kafka has all it took", kept, "one more was sent", more)
        copied, member = source.is_copied, source.one_more_member
        hold("the database's rows landed", copied, "one more was put in", member)
        told, change = partial(source.is_told, received), source.one_more_change
        hold("its changes came through Connect", told, "one more was made", change)
        hold("every process was killed", self._have_died, "one was not", self._one_spared)
        if not self._chaos.is_short:
            hold("recovery takes little longer", times.look, "it takes twice as long", times.slower)

    def _have_died(self) -> str:
        killed = self.outcome.injected
        spared = [*self._left, *(each for each in self._programs if not killed[each])]
        assert not spared, f"not killed, or not so often: {', '.join(spared)}"
        return f"{killed.total()} kills of {len(killed)} kinds of processes"

    @contextmanager
    def _one_spared(self) -> Iterator[None]:
        target = self._programs[0]
        kept = self.outcome.injected.pop(target)
        try:
            yield
        finally:
            self.outcome.injected[target] = kept


def _kill_driver(lake: str) -> bool:
    """Kill Java of a job of this lake, and nothing else."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = process.cmdline()
            if process.name() == "java" and any(
                f"--lake={lake}" in word or word == lake for word in words
            ):
                process.kill()
                return True
    return False
