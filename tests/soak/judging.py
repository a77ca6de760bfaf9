"""Whether what runs took and left stayed bounded, while the lake grew.

The median of the last runs stands beside that of runs 5 to 25; the first four build what is there
once. A lake that takes in data grows, so what it has on disk is held against what it holds:

- files by partition, for a table has a partition more with each date: of the table's fullest one,
  which is where readers and writers pay for small files;
- bytes beyond the data, by row: older versions, change feeds, logs and their checkpoints. Those
  of a lake that nobody tends grow faster than its rows. When the maintenance comes, at each day's
  end, versions are kept for a day and where hours are short for a half more, and logs back to the
  checkpoint before them, which a maintenance has made: until the next one these are up to four
  days, which on the fifth are all there for the first time. The last runs stand beside that day.

How much there is depends on how long ago the maintenance was. The last runs should be as long
after it as runs 5 to 25 are: so a soak has 217 runs, where maintenance comes after each 24.

What streams keep in their checkpoints does not grow with the lake, and is held as it is. That
records of ``ops_db`` are folded is not seen here: they are kept for longer than a soak goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from tests.soak.measuring import Size, Taken

EARLY, FIFTH_DAY, LAST = range(5, 26), range(97, 121), 20
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
        early: The median of the early runs.
        late: The median of the last runs.
        enough: Up to here a measure is held whatever it was before.
        since: The early runs.
        table: Of which table; empty where it is of all.
    """

    what: str
    unit: str
    early: float
    late: float
    enough: float = 0
    since: range = EARLY
    table: str = ""

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
    def beside(self) -> str:
        """The early runs, in words."""
        return f"runs {self.since[0]} to {self.since[-1]}"

    @property
    def is_held(self) -> bool:
        """Whether the limit is held."""
        return self.late <= self.enough or self.ratio <= LIMIT

    def __str__(self) -> str:
        """The measure, as a sentence."""
        return (
            f"{self.measure}: {self.late:,.4g} {self.unit} in the last {LAST} runs, "
            f"{self.early:,.4g} in {self.beside}, {self.ratio:.2f} times as much; "
            f"at most {LIMIT} times is expected."
        )


def are_enough(runs: int) -> bool:
    """Whether there are last runs that are no early ones."""
    return runs >= EARLY[-1] + LAST


def is_judged(number: int, runs: int) -> bool:
    """Whether the time of a run counts, of so many."""
    return number in EARLY or number > runs - LAST


def judge(taken: Sequence[Taken]) -> list[Verdict]:
    """Hold the last runs against early ones.

    Args:
        taken: All runs, in their order; enough of them.
    """
    early, late = _runs(taken, EARLY), taken[-LAST:]
    # Without the time of each nothing is known of it.
    is_timed = all(run.jobs for run in (*early, *late))
    verdicts = [*(_of_time(early, late) if is_timed else ()), *_of_files(early, late)]
    if len(taken) >= FIFTH_DAY[-1] + LAST:
        verdicts += _of_bytes(_runs(taken, FIFTH_DAY), late)
    return [*verdicts, _of_checkpoints(early, late)]


def _runs(taken: Sequence[Taken], numbers: range) -> list[Taken]:
    return [run for run in taken if run.number in numbers]


def _of_time(early: Sequence[Taken], late: Sequence[Taken]) -> Iterator[Verdict]:
    for kind, name in (
        ("seconds", "time of the jobs"),
        ("cpu_seconds", "processor time of the jobs"),
        ("startup_seconds", "start-up of the jobs"),
    ):

        def of(run: Taken, kind: str = kind) -> float:
            return sum(getattr(work, kind) or 0 for work in run.jobs.values())

        yield Verdict(name, "s", median(map(of, early)), median(map(of, late)))


def _of_files(early: Sequence[Taken], late: Sequence[Taken]) -> Iterator[Verdict]:
    for name in _tables(early, late):
        files = (median(run.tables[name].fullest for run in runs) for runs in (early, late))
        yield Verdict("files of a partition", "files", *files, FEW_FILES, table=name)


def _of_bytes(early: Sequence[Taken], late: Sequence[Taken]) -> Iterator[Verdict]:
    for name in _tables(early, late):
        if all(run.tables[name].rows for run in early):
            beyond = (median(_beyond(run.tables[name]) for run in runs) for runs in (early, late))
            what = "bytes beyond the data"
            yield Verdict(what, "bytes a row", *beyond, since=FIFTH_DAY, table=name)


def _tables(early: Sequence[Taken], late: Sequence[Taken]) -> list[str]:
    return [name for name in late[-1].tables if all(name in run.tables for run in early)]


def _beyond(size: Size) -> float:
    return (size.kept_bytes - size.data_bytes) / size.rows


def _of_checkpoints(early: Sequence[Taken], late: Sequence[Taken]) -> Verdict:
    before = median(run.checkpoint_files for run in early)
    now = median(run.checkpoint_files for run in late)
    return Verdict("files of all checkpoints", "files", before, now)
