"""The platform as people run it, whose processes die one after another while hours go on."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psutil

from chaos import lakes
from chaos.airflow_hours import AirflowHours, patiently
from chaos.chaos import Chaos
from chaos.hours import hours_of
from chaos.outcome import Outcome
from e2e.killing import kill_task
from e2e.sources import insert, kafka_holds, landed
from gympulse.local import postgres
from gympulse.local.platform import Platform, local_platform
from gympulse.model.tables import LAYERS
from oracle.expected import expect
from oracle.histories import records_and_files
from oracle.records import KafkaRecord
from streams.runs import broker_at

_SERVICES = ("postgres", "kafka", "connect", "airflow", "scheduler")
# Retries as in production, but at once.
_ENVIRONMENT = {"AIRFLOW__GYMPULSE__RETRY_SECONDS": "1"}
_DRIVER, _TASK = "a Spark driver", "an Airflow worker, with its job"
# Between two kills, so that some come while others are not mended yet.
_SECONDS = (1.0, 9.0)
# Hours that come at most.
_HOURS = 10
# Epoch seconds.
_BEGIN = 1_678_521_600


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
        self._settings = platform.settings
        self._sent: list[KafkaRecord] = []
        self._bag: list[str] = []

    def run(self) -> None:
        """Let hours arrive, one of them in peace, and kill meanwhile."""
        most = self._chaos.often(70, 4)
        batches = hours_of(self._chaos, self._chaos.often(_HOURS, 2)).batches
        airflow = AirflowHours(self._settings)
        for number, batch in enumerate(batches):
            self._receive(batch, number)
            airflow.begin()
            while not airflow.is_over():
                if number and self.outcome.injected.total() < most:
                    time.sleep(self._random.uniform(*_SECONDS))
                    self._kill()
                else:
                    time.sleep(1)
            if self.outcome.injected.total() >= most:
                break
        airflow.begin()
        airflow.succeed()
        self._look()

    def _receive(self, batch: list, number: int) -> None:
        records, _ = records_and_files([batch])
        broker_at(self._settings.kafka_bootstrap_servers).send(records)
        self._sent += records
        self._register(number)

    def _kill(self) -> None:
        if not self._bag:
            programs = [p.name for s in self._platform.services.values() for p in s.programs]
            self._bag = self._random.sample([*programs, _DRIVER, _TASK], k=len(programs) + 2)
        target = self._bag.pop()
        self._chaos.tell(f"kill -9 {target}")
        self.outcome.injected[target] += self._killed(target)

    def _killed(self, target: str) -> bool:
        if target == _TASK:
            return any(kill_task(f"spark_jobs/{layer}.py") for layer in LAYERS)
        if target == _DRIVER:
            return _kill_driver(self._settings.lake.root)
        if not (pid := self._platform.supervisor.states()[target]["pid"]):
            # It is about to be started again.
            return False
        psutil.Process(pid).kill()
        return True

    def _look(self) -> None:
        settings, received = self._settings, kafka_holds(self._settings)
        lakes.hold(self.outcome, settings.lake, expect(received, landed(settings)))

        def kept() -> str:
            lost = _values(self._sent) - _values(received)
            assert not lost, f"{lost.total()} records that Kafka had taken are gone"
            return f"{len(self._sent):,} records that Kafka had taken are in it"

        def copied() -> str:
            lines = b"".join(file.content for file in landed(settings)).decode()
            members = self._members()
            missing = [mac for mac in members if mac not in lines]
            assert not missing, f"{missing} of the registration database have not landed"
            return f"{len(members)} registrations have landed"

        hold = self.outcome.hold
        hold("Kafka has all it took", kept, "one more was sent", self._one_more_sent)
        hold("the database's rows landed", copied, "one more was put in", self._one_more_member)

    def _members(self) -> list[str]:
        """The phones that the registration database has."""
        with closing(postgres.connect(self._settings)) as database, database.cursor() as cursor:
            cursor.execute("SELECT mac_address FROM registered_users")
            return [mac for (mac,) in cursor.fetchall()]

    @contextmanager
    def _one_more_sent(self) -> Iterator[None]:
        self._sent.append(KafkaRecord("bpm", 0, -1, None, b"never sent"))
        yield
        self._sent.pop()

    @contextmanager
    def _one_more_member(self) -> Iterator[None]:
        self._register(99)
        yield

    def _register(self, number: int) -> None:
        member = (700 + number, 7700 + number, f"aa:bb:cc:dd:{number:02x}:77", _BEGIN + number)
        patiently(insert, self._settings, "registered_users", [member])


def _values(records: list[KafkaRecord]) -> Counter[tuple]:
    return Counter((record.topic, record.key, record.value) for record in records)


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
