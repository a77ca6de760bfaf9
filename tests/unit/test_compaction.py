"""Small files are merged: the same rows, in files that can be skipped, and nobody takes notice."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from lake_history import DAY, LATER, NOW, add, changes, follow, numbers

from gympulse.io import checkpoints, compaction, schema, trimming
from gympulse.io.changes import has_changes
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model.tables import GYM_SUMMARY, HEART_RATE, KAFKA_MULTIPLEX, TABLES, WORKOUTS

VALUES = {
    "array<bigint>": [1, 2],
    "bigint": 1,
    "boolean": True,
    "date": date(2025, 1, 1),
    "double": 0.5,
    "int": 1,
    "string": "é",
    "timestamp": datetime(2025, 1, 1, 12, 0, 0, 1, tzinfo=UTC),
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path))


def listed(lake: Lake, table) -> list[dict]:
    """A table's files as its log has them."""
    return pa.table(DeltaTable(lake.path(table)).get_add_actions(flatten=True)).to_pylist()


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_every_table_keeps_its_rows_its_types_and_its_bounds(lake, table):
    """Of one row with every value and one with none, whatever the columns."""
    schema.create(lake, [table])
    whole = {name: VALUES[type_] for name, type_ in table.schema.items()}
    parts = {name: whole[name] for name in table.partitioned_by}
    path, rows = lake.path(table), [whole, dict.fromkeys(table.columns) | parts]
    for row in rows:
        write_deltalake(path, rows_of(table, [row]), mode="append")
    before = listed(lake, table)
    [least] = [file for file in before if file["null_count." + _bounded(table)] == 0]

    assert compaction.small_files(path, compaction.target_bytes(table)) == 2
    assert compaction.compact(path, compaction.target_bytes(table)) == 2
    [file] = listed(lake, table)
    # The newest first.
    assert DeltaTable(path).to_pyarrow_table().to_pylist() == rows[::-1]
    assert file["num_records"] == 2
    bounds = {name: value for name, value in least.items() if name[:4] in ("min.", "max.")}
    assert {name: file[name] for name in bounds} == bounds
    assert set(file) == set(least)
    written = pq.ParquetFile(f"{path}/{unquote(file['path'])}")
    declared = schema.arrow_schema(table)
    own = [name for name in table.columns if name not in table.partitioned_by]
    assert written.schema_arrow.names == own
    assert {name: written.schema_arrow.field(name).type for name in own} == {
        name: declared.field(name).type for name in own
    }
    assert "INT96" not in str(written.schema)
    assert written.metadata.row_group(0).column(0).compression == "ZSTD"


def _bounded(table) -> str:
    columns = (*([table.pruned_by] if table.pruned_by else []), *table.statistics) or table.key
    return next(name for name in columns if name not in table.partitioned_by)


def test_nobody_who_reads_changes_takes_notice(lake):
    """The change feed has nothing of it, old versions stay, and no stream is started for it."""
    for number in range(3):
        add(lake, WORKOUTS, number)
    path = lake.path(WORKOUTS)
    follow(lake, WORKOUTS, "heart_rate", 4)
    stream = checkpoints.Checkpoint(lake.checkpoint("heart_rate"))
    compaction.compact(path, 1 << 20)

    assert not has_changes(path, 4, 4)
    assert not checkpoints.tables_changed(stream, [path])
    assert numbers(lake, WORKOUTS, 2) == [0, 1]
    assert numbers(lake, WORKOUTS) == [0, 1, 2]
    add(lake, WORKOUTS, 3)
    assert checkpoints.tables_changed(stream, [path])
    assert changes(lake, WORKOUTS, 5) == [(3, "insert")]


def test_a_stream_whose_next_commit_is_gone_is_left_to_spark(lake):
    """Which says what has become of it."""
    for number in range(3):
        add(lake, WORKOUTS, number)
    follow(lake, WORKOUTS, "heart_rate", 2)
    trimming.cut_log(lake.path(WORKOUTS), 3, LATER)
    stream = checkpoints.Checkpoint(lake.checkpoint("heart_rate"))

    assert checkpoints.tables_changed(stream, [lake.path(WORKOUTS)])


def test_twice_is_as_once(lake):
    for number in range(3):
        add(lake, WORKOUTS, number)
    path = lake.path(WORKOUTS)
    compaction.compact(path, 1 << 20)

    assert compaction.small_files(path, 1 << 20) == 0
    assert compaction.compact(path, 1 << 20) == 0
    assert DeltaTable(path).version() == 4


def test_days_stay_apart_in_folders(lake):
    """Of two days, the one whose only file nothing was added to is left alone."""
    schema.create(lake, [HEART_RATE])
    for day in (1, 1, 2):
        row = {"device_id": 1, "time": NOW + day * DAY, "date": (NOW + day * DAY).date()}
        rows = rows_of(HEART_RATE, [dict.fromkeys(HEART_RATE.columns) | row])
        write_deltalake(lake.path(HEART_RATE), rows, mode="append")
    second = [f["path"] for f in listed(lake, HEART_RATE) if f["partition.date"].day == 2]
    path = lake.path(HEART_RATE)

    assert compaction.small_files(path, 1 << 20) == 2
    assert compaction.compact(path, 1 << 20) == 2
    assert len(listed(lake, HEART_RATE)) == 2
    assert second[0] in [file["path"] for file in listed(lake, HEART_RATE)]


def test_a_table_that_is_skipped_through_by_time_stays_so(lake):
    """Day after day of eight hours: files grow to the target, keep to their days, then stay."""
    schema.create(lake, [WORKOUTS])
    path, hour = lake.path(WORKOUTS), timedelta(hours=1)
    target, rewritten = 120_000, []
    for day in range(8):
        for number in range(8):
            begin = NOW + day * DAY + number * hour
            write_deltalake(path, _hour(begin), mode="append")
        rewritten.append(compaction.compact(path, target))
    spans = sorted((file["min.time"], file["max.time"]) for file in listed(lake, WORKOUTS))

    assert 2 < len(spans) < 8
    assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))
    # An hour's files, and at most the one that still grows.
    assert max(rewritten) <= 9


def _hour(begin: datetime) -> pa.Table:
    nothing = dict.fromkeys(WORKOUTS.columns)
    rows = [
        nothing | {"user_id": hash((begin, n)), "time": begin + n * timedelta(seconds=10)}
        for n in range(300)
    ]
    return rows_of(WORKOUTS, rows)


def test_an_array_stays_readable_for_spark(lake):
    """Its items are named as Spark names them."""
    schema.create(lake, [GYM_SUMMARY])
    for workouts in ([1], []):
        row = dict.fromkeys(GYM_SUMMARY.columns) | {"workouts": workouts, "date": NOW.date()}
        write_deltalake(lake.path(GYM_SUMMARY), rows_of(GYM_SUMMARY, [row]), mode="append")
    compaction.compact(lake.path(GYM_SUMMARY), 1 << 20)
    [file] = listed(lake, GYM_SUMMARY)

    told = str(pq.ParquetFile(f"{lake.path(GYM_SUMMARY)}/{file['path']}").schema)
    assert "repeated group field_id=-1 list {\n      optional int64 field_id=-1 element;" in told


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        pytest.param([10, 11, 12], [10, 11, 12], id="alike"),
        pytest.param([12], [], id="alone"),
        pytest.param([300, 10], [], id="one beside a large one"),
        pytest.param([300, 10, 12], [10, 12], id="two beside a large one"),
        pytest.param([60, 10, 20], [10, 20, 60], id="no larger than twice the others"),
        pytest.param([61, 10, 20], [10, 20], id="larger than that"),
        pytest.param([99, 100, 60], [60, 99], id="large enough as it is"),
    ],
)
def test_a_file_is_merged_with_others_that_come_to_something(sizes, chosen):
    assert compaction.worth_merging(sizes, 100) == chosen


def test_night_after_night_little_is_written_anew():
    """Of a year of 24 files a day, each byte a few times; and few files are left."""
    left, written = [], 0
    for _ in range(365):
        left += [1] * 24
        merged = compaction.worth_merging(left, 1 << 30)
        for size in merged:
            left.remove(size)
        written += sum(merged)
        left.append(sum(merged))
        assert len(left) <= 8

    assert written < 6 * sum(left)


def test_rows_of_no_partition_are_merged_too(lake):
    """Lines that are no records have no topic; they lie in a folder of their own."""
    schema.create(lake, [KAFKA_MULTIPLEX])
    path, row = lake.path(KAFKA_MULTIPLEX), dict.fromkeys(KAFKA_MULTIPLEX.columns)
    for number in range(2):
        for topic in (None, "bpm"):
            told = rows_of(KAFKA_MULTIPLEX, [row | {"topic": topic, "offset": number}])
            write_deltalake(path, told, mode="append")

    assert compaction.compact(path, 1 << 20) == 4
    found = DeltaTable(path).to_pyarrow_table(columns=["topic", "offset"]).to_pylist()
    assert sorted((str(each["topic"]), each["offset"]) for each in found) == [
        ("None", 0),
        ("None", 1),
        ("bpm", 0),
        ("bpm", 1),
    ]
    assert len(listed(lake, KAFKA_MULTIPLEX)) == 2
