"""Bronze goes back to what its streams then read again: what of it is there, and what is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from made_chain import Chain

from gympulse.io import restore_points, undoing
from gympulse.io.checkpoints import Checkpoint, files_landed
from gympulse.io.ops import rows_of
from gympulse.io.restoring import Restoring
from gympulse.model.tables import (
    GOLD,
    GYM_LOGINS,
    GYM_LOGS,
    KAFKA_MULTIPLEX,
    LAYER_RUNS,
    LEDGER,
    REGISTERED_USERS,
    SILVER,
)
from gympulse.operations import restore_bronze
from gympulse.session import Session
from gympulse.settings import Settings


class Bronze(Chain):
    """A chain whose files land."""

    def land(self, name: str, batch: int) -> None:
        """Let a file land, and its line be taken by a batch of the stream."""
        folder = Path(self.lake.landing("gym_logins"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a line")
        row = dict.fromkeys(GYM_LOGINS.columns) | {"source_file": name, "line": 2}
        done = CommitProperties(app_transactions=[Transaction("files", batch)])
        rows = rows_of(GYM_LOGINS, [row])
        write_deltalake(self.lake.path(GYM_LOGINS), rows, mode="append", commit_properties=done)
        uri = (folder / name).as_uri()
        noted = {"path": uri, "timestamp": 1700000000000, "batchId": batch}
        self.put(GYM_LOGINS, "sources/0", batch, [noted])
        self.put(GYM_LOGINS, "offsets", batch, [{"conf": {}}, {"logOffset": batch}])
        self.put(GYM_LOGINS, "commits", batch, [{"nextBatchWatermarkMs": 0}])


@pytest.fixture
def chain(tmp_path: Path) -> Bronze:
    """A file landed before the point, and one since."""
    chain = Bronze(tmp_path)
    chain.land("a b%.csv", 0)
    chain.gain(GYM_LOGS)
    chain.read(*SILVER, *GOLD)
    restore_points.record(chain.lake, "a run")
    chain.land("new.csv", 1)
    return chain


def problems(chain: Bronze) -> list[str]:
    [point] = restore_points.points(chain.lake)
    found = restore_bronze.problems(Settings(chain.lake), Session("none"), point)
    return [each for each in found if not each.startswith("--kafka-bootstrap-servers is missing")]


def test_all_that_landed_can_be_read_again(chain):
    assert problems(chain) == []


def test_what_no_stream_brings_again_is_named(chain):
    """Rows of operations, and of files that are no longer there."""
    told = CommitProperties(custom_metadata={"userMetadata": "backfill a"})
    row = dict.fromkeys(KAFKA_MULTIPLEX.columns)
    for _ in range(2):
        rows = rows_of(KAFKA_MULTIPLEX, [row])
        path = chain.lake.path(KAFKA_MULTIPLEX)
        write_deltalake(path, rows, mode="append", commit_properties=told)
    folder = chain.lake.landing("gym_logins")
    Path(folder, "new.csv").unlink()

    assert problems(chain) == [
        "bronze_db.kafka_multiplex: backfill a has added 2 rows since, which no stream brings "
        "again.",
        f"bronze_db.gym_logins: 1 files are no longer in {folder}, such as new.csv.",
    ]


def test_a_stream_that_cannot_tell_what_it_has_taken_is_named(chain):
    Path(chain.lake.checkpoint("gym_logins"), "commits", "1").unlink()

    assert problems(chain) == [
        "bronze_db.gym_logins: which files its stream has taken is unknown; run the bronze job "
        "once."
    ]


def test_without_one_version_nothing_goes_back(chain):
    [point] = restore_points.points(chain.lake)
    others = {name: v for name, v in point.versions.items() if name != KAFKA_MULTIPLEX.name}
    point = replace(point, versions=others)

    assert restore_bronze.problems(Settings(chain.lake), Session("none"), point) == [
        "bronze_db.kafka_multiplex: silver's tables had read different versions of it."
    ]


def test_streams_begin_where_the_tables_end(chain):
    """Of files, those stay noted that the table has lines of, word for word."""
    then = {GYM_LOGINS.name: 1, REGISTERED_USERS.name: 0, KAFKA_MULTIPLEX.name: 0}
    now = then | {GYM_LOGINS.name: 2}
    folder, checkpoint = chain.lake.landing("gym_logins"), chain.lake.checkpoint("gym_logins")
    [before] = [n for n in Checkpoint(checkpoint).noted_files() if "new" not in n["path"]]
    kept = restore_bronze.landed(chain.lake, then)
    under_way = Restoring("restore a", ("bronze",), "a point", now, then, kept)

    assert kept == {GYM_LOGINS.name: {"lines": [{"conf": {}}, {"logOffset": 0}], "files": [before]}}
    for _ in range(2):
        restore_bronze.begin_streams(chain.lake, under_way)
        assert Checkpoint(checkpoint).seen_files() == {"a b%.csv"}
        assert files_landed(Checkpoint(checkpoint), folder)
    assert {path.name for path in Path(checkpoint, "commits").iterdir()} == {"0"}
    assert not Path(f"{checkpoint}.2").exists()
    assert restore_bronze.first_undone(chain.lake, under_way) == datetime.fromtimestamp(
        DeltaTable(chain.lake.path(GYM_LOGINS)).history(1)[0]["timestamp"] / 1000, UTC
    )


def test_batches_that_bronze_no_longer_has_are_forgotten(chain):
    """By the version that they left; and the layer is complete through what came before."""
    since = datetime(2025, 3, 1, 10, tzinfo=UTC)
    entries = [
        ("gym_logins", "bronze", 1),
        ("gym_logins", "bronze", 2),
        ("gym_logins", "bronze", None),
    ]
    for table, layer, version in [*entries, ("gym_logs", "silver", 3), ("x", "bronze", 9)]:
        values = {"table": table, "layer": layer, "version": version, "finished_at": since}
        chain.gain(LEDGER, stream=f"{table}{version}", **values)
    for layer in ("bronze", "silver"):
        for at in (since - timedelta(seconds=1), since):
            chain.gain(LAYER_RUNS, layer=layer, run_id=str(at), finished_at=at)

    undoing.undo_bronze(chain.lake, {GYM_LOGINS.name: 1}, since)
    left = chain.table(LEDGER).to_pyarrow_table().to_pylist()
    assert {row["stream"] for row in left} == {"gym_logins1", "gym_loginsNone", "gym_logs3", "x9"}
    runs = chain.table(LAYER_RUNS).to_pyarrow_table().to_pylist()
    assert [row["layer"] for row in runs if row["finished_at"] == since] == ["silver"]
    assert len(runs) == 3
