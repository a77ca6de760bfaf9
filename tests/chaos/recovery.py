"""How long a run takes that mends what a kill has left, beside one that has nothing to mend."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

LIMIT = 1.5


@dataclass
class Times:
    """Seconds of runs over hours of one size.

    Attributes:
        usual: Of those before which nothing was killed.
        after: Of those that came next after kills, by what was killed.
    """

    usual: list[float] = field(default_factory=list)
    after: dict[str, list[float]] = field(default_factory=dict)

    def note(self, seconds: float, killed: str | None) -> None:
        """Keep what a run took."""
        (self.after.setdefault(killed, []) if killed else self.usual).append(seconds)

    def look(self) -> str:
        """Say how they compare.

        Raises:
            AssertionError: Recovering takes more than ``LIMIT`` times as long as a usual run.
        """
        slowest = max(map(median, self.after.values()))
        ratio = slowest / median(self.usual)
        told = f"{slowest:.1f} s beside {median(self.usual):.1f} s, {ratio:.2f} times as long"
        assert ratio <= LIMIT, f"{told}; at most {LIMIT} times is expected"
        return told

    @contextmanager
    def slower(self) -> Iterator[None]:
        """Have runs after kills take twice as long as usual ones."""
        kept, self.after = self.after, {"any": [2 * each for each in self.usual]}
        try:
            yield
        finally:
            self.after = kept
