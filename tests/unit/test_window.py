"""The days of an operation: their instants, and which rows lie within."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from gympulse.model.tables import COMPLETED_WORKOUTS, GYM_LOGS, GYM_SUMMARY, HEART_RATE
from gympulse.operations.window import Window

DAY = Window(date(2025, 3, 30), date(2025, 3, 30), "Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_day_begins_and_ends_at_the_business_zones_midnights():
    """That day clocks went forward: it has 23 hours."""
    assert DAY.span == (at("2025-03-29T23:00"), at("2025-03-30T22:00"))
    assert DAY.spans(timedelta(hours=12)) == ((at("2025-03-29T11:00"), at("2025-03-31T10:00")),)


def test_everything():
    whole = Window()
    assert whole.is_everything
    assert whole.spans(timedelta(hours=12)) is None
    assert whole.meets(HEART_RATE) == "true"


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        pytest.param(Window(first=date(2025, 3, 30)), at("2099-12-31T23:59"), id="no last day"),
        pytest.param(Window(last=date(2025, 3, 30)), at("2000-01-01T00:00"), id="no first day"),
    ],
)
def test_a_bound_that_is_missing_leaves_nothing_out(window, inside):
    begin, end = window.span
    assert not window.is_everything
    assert begin <= inside < end


@pytest.mark.parametrize(
    ("table", "row", "is_inside"),
    [
        (HEART_RATE, {"time": "2025-03-29T22:59:59.999999"}, False),
        (HEART_RATE, {"time": "2025-03-29T23:00"}, True),
        (HEART_RATE, {"time": "2025-03-30T21:59:59.999999"}, True),
        (HEART_RATE, {"time": "2025-03-30T22:00"}, False),
        (
            COMPLETED_WORKOUTS,
            {"start_time": "2025-03-29T20:00", "end_time": "2025-03-29T23:00"},
            True,
        ),
        (
            COMPLETED_WORKOUTS,
            {"start_time": "2025-03-29T20:00", "end_time": "2025-03-29T22:59"},
            False,
        ),
        (
            COMPLETED_WORKOUTS,
            {"start_time": "2025-03-30T22:00", "end_time": "2025-03-30T23:00"},
            False,
        ),
        (
            COMPLETED_WORKOUTS,
            {"start_time": "2025-03-29T20:00", "end_time": "2025-03-30T23:00"},
            True,
        ),
        (GYM_LOGS, {"login": "2025-03-30T12:00", "logout": None}, True),
        (GYM_LOGS, {"login": "2025-03-29T12:00", "logout": None}, False),
        (GYM_SUMMARY, {"date": date(2025, 3, 30)}, True),
        (GYM_SUMMARY, {"date": date(2025, 3, 29)}, False),
        (GYM_SUMMARY, {"date": date(2025, 3, 31)}, False),
    ],
)
def test_a_row_meets_a_day(table, row, is_inside):
    """Both bounds of each kind of table; the condition is SQL that DuckDB reads as Spark does."""
    columns = ", ".join(
        f"CAST({_literal(value)} AS {'DATE' if name == 'date' else 'TIMESTAMPTZ'}) AS {name}"
        for name, value in row.items()
    )
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        query = f"SELECT {DAY.meets(table)} FROM (SELECT {columns})"
        assert database.execute(query.replace("TIMESTAMP '", "TIMESTAMPTZ '")).fetchone() == (
            is_inside,
        )


def _literal(value) -> str:
    return "NULL" if value is None else f"'{value}'"
