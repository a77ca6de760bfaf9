"""A table that forgets keeps its newest version, and nothing of what it was."""

from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.transaction import CommitProperties, Transaction

from gympulse.errors import Damaged
from gympulse.io import files, history


@pytest.fixture
def path(tmp_path) -> str:
    """A table of four versions, of which the third has lost a row."""
    path = str(tmp_path / "table")
    kept = CommitProperties(app_transactions=[Transaction("stream", 7)])
    write_deltalake(path, pa.table({"k": [1, 2], "v": ["a", "CANARY"]}))
    write_deltalake(path, pa.table({"k": [3], "v": ["c"]}), mode="append", commit_properties=kept)
    write_deltalake(path, pa.table({"k": [1, 3], "v": ["a", "c"]}), mode="overwrite")
    return path


def names(path: str) -> set[str]:
    return {str(found.relative_to(path)) for found in Path(path).rglob("*") if found.is_file()}


def test_what_is_left_is_the_newest_version(path):
    Path(path, "_change_data").mkdir()
    Path(path, "_change_data", "cdc.parquet").write_bytes(b"CANARY")
    Path(path, ".part.parquet.crc").write_bytes(b"sum")

    assert history.forget(path) == 6
    version = "_delta_log/00000000000000000002"
    live = set(DeltaTable(path).get_add_actions()["path"].to_pylist())
    kept = {f"{version}.json", f"{version}.checkpoint.parquet", "_delta_log/_last_checkpoint"}
    assert names(path) == kept | live
    assert DeltaTable(path).to_pyarrow_table().to_pydict() == {"k": [1, 3], "v": ["a", "c"]}
    assert DeltaTable(path).transaction_version("stream") == 7
    assert DeltaTable(path).history(1)[0]["operation"] == "WRITE"


def test_a_table_goes_on(path):
    history.forget(path)
    write_deltalake(path, pa.table({"k": [4], "v": ["d"]}), mode="append")

    assert DeltaTable(path).version() == 3
    assert sorted(DeltaTable(path).to_pyarrow_table()["k"].to_pylist()) == [1, 3, 4]
    assert history.forget(path) == 2


def test_bounds_of_what_went_are_in_no_log(path):
    """Other writers note them with a removal, and checkpoints keep removals for a week."""
    log = Path(path, "_delta_log")
    commit = log / f"{2:020}.json"
    removal = '{"remove":{"path":'
    assert removal in commit.read_text()
    stats = '{"remove":{"stats":"{\\\\"maxValues\\\\":{\\\\"v\\\\":\\\\"CANARY\\\\"}}","path":'
    commit.write_text(commit.read_text().replace(removal, stats.replace("\\\\", "\\")))
    DeltaTable(path).create_checkpoint()
    assert "CANARY" in commit.read_text()

    history.forget(path)
    assert "CANARY" not in commit.read_text()
    checkpoint = pq.read_table(log / f"{2:020}.checkpoint.parquet")
    assert "CANARY" not in str(checkpoint.to_pylist())
    assert checkpoint["remove"].null_count == len(checkpoint)


def test_a_table_that_misses_a_file_keeps_the_others(path):
    (live,) = DeltaTable(path).get_add_actions()["path"].to_pylist()
    Path(path, live).unlink()
    before = {name for name in names(path) if not name.startswith("_delta_log")}

    with pytest.raises(Damaged, match=live):
        history.forget(path)
    assert {name for name in names(path) if not name.startswith("_delta_log")} == before


def test_a_second_call_does_nothing(path):
    history.forget(path)
    before = {name: Path(path, name).stat().st_mtime_ns for name in names(path)}

    assert history.forget(path) == 0
    assert {name: Path(path, name).stat().st_mtime_ns for name in names(path)} == before


@pytest.mark.parametrize("kept", range(6))
def test_killed_at_any_file_it_is_finished_by_the_next(path, monkeypatch, kept):
    """At every moment the table can be read."""
    remove, left = files.remove, [kept]

    def killed(name: str) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        remove(name)

    monkeypatch.setattr(files, "remove", killed)
    with suppress(KeyboardInterrupt):
        history.forget(path)
    assert sorted(DeltaTable(path).to_pyarrow_table()["k"].to_pylist()) == [1, 3]
    monkeypatch.undo()
    history.forget(path)
    assert len(names(path)) == 4
    assert sorted(DeltaTable(path).to_pyarrow_table()["k"].to_pylist()) == [1, 3]
