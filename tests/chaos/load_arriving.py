"""What arrives: hours that every band sends in, of as many members as are asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.bench.records import Landing, land, send

from gympulse.lake import Lake
from gympulse.local.simulator.dense import HOUR, dense_hour
from gympulse.local.simulator.events import BPM, Record
from gympulse.local.simulator.flow import Plan, Simulation
from oracle.records import CsvFile

# 2025-03-01 00:00 UTC.
_FIRST = 1_740_787_200
_GYMS = 20


@dataclass(frozen=True)
class Load:
    """How much arrives, and how it is worked off.

    Attributes:
        bands: Bands of a usual hour; each sends 3,600 readings.
        times: So many times as many send in an hour that all arrives of at once; none does if 1.
        hours: Hours of the outage.
        is_measured: Whether the jobs are processes of their own, whose time and memory count.
        is_small: Whether the oracle can say what every table must hold.
    """

    bands: int
    times: int = 10
    hours: int = 24
    is_measured: bool = True
    is_small: bool = False


@dataclass(frozen=True)
class Hour:
    """An hour that has arrived.

    Attributes:
        start: Its first second (epoch seconds).
        bands: Those that sent; each one's member had a workout.
        readings: How many there are.
        arrived_at: When all of it was there.
    """

    start: int
    bands: int
    readings: int
    arrived_at: datetime

    @property
    def end(self) -> int:
        """The first second after it."""
        return self.start + HOUR


@dataclass
class Arrivals:
    """Hours that arrive one after another in a lake's landing folders and in Kafka.

    Attributes:
        seed: What is drawn follows from it.
        hours: Those that have arrived.
        files: The files that have landed.
    """

    lake: Lake
    servers: str
    seed: int
    hours: list[Hour] = field(default_factory=list)
    files: list[CsvFile] = field(default_factory=list)

    def open(self, bands: int, hours: int) -> None:
        """Let all that is known of the bands' members arrive, up to the end of so many hours."""
        end = _FIRST + hours * HOUR
        members = Simulation(Plan(self.seed, bands, _GYMS), until=end)
        self._land("opening", send(self.servers, members.opening(end)))

    def hour(self, bands: int) -> Hour:
        """Let the next hour arrive, as fast as it can."""
        start, count = _FIRST + len(self.hours) * HOUR, Count()
        records = dense_hour(bands, start=start, seed=self.seed, gyms=_GYMS, opening=False)
        self._land(f"hour{len(self.hours)}", send(self.servers, count.of(records)))
        self.hours.append(Hour(start, bands, count.readings, datetime.now(UTC)))
        return self.hours[-1]

    def _land(self, name: str, landing: Landing) -> None:
        land(landing, self.lake, name)
        self.files += [
            CsvFile(folder, f"{name}.csv", text.encode()) for folder, text in landing.items()
        ]


@dataclass
class Count:
    """Counts readings as they pass."""

    readings: int = 0

    def of(self, records: Iterable[Record]) -> Iterator[Record]:
        """Give the records."""
        for record in records:
            self.readings += record[0] == BPM
            yield record
