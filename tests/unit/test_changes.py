"""What commits did, read from logs that delta-rs writes."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from gympulse.io.changes import commits, has_changes, of_batch

SCHEMA = pa.schema([("n", pa.int64()), ("day", pa.string())])


@pytest.fixture
def table(tmp_path: Path) -> DeltaTable:
    """A table with a change feed, divided by a column whose values need escaping."""
    feed = {"delta.enableChangeDataFeed": "true"}
    return DeltaTable.create(
        str(tmp_path / "t"), schema=SCHEMA, partition_by=["day"], configuration=feed
    )


def path_of(table: DeltaTable) -> str:
    return table.table_uri.removeprefix("file://").rstrip("/")


def add(table: DeltaTable, *numbers: int, mode: str = "append", **told) -> None:
    rows = pa.table({"n": numbers, "day": ["a b"] * len(numbers)}, schema=SCHEMA)
    write_deltalake(table, rows, mode=mode, commit_properties=CommitProperties(**told))


def test_rows_that_came_are_told(table):
    add(table, 1, 2, app_transactions=[Transaction("a stream", 7)])
    add(table, 3, custom_metadata={"userMetadata": "backfill a"})
    batch, load = commits(path_of(table), 1, 2)

    assert [(c.version, c.rows, c.is_streams, c.name) for c in (batch, load)] == [
        (1, 2, True, None),
        (2, 1, False, "backfill a"),
    ]
    for commit in (batch, load):
        [(name, size)] = commit.added.items()
        assert Path(path_of(table), name).stat().st_size == size
        assert commit.feed == (name,)


def test_files_put_together_change_nothing(table):
    add(table, 1)
    add(table, 2)
    table.optimize.compact()
    table.alter.set_table_properties({"delta.appendOnly": "false"})
    compacted, altered = commits(path_of(table), 3, 4)

    assert [commit.has_changes for commit in (compacted, altered)] == [False, False]
    assert (compacted.added, compacted.rows) == ({}, 0)
    assert not has_changes(path_of(table), 3, 4)
    assert has_changes(path_of(table), 2, 4)


def test_rows_that_went_are_changes(table):
    """Whoever follows them reads the files that went."""
    add(table, 1)
    add(table, 2, mode="overwrite")
    table.restore(1)
    first, second, back = commits(path_of(table), 1, 3)

    [came], [then] = first.added, second.added
    assert sorted(second.feed) == sorted([came, then])
    assert sorted(back.feed) == sorted([came, then])
    assert back.rows == 1


def test_written_changes_are_what_a_reader_reads(table):
    add(table, 1)
    log = Path(path_of(table), "_delta_log", f"{1:020d}.json")
    cdc = {"path": "_change_data/c.parquet", "dataChange": False, "size": 1, "partitionValues": {}}
    log.write_text("\n".join([log.read_text(), json.dumps({"cdc": cdc})]))

    [commit] = commits(path_of(table), 1, 1)
    assert commit.feed == ("_change_data/c.parquet",)
    assert len(commit.added) == 1


def test_what_the_log_no_longer_holds_may_have_been_anything(table):
    add(table, 1)
    Path(path_of(table), "_delta_log", f"{0:020d}.json").unlink()

    assert has_changes(path_of(table), 0, 0)
    with pytest.raises(FileNotFoundError):
        list(commits(path_of(table), 0, 1))
    assert list(commits(path_of(table), 2, 1)) == []


def test_the_commit_of_a_batch_is_found(table):
    for number in (3, 4):
        add(table, *range(number), app_transactions=[Transaction("a stream", number)])
        add(table, 0, app_transactions=[Transaction("another", number)])
    path = path_of(table)

    assert of_batch(path, "a stream", 4).rows == 4
    assert of_batch(path, "a stream", 5) is None
    assert of_batch(path, "a third", 4) is None
