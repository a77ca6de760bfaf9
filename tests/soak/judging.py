"""Whether what runs took and left stayed bounded, while the lake grew.

The median of the last runs stands beside that of runs 5 to 25; the first four build what is there
once. The speed of a machine changes within hours by as much as is judged: so time is held against
runs 5 to 25 of another lake, a young one, which are done in turn with the last runs. A lake that
takes in data grows, so what it has on disk is held against what it holds:

- files by partition, for a table has a partition more with each date: of the table's fullest one,
  which is where readers and writers pay for small files;
- bytes beyond the data, by row: older versions, change feeds, logs and their checkpoints. Those
  of a lake that nobody tends grow faster than its rows. There are as many as the maintenance leaves
  at each day's end: what it merges, and so has twice until the next one, is little on one day and
  much on another. So the mean of the last three days stands beside that of days 3 to 5, before
  which logs are not as long as they are kept. Of a table that loses rows again, as those of
  ``ops_db`` may, bytes are of as many rows as it had.

How many files there are depends on how long ago the maintenance was. The last runs should be as
long after it as runs 5 to 25 are: so a soak has 217 runs, where maintenance comes after each 24.

What streams keep in their checkpoints does not grow with the lake, and is held as it is. That
records of ``ops_db`` are folded is not seen here: they are kept for longer than a soak goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from tests.soak.measuring import Size, Taken

EARLY, LAST = range(5, 26), 20
DAY = 24
EARLY_DAYS = range(2 * DAY + 1, 5 * DAY + 1)
# The last runs are as long after a maintenance as the early ones.
WHOLE = 217
LIMIT = 1.15
# So few files nobody notices, and one more of them is more than the limit allows.
FEW_FILES = 10


@dataclass(frozen=True)
class Verdict:
    """One measure of early runs and of the last.

    Attributes:
        what: What was measured.
        unit: Of what.
        early: What it was of the early runs.
        late: What it was of the last runs.
        until: The last runs.
        enough: Up to here a measure is held whatever it was before.
        since: The early runs.
        table: Of which table; empty where it is of all.
        is_in_turn: Whether the early runs are another lake's, done in turn with the last ones.
    """

    what: str
    unit: str
    early: float
    late: float
    until: range
    enough: float = 0
    since: range = EARLY
    table: str = ""
    is_in_turn: bool = False

    @property
    def measure(self) -> str:
        """What was measured, of which table."""
        return f"{self.what} of {self.table}" if self.table else self.what

    @property
    def ratio(self) -> float:
        """The last by the early, as it is shown: to two decimals."""
        if not self.early:
            return float("inf") if self.late else 1.0
        return round(self.late / self.early, 2)

    @property
    def is_held(self) -> bool:
        """Whether the limit is held."""
        return self.late <= self.enough or self.ratio <= LIMIT

    def __str__(self) -> str:
        """The measure, as a sentence."""
        return (
            f"{self.measure}: {self.after}, {self.before}, {self.ratio:.2f} times as much; "
            f"at most {LIMIT} times is expected."
        )

    @property
    def before(self) -> str:
        """What it was of the early runs, in words."""
        young = " of a young lake, in turn" if self.is_in_turn else ""
        return f"{_told(self.early, self.unit, self.since)}{young}"

    @property
    def after(self) -> str:
        """What it was of the last runs, in words."""
        return _told(self.late, self.unit, self.until)


def _told(value: float, unit: str, runs: range) -> str:
    return f"{value:,.4g} {unit} in runs {runs[0]} to {runs[-1]}"


def are_enough(runs: int) -> bool:
    """Whether there are last runs that are no early ones."""
    return runs >= EARLY[-1] + LAST


def is_judged(number: int, runs: int) -> bool:
    """Whether the time of a run counts, of so many."""
    return are_enough(runs) and number > runs - LAST


def judge(taken: Sequence[Taken], young: Sequence[Taken]) -> list[Verdict]:
    """Hold the last runs against early ones.

    Args:
        taken: All runs, in their order; enough of them.
        young: Those of the lake whose runs were done in turn with the last ones.
    """
    last = range(len(taken) - LAST + 1, len(taken) + 1)
    early, late = _runs(taken, EARLY), _runs(taken, last)
    in_turn = _runs(young, EARLY)
    # Without the time of each nothing is known of it.
    is_timed = len(in_turn) == len(EARLY) and all(run.jobs for run in (*in_turn, *late))
    verdicts = [*(_of_time(in_turn, late, last) if is_timed else ()), *_of_files(early, late, last)]
    end = len(taken) // DAY * DAY
    days = range(end - len(EARLY_DAYS) + 1, end + 1)
    if days[0] > EARLY_DAYS[-1]:
        verdicts += _of_bytes(_runs(taken, EARLY_DAYS), _runs(taken, days), days)
    return [*verdicts, _of_checkpoints(early, late, last)]


def _runs(taken: Sequence[Taken], numbers: range) -> list[Taken]:
    return [run for run in taken if run.number in numbers]


def _of_time(early: Sequence[Taken], late: Sequence[Taken], last: range) -> Iterator[Verdict]:
    for kind, name in (
        ("seconds", "time of the jobs"),
        ("cpu_seconds", "processor time of the jobs"),
        ("startup_seconds", "start-up of the jobs"),
    ):

        def of(run: Taken, kind: str = kind) -> float:
            return sum(getattr(work, kind) or 0 for work in run.jobs.values())

        seconds = (median(map(of, runs)) for runs in (early, late))
        yield Verdict(name, "s", *seconds, last, is_in_turn=True)


def _of_files(early: Sequence[Taken], late: Sequence[Taken], last: range) -> Iterator[Verdict]:
    for name in _tables(early, late):
        files = (median(run.tables[name].fullest for run in runs) for runs in (early, late))
        yield Verdict("files of a partition", "files", *files, last, FEW_FILES, table=name)


def _of_bytes(early: Sequence[Taken], late: Sequence[Taken], days: range) -> Iterator[Verdict]:
    what, unit = "bytes beyond the data", "bytes a row"
    for name in _tables(early, late):
        if all(run.tables[name].rows for run in early):
            least = mean(run.tables[name].rows for run in early)
            before = mean(_beyond(run.tables[name]) for run in early)
            now = mean(_beyond(run.tables[name], least) for run in late)
            yield Verdict(what, unit, before, now, days, since=EARLY_DAYS, table=name)


def _tables(early: Sequence[Taken], late: Sequence[Taken]) -> list[str]:
    return [name for name in late[-1].tables if all(name in run.tables for run in early)]


def _beyond(size: Size, least: float = 0) -> float:
    return (size.kept_bytes - size.data_bytes) / max(size.rows, least)


def _of_checkpoints(early: Sequence[Taken], late: Sequence[Taken], last: range) -> Verdict:
    before = median(run.checkpoint_files for run in early)
    now = median(run.checkpoint_files for run in late)
    return Verdict("files of all checkpoints", "files", before, now, last)
