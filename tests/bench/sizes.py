"""How much is measured, and what the records of a measurement are called."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

DAY, HOUR = 86_400, 3600
# 2025-03-01 18:00 UTC: every day of history has the one hour from then on.
_FIRST_HOUR = 1_740_852_000


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        devices: Bands that send an hour at 1 Hz, in the measures of a full hour.
        days: Days of history, each of one hour.
        history_devices: Bands of each day of history.
        piece_devices: Bands of the hour that is added to history; 28 send 100,800 readings.
        runs: How often each figure is taken.
    """

    devices: int = 1000
    days: int = 30
    history_devices: int = 100
    piece_devices: int = 28
    runs: int = 3

    @property
    def members(self) -> int:
        """How many people there are in all."""
        return max(self.devices, self.history_devices + self.piece_devices)

    @property
    def hour_readings(self) -> int:
        """Readings in the full hour."""
        return self.devices * HOUR

    @property
    def piece_readings(self) -> int:
        """Readings in a piece that is added to history."""
        return self.piece_devices * HOUR

    @property
    def middle(self) -> int:
        """The day that the short history consists of, and that late readings belong to."""
        return self.days // 2


@dataclass(frozen=True)
class Bench:
    """One run of the benchmark: its sizes, its folder, and the screen that it tells."""

    sizes: Sizes
    folder: Path
    console: Console

    def tell(self, line: str) -> None:
        """Print a line that stays."""
        self.console.print(line)

    def doing(self, what: str):
        """Show, for as long as the context lasts, what is going on."""
        self.console.print(f"[dim]{what} …[/dim]")
        return self.console.status(what)


def hour_of(day: int) -> int:
    """The first second of a day's hour (epoch seconds); day 0 is the first."""
    return _FIRST_HOUR + day * DAY
