"""The maintenance as a whole, without Spark: table by table, whatever becomes of one."""

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake
from lake_history import NOW, add, age, follow, numbers

from gympulse.errors import LockHeld, NotMaintained
from gympulse.io import commits, files, restore_points, retention, schema
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model.tables import (
    COMPLETED_WORKOUTS,
    MAINTENANCE,
    QUARANTINE,
    RESTORE_POINTS,
    TABLES,
    WORKOUT_BPM,
    WORKOUTS,
)
from gympulse.operations import maintenance
from gympulse.operations.arguments import Request
from gympulse.operations.checks import check
from gympulse.operations.maintenance import maintain
from gympulse.session import Session
from gympulse.settings import Rules, Settings

LATER = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with small files, and streams that have read all of them."""
    lake = Lake(str(tmp_path))
    schema.create(lake, tuple(TABLES.values()))
    for number in range(4):
        add(lake, WORKOUTS, number)
    follow(lake, WORKOUTS, COMPLETED_WORKOUTS.short_name, 4, 5)
    return lake


@pytest.fixture
def held(monkeypatch) -> list[str]:
    """The layers' locks, which need Java: those that were taken."""
    taken: list[str] = []

    @contextmanager
    def writing(layer, lake, gateway, name):
        taken.append(f"{layer} by {name}")
        yield

    monkeypatch.setattr(maintenance, "writing", writing)
    monkeypatch.setattr(maintenance, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(Session, "gateway", None)
    return taken


def do(lake: Lake, now: datetime = LATER, **given) -> None:
    values = check("maintenance", given, date(2026, 1, 1))
    request = Request("maintenance", "tonight", Settings(lake, Rules()), values, "Ann")
    maintain(request, Session("tests"), now)


def rows(lake: Lake) -> dict[str, dict]:
    """What was recorded, by table; the last of each."""
    found = DeltaTable(lake.path(MAINTENANCE)).to_pyarrow_table().to_pylist()
    return {row["table"]: row for row in sorted(found, key=lambda row: row["finished_at"])}


def test_one_row_and_one_line_a_table(lake, held, capsys):
    do(lake)
    found = rows(lake)

    assert list(found) == [table.short_name for table in TABLES.values()]
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[:-1]] == list(TABLES)
    row = found["workouts"]
    assert {row.pop(name) is not None for name in ("bytes_before", "bytes_after", "seconds")} == {
        True
    }
    assert row.pop("finished_at")
    assert row == {
        "operation_id": "tonight",
        "table": "workouts",
        "problem": None,
        "rows_removed": None,
        "files_before": 4,
        "files_merged": 4,
        "files_after": 5,
        "files_removed": 0,
        # What the stream looks at when it starts: its last batch.
        "kept_since": 4,
        "log_files_removed": 0,
    }
    # Nobody waits for what nothing is done to.
    assert held == ["silver by maintenance tonight"]


def test_the_next_night_removes_what_the_stream_has_left_behind(lake, held):
    do(lake)
    add(lake, WORKOUTS, 4)
    follow(lake, WORKOUTS, COMPLETED_WORKOUTS.short_name, 4, 5, 7)
    do(lake)
    add(lake, WORKOUTS, 5)
    follow(lake, WORKOUTS, COMPLETED_WORKOUTS.short_name, 4, 5, 7, 9)
    do(lake)
    row = rows(lake)["workouts"]

    assert (row["kept_since"], row["files_after"]) == (7, 3)
    assert commits.versions(lake.path(WORKOUTS)) == [7, 8, 9]
    assert numbers(lake, WORKOUTS) == list(range(6))


def test_night_after_night_files_stay_in_bounds(tmp_path, held):
    """Three small files a day, kept for a week: forty days leave no more than ten."""
    lake, hours = Lake(str(tmp_path)), timedelta(hours=6)
    path, begin, seen = lake.path(WORKOUTS), NOW, []
    for night in range(40):
        add(lake, WORKOUTS, *range(night * 10, night * 10 + 10))
        add(lake, WORKOUTS, *range(night * 10, night * 10 + 10), mode="overwrite")
        add(lake, WORKOUTS, -night)
        newest = DeltaTable(path).version()
        follow(lake, WORKOUTS, COMPLETED_WORKOUTS.short_name, newest - 2, newest + 1)
        age(lake, WORKOUTS, begin, hours)
        do(lake, begin + (newest + 1) * hours, tables=["workouts"])
        seen.append((len(retention.data_files(path)), len(files.names(commits.log_of(path)))))
    # delta-rs itself writes a hundredth version whole.
    assert set(seen[9:]) == {(29, 38), (29, 39)}
    newest = DeltaTable(path).version()
    week = range(newest - 28, newest + 1)
    assert all(numbers(lake, WORKOUTS, version) for version in week)
    assert commits.versions(path)[0] > newest - 40


@pytest.mark.parametrize("table", [WORKOUTS, WORKOUT_BPM, QUARANTINE], ids=lambda table: table.name)
def test_only_the_tables_asked_for(lake, held, table):
    do(lake, tables=[table.short_name])

    assert list(rows(lake)) == [table.short_name]


def test_a_dry_run_changes_nothing(lake, held, capsys):
    Path(lake.scratch).mkdir(parents=True)
    files.write(f"{lake.scratch}/dead/part", b"x")
    before = files.sizes(lake.root)
    do(lake, dry_run=True)

    assert files.sizes(lake.root) == before
    assert held == []
    said = capsys.readouterr().out
    assert "files 4 to 4" in said
    assert "merged 4" in said
    assert said.endswith("Folders of dead jobs removed: 1\n")


@pytest.mark.parametrize(
    ("version", "following", "since"),
    [
        pytest.param(2, 3, 2, id="its version, which is gone back to"),
        pytest.param(2, 1, 1, id="what a stream would read again from there"),
        pytest.param(None, 1, 1, id="of a table that does not go back, too"),
        pytest.param(2, None, 0, id="all, for a stream that had read nothing"),
    ],
)
def test_what_the_newest_point_of_the_days_kept_needs_stays(lake, held, version, following, since):
    follow(lake, WORKOUTS, COMPLETED_WORKOUTS.short_name, 4, 5, 6, 7)
    table_id = str(DeltaTable(lake.path(WORKOUTS)).metadata().id)
    lines = following and [{}, {"reservoirId": table_id, "reservoirVersion": following}]
    point = {
        "versions": json.dumps({WORKOUTS.name: version} if version else {}),
        "positions": json.dumps({COMPLETED_WORKOUTS.name: lines}),
    }
    forgotten = {"versions": json.dumps({WORKOUTS.name: 0}), "positions": "{}"}
    keep_points(lake, {40: forgotten, 20: point, 1: {"versions": "{}", "positions": "{}"}})
    age(lake, WORKOUTS, LATER - timedelta(days=48), timedelta(days=13))

    do(lake)

    days = [(LATER - point.recorded_at).days for point in restore_points.points(lake)]
    assert days == [20, 1]
    assert rows(lake)[WORKOUTS.short_name]["kept_since"] == since


def keep_points(lake: Lake, told: dict[int, dict[str, str]]) -> None:
    """Keep points of so many days ago."""
    points = [
        dict.fromkeys(RESTORE_POINTS.columns)
        | {"point_id": str(days), "recorded_at": LATER - timedelta(days=days)}
        | of_point
        for days, of_point in told.items()
    ]
    write_deltalake(lake.path(RESTORE_POINTS), rows_of(RESTORE_POINTS, points), mode="append")


def test_a_run_that_is_repeated_is_recorded_once(lake, held):
    for _ in range(2):
        do(lake)

    assert DeltaTable(lake.path(MAINTENANCE)).count() == len(TABLES)


@pytest.mark.parametrize("text", ["{", "", '{"add":{}}'], ids=["torn", "empty", "without its head"])
def test_a_table_that_fails_is_told_and_the_others_go_on(lake, held, capsys, text):
    DeltaTable(lake.path(WORKOUTS)).create_checkpoint()
    # By the checkpoint, the table itself can still be read.
    commit = Path(lake.path(WORKOUTS), "_delta_log", f"{3:020d}.json")
    commit.write_text(text)
    with pytest.raises(NotMaintained) as failed:
        do(lake)

    assert set(failed.value.problems) == {"workouts"}
    assert "\n  - workouts: " in str(failed.value)
    assert list(rows(lake)) == [table.short_name for table in TABLES.values()]
    assert rows(lake)["workouts"]["problem"]
    assert "silver_db.workouts               failed: " in capsys.readouterr().out


def test_so_is_one_whose_writer_does_not_end(lake, held, monkeypatch):
    @contextmanager
    def writing(*_):
        raise LockHeld("silver", "its job")
        yield

    monkeypatch.setattr(maintenance, "writing", writing)
    with pytest.raises(NotMaintained, match="workouts: The silver layer is held by its job"):
        do(lake)
    assert len(rows(lake)) == len(TABLES)


def test_a_lake_that_nobody_has_filled(tmp_path, held):
    do(Lake(str(tmp_path)))

    assert rows(Lake(str(tmp_path))) == {}
