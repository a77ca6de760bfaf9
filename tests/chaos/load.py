"""More than usual: ten times an hour at once, and the backlog of a day's outage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from tests.bench.processes import Cost, job, jobs

from chaos import lakes, load_recomputed, spoiled
from chaos.chaos import Chaos
from chaos.load_arriving import Arrivals, Load
from chaos.load_costs import Pace, Paces
from chaos.load_looking import Look, Looks
from chaos.outcome import Outcome
from gympulse.local.errors import LocalProblem
from gympulse.model.bronze import TOPICS
from gympulse.model.tables import HEART_RATE, LEDGER, WORKOUT_BPM_SUMMARY
from oracle.expected import SOURCE_OF, expect
from oracle.records import KafkaRecord
from streams.runs import Runner, held

SHORT = Load(bands=1, times=1, hours=4, is_measured=False, is_small=True)
USUAL = Load(bands=17)
# 50 million readings in 24 hours.
FULL = Load(bands=579)

_USUAL, _AT_ONCE = "a usual hour", "ten times the usual hour at once"
_BACKLOG = "a backlog of 24 hours"
# Twice what bronze takes at once: how a batch of silver is cut is told in bytes.
_MOST_ROWS = 10_000_000


def inject(chaos: Chaos) -> Outcome:
    """Let more arrive than usual, in the size of the suite."""
    return under(chaos, SHORT if chaos.is_short else USUAL)


def inject_in_full(chaos: Chaos) -> Outcome:
    """Let a backlog of 50 million readings be worked off."""
    return under(chaos, FULL)


def under(chaos: Chaos, load: Load) -> Outcome:
    """Let so much arrive, work it off, and look at it meanwhile and afterwards."""
    worked = Worked(chaos, load)
    worked.open()
    if load.is_measured:
        worked.work(_USUAL, 1, load.bands)
    if load.times > 1:
        worked.work(_AT_ONCE, 1, load.bands * load.times)
    worked.work(_BACKLOG, load.hours, load.bands)
    worked.look()
    return worked.outcome


class Worked:
    """A lake that much arrives in.

    Args:
        chaos: What the suite gives.
        load: How much arrives.

    Attributes:
        outcome: What was done, and found.
    """

    def __init__(self, chaos: Chaos, load: Load) -> None:
        self._chaos, self._load, self.outcome = chaos, load, Outcome("load")
        self._runner: Runner = chaos.runner("load")
        self._lake, self._servers = self._runner.lake, self._runner.broker.servers
        self._log = chaos.folder / "load.log"
        # What the verification is told besides.
        self._told: tuple[str, ...] = ()
        self._arrivals = Arrivals(self._lake, self._servers, chaos.seed)
        self._looks, self._paces = Looks(self._lake), Paces()

    def open(self) -> None:
        """Let the members be known and a first hour arrive, which makes the tables."""
        load = self._load
        self._arrivals.open(load.bands * load.times, load.hours + 3)
        self._arrivals.hour(load.bands)
        self._runner.run()

    def work(self, what: str, hours: int, bands: int) -> None:
        """Let hours arrive while no job runs, and then work them off as the scheduler does."""
        arrived = [self._arrivals.hour(bands) for _ in range(hours)]
        readings = sum(hour.readings for hour in arrived)
        self.outcome.injected[f"readings of {what}"] = readings
        with self._looks.all_the_time():
            costs = self._run()
        if costs:
            pace = self._paces.by_name[what] = Pace(readings, costs)
            self._chaos.tell(f"  {what}: {pace}")

    def _run(self) -> dict[str, Cost]:
        if self._load.is_measured:
            return jobs(self._lake, self._servers, self._log)
        self._runner.run()
        return {}

    def look(self) -> None:
        """Hold what people saw, what the jobs took and what is in the tables."""
        self._look_at_completeness()
        if self._load.is_measured:
            self._look_at_costs()
        self._look_at_tables()

    def _look_at_completeness(self) -> None:
        hold, looks, hours = self.outcome.hold, self._looks, self._arrivals.hours
        first, last = looks.answers[0], looks.answers[-1]
        hold(
            "complete-through is there at each look, and never goes back",
            looks.are_there,
            "it goes back to what it was at first",
            self._seen(lambda answers: [*answers, first]),
        )
        hold(
            "complete-through comes to what arrived last",
            lambda: looks.come_to(hours[-1]),
            "nobody looks after the first time",
            self._seen(lambda answers: answers[:1]),
        )
        hold(
            "complete-through is never ahead of gold",
            lambda: looks.are_true(hours),
            "the newest is told while gold has what it had at first",
            self._seen(lambda answers: [*answers, Look(last.through, first.version)]),
        )

    def _look_at_costs(self) -> None:
        hold, paces = self.outcome.hold, self._paces
        if self.outcome.injected.total() > _MOST_ROWS:
            hold(
                "no batch of records holds much more than bronze takes at once",
                self._in_batches,
                "the ledger has batches ten times as large",
                lambda: spoiled.changed(self._lake, LEDGER, _ten_times),
            )
        hold(
            f"memory stays flat over {_BACKLOG}",
            # In a usual hour a job leaves most of its heap untouched.
            lambda: paces.is_flat(_BACKLOG, _AT_ONCE),
            "a job takes twice as much",
            lambda: paces.spoiled(_BACKLOG, memory=2),
        )
        for what in (_AT_ONCE, _BACKLOG):
            hold(
                f"throughput stays over {what}",
                lambda what=what: paces.is_kept(what),
                "the jobs need twice as long for a reading as before",
                lambda what=what: paces.spoiled(what, time=2 * paces.ratio(what)),
            )

    def _look_at_tables(self) -> None:
        hold, lake, hours = self.outcome.hold, self._lake, self._arrivals.hours
        less = spoiled.one_less(lake, WORKOUT_BPM_SUMMARY)
        self._chaos.tell("  looking at the tables")
        if self._load.is_small:
            expected = expect(held(self._servers, *TOPICS), self._arrivals.files)
            equal = partial(lakes.equal, lake, expected)
            hold("every table is as the oracle has it", equal, "a row of gold goes", less)
        else:
            hold("verify finds nothing", self._verified, "a row of gold goes", self._one_less)
        hold(
            "gold is what the readings say",
            lambda: load_recomputed.gold_is_bronze(lake, hours),
            "a row of gold goes",
            less,
        )
        hold(
            "silver has every reading",
            lambda: load_recomputed.silver_is_bronze(lake, hours),
            "a reading comes twice",
            spoiled.one_twice(lake, HEART_RATE),
        )
        hold(
            "bronze has every record",
            lambda: load_recomputed.bronze_is_kafka(lake, self._servers),
            "a record more is in Kafka",
            self._one_unread,
        )

    def _in_batches(self) -> str:
        # What is made of tables has no such batches: it is computed through, and spills.
        fed = {*SOURCE_OF, *SOURCE_OF.values()}
        entries = DeltaTable(self._lake.path(LEDGER)).to_pyarrow_table().to_pylist()
        largest = max(entry["rows_read"] for entry in entries if entry["table"] in fed)
        assert largest <= _MOST_ROWS, f"a batch had {largest:,} rows of at most {_MOST_ROWS:,}"
        return f"{len(entries)} batches, the largest of {largest:,} rows"

    def _verified(self) -> str:
        try:
            job("verify", self._lake, self._servers, self._log, told=self._told)
        except LocalProblem as problem:
            raise AssertionError(str(problem)) from problem
        return "silver and gold are as they are recomputed from bronze"

    @contextmanager
    def _one_less(self) -> Iterator[None]:
        """A row is lost of the one table that is verified then: of all it would take minutes."""
        self._told = (f"--tables={WORKOUT_BPM_SUMMARY.short_name}",)
        try:
            with spoiled.one_less(self._lake, WORKOUT_BPM_SUMMARY)():
                yield
        finally:
            self._told = ()

    def _seen(self, by: Callable[[list[Look]], list[Look]]) -> Callable:
        @contextmanager
        def changed() -> Iterator[None]:
            answers = self._looks.answers
            self._looks.answers = by(answers)
            try:
                yield
            finally:
                self._looks.answers = answers

        return changed

    @contextmanager
    def _one_unread(self) -> Iterator[None]:
        # Only here something is sent that no job reads: nothing is looked at after it.
        self._runner.broker.send([KafkaRecord("bpm", 0, 0, b"0", b"{}")])
        yield


def _ten_times(entries: pa.Table) -> pa.Table:
    at = entries.schema.get_field_index("rows_read")
    many = pc.multiply(entries["rows_read"], 10)
    return entries.set_column(at, entries.schema.field(at), many)
