"""Disks that are full or cannot be written: a clear failure, and then the next run completes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chaos import disk_faults, lakes
from chaos.chaos import Chaos
from chaos.disk_faults import Fault
from chaos.outcome import Check, Outcome
from chaos.small_disk import CannotMount, SmallDisk, small_disk
from gympulse.errors import JobFailed
from gympulse.io import disk
from gympulse.job import done
from gympulse.model.tables import LAYERS
from gympulse.runbook import Section, more
from oracle.expected import expect
from oracle.histories import PlacedBatch, cut, place, records_and_files, seeded_history
from streams.processes import submit
from streams.runs import PARTITIONS, Runner

_MEGABYTES = 64
_HAPPENED = 20
_SENTENCE = re.compile(
    r"failed: \S+/disk/lake (is full: [\d,]+ MB of [\d,]+ MB are free \(No space left on device\)"
    r"|cannot be written \(Read-only file system\))[^\n]+\n(.*\n)?" + re.escape(more(Section.DISK))
)
_KAFKA = "--kafka-bootstrap-servers={kafka}"
_SILVER = ("silver", ())
# All days of the made histories' people, of one table: of all it would take minutes.
_DAYS = ("--from-date=2023-02-20", "--to-date=2024-04-10", "--tables=heart_rate")
_SCRIPTS = dict(
    [
        ("bronze", (_KAFKA,)),
        _SILVER,
        ("gold", ()),
        ("backfill", ("--mode=restate", *_DAYS, "--reason=chaos", "--no-dry-run")),
        ("maintenance", ()),
    ]
)
_PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Run:
    """A run of a job.

    Attributes:
        name: What was done to it, and when.
        problem: What it said as it failed; None where it was done.
    """

    name: str
    problem: str | None


def inject(chaos: Chaos) -> Outcome:
    """Let a lake's disk run full, and let nothing be written there, during every layer's run."""
    outcome = Outcome("disk")
    try:
        with small_disk(chaos.folder / "disk", _MEGABYTES) as small:
            disks = Disks(chaos, small, outcome)
            for batch in disks.batches:
                disks.hour(batch)
            disks.elsewhere()
            disks.look()
    except CannotMount as refused:
        name, control = "a small disk can be mounted, as root", "none"
        outcome.checks.append(Check(name, "", str(refused), control, is_noticed=True))
    return outcome


class Disks:
    """A lake on a small disk.

    Args:
        chaos: What the suite gives.
        small: The disk.
        outcome: Takes what was done, and found.

    Attributes:
        batches: What arrives, hour by hour.
    """

    def __init__(self, chaos: Chaos, small: SmallDisk, outcome: Outcome) -> None:
        self._chaos, self._small, self._outcome = chaos, small, outcome
        self._random = chaos.random("disk")
        self._runner = Runner(chaos.lake("disk/lake"), chaos.broker(), chaos.session)
        self._failed: list[Run] = []
        self._after: list[Run] = []
        # In whose midst a disk gave out, and whether it was full, not read-only.
        self._met: set[tuple[str, bool]] = set()
        hours = chaos.often(2, 1)
        history = seeded_history(chaos.seed, happened=_HAPPENED * hours)
        self.batches: list[PlacedBatch] = place(cut(history, chaos.seed, hours), PARTITIONS)

    def hour(self, batch: PlacedBatch) -> None:
        """Let records arrive, and each layer fail some times before it is run in peace."""
        self._runner.receive(batch)
        for layer in LAYERS:
            for fault in disk_faults.drawn(self._random, layer, self._chaos.often(5, 3)):
                self._fail(fault)
            self._after.append(self._run(layer, f"{layer}, there being room"))

    def _fail(self, fault: Fault) -> None:
        with fault.injected(self._small) as happened:
            run = self._run(fault.layer, fault.name)
        if not happened:
            return
        self._met |= {(fault.layer, fault.is_full)} if fault.point else set()
        self._outcome.injected[fault.name] += 1
        # What little room there was may have been enough.
        if fault.is_certain or run.problem is not None:
            self._failed.append(run)

    def _run(self, layer: str, name: str) -> Run:
        """Run a layer's job as a process would, which knows nothing of what was before."""
        self._chaos.session()._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
        try:
            done(layer, lambda: self._work(layer))
        except JobFailed as failure:
            return Run(name, str(failure))
        except Exception as error:
            return Run(name, f"{type(error).__name__}: {error}")
        return Run(name, None)

    def _work(self, layer: str) -> None:
        with disk.said(self._runner.lake):
            self._runner.run(layer)

    def elsewhere(self) -> None:
        """Let processes of their own fail, and then not, operations' too."""
        lake = f"--lake={self._runner.lake.root}"
        for script, words in _SCRIPTS.items() if not self._chaos.is_short else [_SILVER]:
            words = [word.format(kafka=self._runner.broker.servers) for word in words]
            self._small.leave(0)
            failed = self._ended(script, lake, *words)
            self._small.make_room()
            self._failed.append(failed)
            self._outcome.injected[failed.name] += 1
            if not self._chaos.is_short:
                self._after.append(self._ended(script, lake, *words))

    def _ended(self, script: str, *words: str) -> Run:
        job = submit(f"spark_jobs/{script}.py", *words)
        said, _ = job.communicate(timeout=_PATIENCE_SECONDS)
        name = f"disk full before {script}, a process of its own"
        if job.returncode == 0:
            return Run(name, None)
        assert job.returncode == 1, f"{script} ended with {job.returncode}:\n{said}"
        return Run(name, said[said.rfind(f"{script} failed: ") :].strip())

    def look(self) -> None:
        """Hold what was said against what was done, and the lake against the oracle."""
        lake, hold = self._runner.lake, self._outcome.hold
        hold("a failure is a sentence", self._clear, "a job fails as Spark has it", self._silent)
        room = "there being room again, the next run completes"
        hold(room, self._completed, "there is none", self._without_room)
        lakes.hold(self._outcome, lake, expect(*records_and_files(self.batches)))
        if not self._chaos.is_short:
            midst = "each layer, and each way, is met in the midst of a run"
            hold(midst, self._in_the_midst, "a layer is not", self._spared)

    def _clear(self) -> str:
        unclear = [run for run in self._failed if not _SENTENCE.search(run.problem or "done")]
        assert not unclear, f"{len(unclear)} are not, such as {unclear[0]}"
        first, lake = self._failed[0].problem.splitlines()[0], self._runner.lake.root
        return f"so are {len(self._failed)}, such as: {first.replace(lake, 'LAKE')}"

    @contextmanager
    def _silent(self) -> Iterator[None]:
        kept, disk._refusal = disk._refusal, lambda *_: None
        try:
            self._small.leave(0)
            self._failed.append(self._run("gold", "gold, whose words are Spark's"))
            yield
        finally:
            self._failed.pop()
            self._small.make_room()
            disk._refusal = kept

    def _in_the_midst(self) -> str:
        layers, ways = ({each[at] for each in self._met} for at in (0, 1))
        assert layers == set(LAYERS), f"only {', '.join(layers)} are"
        assert len(ways) == 2, "only by one that is full, or only by one that is read-only"
        return f"so is it, in {len(self._met)} of {2 * len(LAYERS)} ways"

    @contextmanager
    def _spared(self) -> Iterator[None]:
        kept = self._met
        self._met = {each for each in kept if each[0] != "silver"}
        try:
            yield
        finally:
            self._met = kept

    def _completed(self) -> str:
        failed = [run for run in self._after if run.problem is not None]
        assert not failed, f"{len(failed)} did not, such as {failed[0]}"
        return f"so did {len(self._after)}"

    @contextmanager
    def _without_room(self) -> Iterator[None]:
        self._small.leave(0)
        self._after.append(self._run("gold", "gold, without room"))
        try:
            yield
        finally:
            self._after.pop()
            self._small.make_room()
