"""The tables that the REST API serves, each with its path and its order."""

from dataclasses import dataclass

from gympulse.model.gold import (
    ABNORMAL_HEART_RATES,
    GYM_OCCUPANCY,
    GYM_SUMMARY,
    WORKOUT_BPM_SUMMARY,
)
from gympulse.model.silver import WORKOUT_BPM
from gympulse.model.table import Table


@dataclass(frozen=True)
class Resource:
    """A table as it is served.

    Attributes:
        path: Its path; columns in braces are chosen by it.
        table: The table.
        sort: The order in which rows come unless another is asked for.
        summary: What one row is, for the API's documentation.
        columns: The columns that are served; empty for all.
        page_rows: Rows of a page at most, where that is not the limit of all.
    """

    path: str
    table: Table
    sort: str
    summary: str
    columns: tuple[str, ...] = ()
    page_rows: int = 0

    @property
    def served(self) -> tuple[str, ...]:
        """The columns that are served."""
        return self.columns or self.table.columns

    @property
    def filtered(self) -> tuple[str, ...]:
        """The columns that the query may choose rows by: those that the path does not."""
        return tuple(name for name in self.served if f"{{{name}}}" not in self.path)


CURVE = Resource(
    "/workouts/{user_id}/{workout_id}/{session_id}/{start_time}/bpm",
    WORKOUT_BPM,
    "time",
    "One workout's heart rates",
    ("device_id", "time", "heartrate"),
    # Twelve hours, the longest workout, of a reading a second.
    page_rows=50_000,
)
RESOURCES = (
    Resource(
        "/workout-bpm-summary",
        WORKOUT_BPM_SUMMARY,
        "-start_time",
        "Completed workouts with their heart rates",
    ),
    Resource("/gym-summary", GYM_SUMMARY, "-date", "Members' phones in gyms, by day"),
    Resource("/gym-occupancy", GYM_OCCUPANCY, "-date,-hour", "Hours of gyms with people there"),
    Resource(
        "/abnormal-heart-rates",
        ABNORMAL_HEART_RATES,
        "-start_time",
        "Workouts with abnormal heart rates; no medical advice",
    ),
    CURVE,
)
