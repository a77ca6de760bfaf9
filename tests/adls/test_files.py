"""Files beside the tables: the same in a container as on this machine, also after a kill."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from adls.conftest import MakeRoot
from gympulse import lag
from gympulse.io import files, kafka_topics, ops, remote_files, schema
from gympulse.io.checkpoints import Checkpoint, files_landed, tables_changed
from gympulse.io.kafka_topics import Begin, Known
from gympulse.io.landing import Landed, land_new_rows
from gympulse.lake import Lake
from gympulse.model.tables import GYM_LOGINS, LEDGER

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
# Spark's own files, as checkpoints of a stream of Kafka and of one of files have them.
READ = ("v1", "{}", json.dumps({"bpm": {"0": 9}}))
BEGUN = b'\x00v1\n{"bpm":{"0":3}}'
TAKEN = ("v1", json.dumps({"path": "abfss://l/a%20b.csv", "timestamp": 1, "batchId": 0}))
CHECKPOINTS = {
    "none": {},
    "begun": {"sources/0/0": BEGUN},
    "finished": dict.fromkeys(("offsets/9", "offsets/10", "commits/9", "commits/10"), READ),
    "unfinished": {
        "metadata": ('{"id":"a-stream"}',),
        "offsets/0": ("v1", '{"batchTimestampMs":7}', json.dumps({"bpm": {"0": 4}})),
        "offsets/1": ("v1", '{"batchTimestampMs":8}', json.dumps({"bpm": {"0": 9}})),
        "commits/0": ("v1",),
    },
    "of its first batch": {"sources/0/0": BEGUN, "offsets/0": READ},
    "torn": {"offsets/0": ("v1", "{}", '{"bpm":{"0":'), "commits/0": ("v1",)},
    "of files": {
        "offsets/0": ("v1", "{}", '{"logOffset":0}'),
        "commits/0": ("v1",),
        "sources/0/.0.crc": b"\xff",
        "sources/0/0": TAKEN,
        "sources/0/9.compact": TAKEN,
    },
}


@pytest.fixture(params=["here", "there"])
def root(request, tmp_path: Path, make_root: MakeRoot) -> str:
    """A folder of this machine, or of a container."""
    return str(tmp_path) if request.param == "here" else make_root()


def write(folder: str, content: dict) -> str:
    """Write Spark's files, given as bytes or lines; gives the folder."""
    for name, text in content.items():
        files.write(
            f"{folder}/{name}", text if isinstance(text, bytes) else "\n".join(text).encode()
        )
    return folder


def test_what_files_promise(root: str) -> None:
    path = f"{root}/a folder/50% of é.json"
    with pytest.raises(FileNotFoundError):
        files.read(path)
    assert (files.exists(path), files.is_folder(f"{root}/a folder")) == (False, False)
    assert (files.names(f"{root}/a folder"), files.sizes(f"{root}/a folder")) == (set(), {})

    files.write(path, b"before")
    files.write(path, b"after")
    files.write(f"{root}/a folder/below/_x", b"")
    if files.is_remote(root):
        # As Spark marks a folder that it has made.
        files.write(f"{root}/a folder/below", b"")

    assert files.read(path) == b"after"
    assert (files.exists(path), files.is_folder(f"{root}/a folder")) == (True, True)
    assert not files.is_folder(f"{root}/a fol")
    assert files.names(f"{root}/a folder") == {"50% of é.json"}
    assert sum(files.sizes(f"{root}/a folder").values()) == files.sizes(root)[path] == 5

    files.move(f"{root}/a folder", f"{root}/another", ["below/_x", "none"])
    assert not files.is_folder(f"{root}/a folder")
    assert files.names(f"{root}/another") == {"50% of é.json"}
    assert list(files.sizes(f"{root}/another").values()).count(5) == 1

    written = files.written(f"{root}/another")
    assert {name: size for name, (size, _) in written.items()} == files.sizes(f"{root}/another")
    ages = [datetime.now(UTC) - at for _, at in written.values()]
    assert all(-timedelta(minutes=1) < age < timedelta(minutes=5) for age in ages)
    assert files.written(f"{root}/a folder") == {}
    for _ in range(2):
        files.remove(f"{root}/another/below/_x")
    assert files.names(f"{root}/another/below") == set()
    # The mark of a folder with nothing in it is a file without content.
    marks = {"below"} if files.is_remote(root) else set()
    assert files.names(f"{root}/another") == {"50% of é.json"} | marks
    files.write(f"{root}/another/below/_x", b"")
    for _ in range(2):
        files.remove_folder(f"{root}/another")
    assert not files.is_folder(f"{root}/another")


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """Four visits."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE gym_logins (mac_address, gym, login, logout, updated_at)")
    for gym in range(4):
        changed = (NOON + timedelta(minutes=20 * gym)).isoformat(sep=" ")
        row = ("aa:bb:cc:dd:ee:ff", gym, 1678451529, None, changed)
        connection.execute("INSERT INTO gym_logins VALUES (?, ?, ?, ?, ?)", row)
    yield connection
    connection.close()


def test_copies_land(database: sqlite3.Connection, tmp_path: Path, make_root: MakeRoot) -> None:
    """The same files with the same cursor, each row once, and the job's look finds them."""
    now, landed = NOON + timedelta(days=1), []
    for folder in (str(tmp_path / "landing"), f"{make_root()}/landing"):
        assert land_new_rows(database, GYM_LOGINS, folder, now, rows_per_file=2) == Landed(4, 2)
        assert land_new_rows(database, GYM_LOGINS, folder, now) == Landed()
        assert files_landed(Checkpoint(f"{folder}/none"), folder)
        names = files.names(folder) - {".copy.lock"}
        landed.append({name: files.read(f"{folder}/{name}") for name in names})

    assert landed[0] == landed[1]
    assert len(landed[0]) == 3


def test_topics_are_kept(root: str) -> None:
    path = Lake(root).topics
    known = {"bpm": Known("a", {0: Begin(17, "2025-06-01T10:00:00+00:00")}), "workout": Known(None)}
    assert kafka_topics.read(path) == {}
    kafka_topics.write(path, known)
    assert kafka_topics.read(path) == known


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_checkpoints_say_the_same(name: str, tmp_path: Path, make_root: MakeRoot) -> None:
    content, landing = CHECKPOINTS[name], {"a b.csv": b"", "_no.csv": b"", ".no": b""}
    found = []
    for root in (str(tmp_path), make_root()):
        checkpoint = Checkpoint(write(f"{root}/checkpoint", content))
        write(f"{root}/landing", landing)
        found.append(
            (
                checkpoint.exists,
                checkpoint.offsets(),
                None if name == "of files" else checkpoint.kafka_position(),
                checkpoint.unfinished(),
                checkpoint.seen_files(),
                files_landed(checkpoint, f"{root}/landing"),
            )
        )

    assert found[0] == found[1]
    assert found[1][-1] is (name != "of files")


@pytest.mark.parametrize("name", ["begun", "finished", "unfinished", "of its first batch"])
def test_killed_while_it_makes_room_a_stream_goes_on_there_or_is_gone(
    name: str, make_root: MakeRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many files were removed; the next time does the rest, and the copy is whole."""
    expected, kept = None, len(CHECKPOINTS[name])
    for steps in range(kept + 1):
        root = make_root()
        checkpoint = Checkpoint(write(f"{root}/checkpoint", CHECKPOINTS[name]))
        expected = expected or checkpoint.kafka_position().next
        with monkeypatch.context() as killed:
            killed.setattr(remote_files, "_remove", _dying(steps))
            if steps < kept:
                with pytest.raises(KeyboardInterrupt):
                    checkpoint.move_aside()
            else:
                checkpoint.move_aside()

        position = checkpoint.kafka_position()
        assert position.next == expected if position else not checkpoint.exists
        checkpoint.move_aside()
        assert not files.is_folder(checkpoint.path)
        assert len(files.sizes(f"{checkpoint.path}.1")) == kept


def _dying(steps: int):
    """Remove so many files, then end."""
    left, remove = [steps], remote_files._remove

    def removing(*place) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        remove(*place)

    return removing


def test_what_a_job_has_to_work_off(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the checkpoints and by the archives that a load is told of."""
    monkeypatch.setattr(lag, "LARGE_FROM_ROWS", {"silver": 6})
    lake = Lake(root)
    write(lake.archives, {"day/a.json": b"x" * 400, "b.json": b"x" * 400})
    load = ["backfill.py", "--lake", lake.root, "--mode", "load_archives", "--reason", "r"]
    assert lag.size(load) == "history"
    write(lake.archives, {"b.json": b""})
    assert lag.size(load) == "small"
    assert lag.size(["silver.py", "--lake", lake.root]) == "small"


def test_the_ledger_is_written_by_one_at_a_time(make_root: MakeRoot) -> None:
    """Threads as processes: entries that come twice at once are in it once."""
    lake = Lake(make_root())
    schema.create(lake, [LEDGER])
    entries = [ops.Entry("heart_rate", "a-stream", number, 1, 1, 0, 0, 0) for number in (0, 1) * 3]
    with ThreadPoolExecutor(len(entries)) as pool:
        list(pool.map(lambda entry: ops.record(lake, "run", "silver", entry), entries))

    found = DeltaTable(lake.path(LEDGER)).to_pyarrow_table(columns=["batch_id"])
    assert sorted(found["batch_id"].to_pylist()) == [0, 1]
    assert tables_changed(Checkpoint(lake.checkpoint("heart_rate")), [lake.path(LEDGER)])
