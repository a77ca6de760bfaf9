"""What jobs took to work off what had arrived, beside what a usual hour took."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from tests.bench.processes import Cost, total

# What a heap takes differs from run to run by a tenth.
MOST_MEMORY = 1.2
LEAST_THROUGHPUT = 0.8


@dataclass(frozen=True)
class Pace:
    """What it took to work something off.

    Attributes:
        readings: How many readings.
        costs: By job, what it took.
    """

    readings: int
    costs: dict[str, Cost]

    @property
    def a_second(self) -> float:
        """Readings from Kafka to gold in a second."""
        return self.readings / total(self.costs).seconds

    def __str__(self) -> str:
        """All of it, for people."""
        told = ", ".join(
            f"{job} {cost.seconds:.0f} s {_gib(cost)}" for job, cost in self.costs.items()
        )
        return f"{self.readings:,} readings, {self.a_second:,.0f} a second ({told})"


@dataclass
class Paces:
    """The paces of all that was worked off.

    Attributes:
        by_name: The paces, in the order in which it was.
    """

    by_name: dict[str, Pace] = field(default_factory=dict)

    def ratio(self, name: str) -> float:
        """The throughput of something by the best of what came before it.

        That of the usual hour alone says little: of few readings, starting takes most of the time.
        """
        return self.by_name[name].a_second / self.by_name[self._fastest_before(name)].a_second

    def _fastest_before(self, name: str) -> str:
        before = list(self.by_name)[: list(self.by_name).index(name)]
        return max(before, key=lambda each: self.by_name[each].a_second)

    def is_flat(self, name: str, beside: str) -> str:
        """The largest job took little more memory than the largest for something else.

        All have heaps of one size, and a collector that lets them run full before it looks: which
        job has read enough for that is another question than what a machine must have.
        """
        costs, other = (self.by_name[each].costs for each in (name, beside))
        most, before = (max(each.values(), key=_memory) for each in (costs, other))
        by = most.peak_bytes / before.peak_bytes
        told = ", ".join(f"{job} {_gib(cost)}" for job, cost in costs.items())
        told += f": at most {by:.2f} times the {_gib(before)} of {beside}"
        assert by <= MOST_MEMORY, told
        return told

    def is_kept(self, name: str) -> str:
        """A reading took little more time than before."""
        pace, beside, by = self.by_name[name], self._fastest_before(name), self.ratio(name)
        told = (
            f"{pace.a_second:,.0f} readings a second, {by:.2f} times the "
            f"{self.by_name[beside].a_second:,.0f} of {beside}"
        )
        assert by >= LEAST_THROUGHPUT, told
        return told

    @contextmanager
    def spoiled(self, name: str, memory: float = 1, time: float = 1) -> Iterator[None]:
        """Have more memory and time taken meanwhile, by these factors."""
        pace = self.by_name[name]
        costs = {
            job: replace(
                cost, seconds=cost.seconds * time, peak_bytes=int(cost.peak_bytes * memory)
            )
            for job, cost in pace.costs.items()
        }
        self.by_name[name] = replace(pace, costs=costs)
        try:
            yield
        finally:
            self.by_name[name] = pace


def _memory(cost: Cost) -> int:
    return cost.peak_bytes


def _gib(cost: Cost) -> str:
    return f"{cost.peak_bytes / 2**30:.2f} GiB"
