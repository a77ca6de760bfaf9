"""Jobs that die by ``kill -9``, at every named point and at any moment, again and again."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from signal import SIGKILL
from subprocess import Popen, TimeoutExpired
from uuid import uuid4

from chaos import lakes, spoiled
from chaos.chaos import Chaos
from chaos.hours import Hours, hours_of
from chaos.outcome import Outcome
from chaos.points import POINTS, Point, points_of
from chaos.recovery import Times
from gympulse.local.class_archive import all_layers
from gympulse.model.bronze import TOPICS
from gympulse.model.tables import GYM_SUMMARY, LAYERS, WORKOUT_BPM_SUMMARY
from oracle.archives import Archived
from oracle.expected import expect
from oracle.histories import records_and_files
from streams.operating import land_archives
from streams.processes import kill_after_commits, submit
from streams.runs import held, land

_DRIVER = "tests/chaos/driver.py"
# No job of so few records takes longer, unless it hangs.
_PATIENCE_SECONDS = 900
# In an hour: of less, whole summaries may lack a change, and points be passed by.
_HAPPENED = 18
_ANY_MOMENT, _MOMENTS = "all layers in one job, at any moment", 3
# Hour by hour, the layer that is killed last, up to which each is. None is in the first, which
# makes the tables as no other does, nor in the second, for its time. Little is left to be done
# after the kills of the last: how long recovery takes is known by the third.
_LAST = "gold"
_KILLED = (None, None, _ANY_MOMENT, _LAST)
_MINUTE = 1 / 1440


def inject(chaos: Chaos) -> Outcome:
    """Kill drivers between any two writes of hours, of a load, of a rebuild and of maintenance."""
    layers = (None, "silver") if chaos.is_short else _KILLED
    crashes, has_archives = Crashes(chaos), not chaos.is_short
    hours = hours_of(chaos, len(layers), _HAPPENED, has_archives=has_archives)
    for number, (batch, layer) in enumerate(zip(hours.batches, layers, strict=True)):
        if layer == _LAST:
            crashes.operations(hours.archives)
        seconds = crashes.hour(batch, layer)
        if number:
            crashes.times.note(seconds, layer)
    crashes.look(hours)
    return crashes.outcome


class Crashes:
    """A lake whose jobs are killed.

    Args:
        chaos: What the suite gives.

    Attributes:
        lake: The lake.
        times: What runs to their end have taken.
        outcome: What was done, and found.
    """

    def __init__(self, chaos: Chaos) -> None:
        self._chaos, self._runner = chaos, chaos.runner("crashes")
        self._broker = self._runner.broker
        self._random, self.times = chaos.random("crashes"), Times()
        self.lake, self.outcome = self._runner.lake, Outcome("crashes")
        # Where temporary files of its jobs go, and of no others.
        self._temporary = chaos.folder / "crashes.temporary"
        self._temporary.mkdir()

    def hour(self, batch: Iterable, killed: str | None) -> float:
        """Let an hour arrive, kill the jobs up to a layer's, and let the next run do the rest.

        Returns:
            That run's seconds.
        """
        records, files = records_and_files([list(batch)])
        self._broker.send(records)
        for file in files:
            land(self.lake, file)
        if killed == _ANY_MOMENT:
            self._die_at_any_moment()
        elif killed:
            self._kill(killed)
        return self._run()

    def _run(self) -> float:
        """Run the three layers to their end; give its seconds."""
        began = time.monotonic()
        if self._chaos.is_short:
            self._runner.run()
        else:
            self._finish(all_layers.__file__, self.lake.root, self._broker.servers)
        return time.monotonic() - began

    def operations(self, archives: Archived) -> None:
        """Load archives, give gold back what it lost, and maintain; the last hour shows how."""
        land_archives(self.lake, archives)
        self._operate("backfill", "--reason=chaos", "--no-dry-run")
        for table in (WORKOUT_BPM_SUMMARY, GYM_SUMMARY):
            spoiled.change(self.lake, table, lambda rows: rows.slice(2))
        self._operate("gold_rebuild", "--reason=chaos", "--no-dry-run")
        self._operate("maintenance", dying=[f"--keep-days={_MINUTE}"])

    def _operate(self, job: str, *words: str, dying: Sequence[str] = ()) -> None:
        """Kill an operation at its points, told some words more, and then let it be done."""
        told = (f"--lake={self.lake.root}", f"--operation-id={uuid4().hex}", *words)
        self._die(job, *told, *dying)
        self._finish(f"spark_jobs/{job}.py", *told)

    def look(self, hours: Hours) -> None:
        """Hold the lake against what was received, and the kills against what was meant."""
        records = [*held(self._broker.servers, *TOPICS), *hours.archives.records]
        lakes.hold(self.outcome, self.lake, expect(records, hours.files))
        if not self._chaos.is_short:
            hold, times = self.outcome.hold, self.times
            hold("each point was killed at", self._come_to, "one was not", self._missed)
            hold("recovery takes little longer", times.look, "it takes twice as long", times.slower)
            hold("what they spilled goes", self._is_spilled_no_more, "more stays", self._spilled)

    def _come_to(self) -> str:
        injected = self.outcome.injected
        missing = [p.name for p in POINTS if not injected[p.name]]
        assert not missing, f"not come to: {', '.join(missing)}"
        assert injected[_ANY_MOMENT] == _MOMENTS, "a job was done before it was killed"
        return f"{len(POINTS)} points and {_MOMENTS} other moments, {injected.total()} kills"

    @contextmanager
    def _missed(self) -> Iterator[None]:
        kept = self.outcome.injected.pop(POINTS[-1].name)
        try:
            yield
        finally:
            self.outcome.injected[POINTS[-1].name] = kept

    def _is_spilled_no_more(self) -> str:
        """The next job removes it that starts Spark, which the last of all need not do."""
        left = [each for each in self._temporary.glob("gympulse-*-spark/*") if each.is_dir()]
        assert len(left) <= 1, f"{len(left)} killed jobs' folders are left"
        return f"{len(left)} of {self.outcome.injected.total()} killed jobs' folders are left"

    @contextmanager
    def _spilled(self) -> Iterator[None]:
        folders = [self._temporary / "gympulse-0-spark" / name for name in ("first", "second")]
        for folder in folders:
            folder.mkdir(parents=True)
        yield
        for folder in folders:
            folder.rmdir()

    def _kill(self, last: str) -> None:
        """Kill the jobs up to a layer's; of the short form that layer's alone."""
        layers = list(LAYERS)
        for layer in layers[: layers.index(last) + 1]:
            if self._chaos.is_short and layer != last:
                self._runner.run(layer)
            else:
                self._die(layer, *self._told(layer))

    def _die(self, job: str, *words: str) -> None:
        """Kill a job at its points; one that it does not come to is no kill."""
        for point in self._chosen(points_of(job)):
            self._chaos.tell(f"{job}: {point.name}")
            told = (point.words(self._random), job, *words)
            if self._ended(_DRIVER, *told) == -SIGKILL:
                self.outcome.injected[point.name] += 1

    def _chosen(self, points: list[Point]) -> list[Point]:
        return [self._random.choice(points)] if self._chaos.is_short else points

    def _told(self, layer: str) -> list[str]:
        words = [f"--lake={self.lake.root}"]
        return words + [f"--kafka-bootstrap-servers={self._broker.servers}"] * (layer == "bronze")

    def _die_at_any_moment(self) -> None:
        for _ in range(_MOMENTS):
            self._chaos.tell(_ANY_MOMENT)
            job = self._submit(all_layers.__file__, self.lake.root, self._broker.servers)
            # So many that one is left for each of the next.
            commits = self._random.randrange(1, 15)
            self.outcome.injected[_ANY_MOMENT] += kill_after_commits(job, self.lake, commits)
            assert job.returncode in (0, -SIGKILL), f"a job of all layers ended: {job.returncode}"

    def _submit(self, script: str, *words: str) -> Popen:
        return submit(script, *words, env={"TMPDIR": str(self._temporary)})

    def _finish(self, script: str, *words: str) -> None:
        assert self._ended(script, *words) == 0, f"{script} was killed by somebody else"

    def _ended(self, script: str, *words: str) -> int:
        """Run a script to its end, which is its own or by the kill; give its code."""
        process = self._submit(script, *words)
        try:
            said, _ = process.communicate(timeout=_PATIENCE_SECONDS)
        except TimeoutExpired as hung:
            os.killpg(process.pid, SIGKILL)
            raise AssertionError(f"{script} hangs; it has said:\n{hung.output}") from hung
        assert process.returncode in (0, -SIGKILL), f"{script} failed:\n{said[-3000:]}"
        return process.returncode
