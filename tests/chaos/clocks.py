"""Clocks that jump, machines that move to other time zones, and days of 23 and of 25 hours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Timer
from zoneinfo import ZoneInfo

import pyarrow as pa
from deltalake import DeltaTable

from chaos import lakes, spoiled
from chaos.chaos import Chaos
from chaos.clock import PYTHON, Clock
from chaos.copies import Copies
from chaos.outcome import Outcome
from gympulse.local.class_archive import all_layers
from gympulse.model.tables import LAYER_RUNS
from gympulse.settings import Rules
from oracle import records as oracle_records
from oracle.expected import Expected, expect
from oracle.histories import WEIGHTED, History, PlacedBatch, cut, place, records_and_files
from oracle.world import HOUR, SECOND, World
from streams.processes import submit
from streams.runs import PARTITIONS, Runner

# Where clocks change in 2024: at two in the night; at midnight, to the day before; by half an hour.
CHANGES = {
    "America/New_York": ("2024-03-10T07:00", "2024-11-03T06:00"),
    "Asia/Beirut": ("2024-03-30T22:00", "2024-10-26T21:00"),
    "Australia/Lord_Howe": ("2024-04-06T15:00", "2024-10-05T15:30"),
}
# Where machines stand: with half hours, beyond the date line, far behind, and with other summers.
MACHINES = ("Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Etc/GMT+12", "Europe/Dublin")
_AROUND = (-30, -24, -7, -2, -1, 0, 1, 2, 6, 22, 24, 29)
_DAY, _SECOND, _RIGHT = timedelta(days=1), timedelta(seconds=1), timedelta()
# How far the clock is ahead when a run begins, and from its midst on.
JUMPS = (
    (3 * _DAY, timedelta(hours=-5)),
    (_RIGHT, 2 * _DAY),
    (timedelta(hours=-7), 40 * _DAY),
    # What was claimed by a clock that was ahead is taken back.
    (_RIGHT, timedelta(hours=-3)),
)
_PATIENCE_SECONDS = 300
# Before each run.
_HAPPENED = 15
# What a job says whose wait for the broker a jump has ended.
_ENDED = re.compile("does not answer|TimeoutException|Timed out")


@dataclass(frozen=True)
class Year(World):
    """A world around the two days on which a zone's clocks change."""

    changes: tuple[str, str] = CHANGES["America/New_York"]

    @property
    def grid(self) -> list[int]:
        """See ``World``."""
        instants = [datetime.fromisoformat(f"{at}+00:00") for at in self.changes]
        return [int(at.timestamp()) * SECOND + hours * HOUR for at in instants for hours in _AROUND]


def inject(chaos: Chaos) -> Outcome:
    """Run the jobs on machines of other zones, by clocks that jump between runs and in them."""
    clocks = Clocks(chaos)
    for number, batch in enumerate(clocks.batches):
        clocks.hour(number, batch)
    clocks.look()
    return clocks.outcome


class Clocks:
    """A lake whose jobs run by other clocks.

    Args:
        chaos: What the suite gives.

    Attributes:
        batches: What arrives before each run.
        outcome: What was done, and found.
    """

    def __init__(self, chaos: Chaos) -> None:
        self._random = chaos.random("clocks")
        self._zone = self._random.choice(sorted(CHANGES))
        lake, broker = chaos.lake("clocks"), chaos.broker()
        self._runner = Runner(lake, broker, chaos.session, Rules(time_zone=self._zone))
        self._chaos, self._copies = chaos, chaos.often(100, 10)
        self._clock = Clock(chaos.folder / "clock")
        self._days = self._zone
        self._jumps = JUMPS[-chaos.often(len(JUMPS), 1) :]
        self.outcome = Outcome("clocks")
        self.batches = self._history()

    def _history(self) -> list[PlacedBatch]:
        kinds = self._random.choices(WEIGHTED, k=_HAPPENED * len(self._jumps))
        happened = tuple((kind, self._random.randrange(2**16)) for kind in kinds)
        history = History(Year(changes=CHANGES[self._zone]), happened)
        return place(cut(history, self._random.randrange(2**16), len(self._jumps)), PARTITIONS)

    def hour(self, number: int, batch: PlacedBatch) -> None:
        """Let records arrive, and run all layers by a clock of their own."""
        first, then = self._jumps[number]
        machine = MACHINES[number % len(MACHINES)]
        self._runner.receive(batch)
        if not self._run(machine, first, then):
            # A wait for the broker that the jump has ended: whoever starts jobs starts it again.
            assert self._run(machine, then, then)
        injected, before = self.outcome.injected, self._jumps[number - 1][1] if number else _RIGHT
        injected["run on a machine of another time zone"] += 1
        injected["run by a clock that is ahead or behind"] += first != _RIGHT
        injected["jump of the clock between two runs"] += before != first

    def _run(self, machine: str, first: timedelta, then: timedelta) -> bool:
        self._clock.jump(first)
        servers, lake = self._runner.broker.servers, self._runner.lake
        told = (all_layers.__file__, lake.root, servers, self._zone)
        python = ("--conf", f"spark.pyspark.driver.python={PYTHON}")
        job = submit(*told, where=python, env=self._clock.env(machine))
        # Anywhere in the run, which takes some ten seconds.
        jump = Timer(self._random.uniform(3, 9), self._jump, [first, then])
        jump.start()
        output, _ = job.communicate(timeout=_PATIENCE_SECONDS)
        jump.cancel()
        is_ended = first != then and _ENDED.search(output)
        assert job.returncode == 0 or is_ended, f"a job failed:\n{output}"
        return job.returncode == 0

    def _jump(self, first: timedelta, then: timedelta) -> None:
        self._clock.jump(then)
        self.outcome.injected["jump of the clock during a run"] += first != then

    def look(self) -> None:
        """Hold the lake against the oracle, and its instants against the clock."""
        lake, hold = self._runner.lake, self.outcome.hold
        lakes.hold(self.outcome, lake, self._expected(self._zone))
        days = f"days are those of {self._zone}, on whatever machine"
        hold(days, self._has_days, "the oracle has the days of UTC", self._by_utc)
        claims = "what layers are complete through has been"
        hold(claims, self._claims, "a run claims an instant to come", self._claiming)
        copies = Copies(self._chaos.folder / "copies", self._random, self._copies)
        self.outcome.injected["jump of the clock between two copies"] += self._copies
        landed = "each row of the registration database lands"
        hold(landed, copies.look, "copies trust their cursor", copies.trusting)
        set_ = "processes find clock and zone where they are set"
        hold(set_, self._found, "they are asked without it", self._unset)

    def _expected(self, zone: str) -> Expected:
        records, files = records_and_files(self.batches)
        return expect(records, files, oracle_records.Rules(time_zone=zone))

    def _has_days(self) -> str:
        return lakes.equal(self._runner.lake, self._expected(self._days))

    @contextmanager
    def _by_utc(self) -> Iterator[None]:
        self._days = "UTC"
        try:
            yield
        finally:
            self._days = self._zone

    def _claims(self) -> str:
        rows = DeltaTable(self._runner.lake.path(LAYER_RUNS)).to_pyarrow_table()
        claimed = [at for at in rows["complete_through"].to_pylist() if at is not None]
        newest = max(claimed)
        assert newest <= datetime.now(UTC), f"{newest} is claimed"
        return f"{newest:%Y-%m-%d %H:%M} UTC is the latest of {len(claimed)} runs"

    @contextmanager
    def _claiming(self) -> Iterator[None]:
        later = pa.scalar(datetime.now(UTC) + _DAY, pa.timestamp("us", tz="UTC"))

        def by(rows: pa.Table) -> pa.Table:
            place = rows.schema.get_field_index("complete_through")
            return rows.set_column(place, "complete_through", pa.repeat(later, len(rows)))

        with spoiled.changed(self._runner.lake, LAYER_RUNS, by):
            yield

    def _found(self) -> str:
        settings = sorted({each for jump in self._jumps for each in jump})
        for number in range(max(len(settings), len(MACHINES))):
            to, zone = settings[number % len(settings)], MACHINES[number % len(MACHINES)]
            offset = (datetime.now(UTC) + to).astimezone(ZoneInfo(zone)).utcoffset()
            for who, told in self._clock.told(to, zone).items():
                is_so = abs(to - told.ahead) <= _SECOND and told.offset == offset
                assert is_so, f"{who} found {told} by a clock {to} ahead, in {zone}"
        return (
            f"so it was for {len(settings)} settings from {settings[0]} to {settings[-1]}, in "
            f"{len(MACHINES)} zones"
        )

    @contextmanager
    def _unset(self) -> Iterator[None]:
        kept, self._clock = self._clock, replace(self._clock, is_set=False)
        try:
            yield
        finally:
            self._clock = kept
