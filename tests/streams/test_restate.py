"""Restatement: after a rule has changed, the days asked for are as a fresh lake would have them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gympulse.io import delta_files
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import COMPLETED_WORKOUTS, GOLD, HEART_RATE, SILVER
from gympulse.session import Session
from gympulse.settings import Rules
from oracle.compare import assert_lake_equals, read_rows
from oracle.expected import expect
from oracle.histories import records_and_files
from streams.checking import placed
from streams.conftest import Emptied
from streams.operating import operate
from streams.runs import Broker, versions
from streams.spoiling import OTHER_RULES, filled

# As if an earlier release had had other limits.
DAY = timedelta(days=1)


def test_every_day_restated_is_a_fresh_lake(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """Tables and open quarantine equal the oracle's, which knows the present rules only."""
    batches = placed(41)
    old = filled(Lake(str(tmp_path)), broker, session, OTHER_RULES, batches)
    expected = expect(*records_and_files(batches))
    assert any(set(read_rows(old.lake, name)) != rows for name, rows in expected.tables.items())
    runner = replace(old, rules=Rules())
    operate(runner, "backfill", mode="restate", from_date="2000-01-01", to_date="2025-12-31")
    assert_lake_equals(expected, runner.lake, expected.tables)
    open_entries = {
        (source, source_id)
        for source, source_id, status in read_rows(
            runner.lake, "ops_db.quarantine", ("source", "source_id", "status")
        )
        if status == "open"
    }
    assert open_entries == expected.quarantined


@pytest.mark.long
def test_other_days_keep_their_files(tmp_path: Path, session: Session, emptied: Emptied) -> None:
    """Of each table, the rows within the days change, and no file without one is touched."""
    batches = placed(42)
    fresh = filled(Lake(str(tmp_path / "fresh")), emptied(), session, Rules(), batches)
    old = filled(Lake(str(tmp_path / "old")), emptied(), session, OTHER_RULES, batches)
    runner = replace(old, rules=Rules())
    day = busiest_day(old.lake, fresh.lake)
    kept = {table.name: files_without(old.lake, table, day) for table in (*SILVER, *GOLD)}
    rows = set(read_rows(old.lake, HEART_RATE.name))
    operate(runner, "backfill", mode="restate", from_date=str(day), to_date=str(day))
    for table in (*SILVER, *GOLD):
        assert kept[table.name] <= files(old.lake, table), table.name
    after = set(read_rows(old.lake, HEART_RATE.name))
    wanted = set(read_rows(fresh.lake, HEART_RATE.name))
    assert after == {r for r in rows if r[3] != day} | {r for r in wanted if r[3] == day}


def busiest_day(old: Lake, fresh: Lake) -> date:
    """A day with readings that only the present rules accept."""
    gained = set(read_rows(fresh, HEART_RATE.name)) - set(read_rows(old, HEART_RATE.name))
    days = [row[3] for row in gained]
    return max(set(days), key=days.count)


def files(lake: Lake, table: Table) -> set[str]:
    """The present files of a table."""
    return set(delta_files.files(lake.path(table))["path"].to_pylist())


def files_without(lake: Lake, table: Table, day: date) -> set[str]:
    """The present files that hold no row near a day; none of tables that are not cut by time."""
    if not table.pruned_by:
        return set()
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = delta_files.files(lake.path(table))
    near = delta_files.overlapping(
        found, ((begin - DAY, begin + 2 * DAY),), table.pruned_by, table.pruned_by
    )
    return files(lake, table) - set(near["path"].to_pylist())


@pytest.mark.long
def test_single_tables(tmp_path: Path, session: Session, broker: Broker) -> None:
    """Only the table named is recomputed; what is computed from it follows by the streams.

    Again, nothing is left to do.
    """
    batches = placed(44)
    old = filled(Lake(str(tmp_path)), broker, session, OTHER_RULES, batches)
    runner = replace(old, rules=Rules())
    workouts = read_rows(runner.lake, COMPLETED_WORKOUTS.name)
    days = {"from_date": "2000-01-01", "to_date": "2025-12-31"}
    operate(runner, "backfill", mode="restate", tables=["heart_rate"], **days)
    expected = expect(*records_and_files(batches))
    assert_lake_equals(expected, runner.lake, [HEART_RATE.name])
    assert read_rows(runner.lake, COMPLETED_WORKOUTS.name) == workouts
    before = versions(runner.lake)
    operate(runner, "backfill", "again", mode="restate", tables=["heart_rate"], **days)
    assert versions(runner.lake) == before
