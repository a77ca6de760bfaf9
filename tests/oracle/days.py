"""Days of the business time zone, and intervals of instants."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)

Interval = tuple[int, int]
"""First instant inclusive, last exclusive, in microseconds."""


def local_date(instant: int, zone: ZoneInfo) -> date:
    """Return the date of an instant."""
    return (EPOCH + instant * MICROSECOND).astimezone(zone).date()


def local_hour(instant: int, zone: ZoneInfo) -> tuple[date, int]:
    """Return the date and the hour that the clock shows at an instant."""
    shown = (EPOCH + instant * MICROSECOND).astimezone(zone)
    return shown.date(), shown.hour


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return the instant at which a day begins."""
    return (datetime.combine(day, time(), tzinfo=zone) - EPOCH) // MICROSECOND


def cut_at_midnight(begin: int, end: int, zone: ZoneInfo) -> Iterator[tuple[date, Interval]]:
    """Yield an interval's parts of positive length, each with its date."""
    day = local_date(begin, zone)
    while begin < end:
        until = min(end, midnight(day + DAY, zone))
        if begin < until:
            yield day, (begin, until)
            begin = until
        day += DAY


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same instants as intervals that neither touch nor overlap, in order."""
    found: list[Interval] = []
    for begin, end in sorted(intervals):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def overlap(one: Interval, other: Interval) -> Interval | None:
    """Return the instants in both, None where there are none."""
    begin, end = max(one[0], other[0]), min(one[1], other[1])
    return (begin, end) if begin < end else None


def length(intervals: Iterable[Interval]) -> int:
    """Return the microseconds of the intervals' union."""
    return sum(end - begin for begin, end in union(intervals))


def minutes(microseconds: int) -> float:
    """Return a length in minutes, half up to two decimals."""
    hundredth = 600_000
    return (2 * microseconds + hundredth) // (2 * hundredth) / 100
