"""The days that an operation is about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gympulse.model.table import Span, Table

# Every instant that the platform accepts lies well between.
_EVER, _NEVER = datetime(1990, 1, 1, tzinfo=UTC), datetime(2110, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """Days of the business time zone.

    Attributes:
        first: First day, inclusive; None for no bound.
        last: Last day, inclusive; None for no bound.
        time_zone: IANA name of the zone.
    """

    first: date | None = None
    last: date | None = None
    time_zone: str = "UTC"

    @property
    def is_everything(self) -> bool:
        """Whether no day is left out."""
        return self.first is None and self.last is None

    @property
    def span(self) -> Span:
        """The first instant, and the first one after."""
        begin = self._midnight(self.first) if self.first else _EVER
        end = self._midnight(self.last + timedelta(days=1)) if self.last else _NEVER
        return begin, end

    def spans(self, reach: timedelta) -> tuple[Span, ...] | None:
        """What files are skipped by for rows as far away as ``reach``; None for everything."""
        if self.is_everything:
            return None
        begin, end = self.span
        return ((begin - reach, end + reach),)

    def meets(self, table: Table) -> str:
        """The SQL condition that a row of a table lies, at least in part, within the days."""
        if self.is_everything:
            return "true"
        first, last = table.extent
        last = f"coalesce({last}, {first})"
        if table.schema[first] == "date":
            begin, end = self.first or _EVER.date(), self.last or _NEVER.date()
            return f"{first} <= DATE '{end}' AND {last} >= DATE '{begin}'"
        begin, end = (f"TIMESTAMP '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z'" for at in self.span)
        return f"{first} < {end} AND {last} >= {begin}"

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.time_zone))
