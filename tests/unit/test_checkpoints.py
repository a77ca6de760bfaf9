"""Whether a stream has anything to do, from checkpoints written by hand as Spark writes them."""

import json

import pyarrow as pa
import pytest
from checkpoint_files import TORN
from deltalake import DeltaTable, write_deltalake
from hypothesis import given
from hypothesis import strategies as st

from gympulse.io.checkpoints import (
    Checkpoint,
    Position,
    files_landed,
    tables_changed,
    topics_grew,
)

SCHEMA = pa.schema([("n", pa.int64())])


@pytest.fixture
def table(tmp_path):
    """Make a Delta table of so many versions after its first."""

    def make(name, versions=0):
        path = str(tmp_path / name)
        DeltaTable.create(path, schema=SCHEMA)
        for n in range(versions):
            write_deltalake(path, pa.table({"n": [n]}, schema=SCHEMA), mode="append")
        return path

    return make


def read_before(path, version, index=-1):
    """A Delta source's offset: all versions before this one were read."""
    return {
        "sourceVersion": 1,
        "reservoirId": DeltaTable(path).metadata().id,
        "reservoirVersion": version,
        "index": index,
        "isStartingVersion": False,
    }


@pytest.mark.parametrize(("versions", "to_do"), [(0, False), (1, True)])
def test_a_new_stream_has_to_read_what_a_table_holds(write, table, versions, to_do):
    assert tables_changed(write(), [table("empty"), table("a", versions)]) is to_do


@pytest.mark.parametrize(
    ("version", "index", "to_do"),
    [
        pytest.param(3, -1, False, id="all was read"),
        pytest.param(2, -1, True, id="a version came"),
        pytest.param(1, -1, True, id="two versions came"),
        pytest.param(3, 0, True, id="a version half read"),
        pytest.param(None, -1, True, id="no version named"),
    ],
)
def test_versions_that_were_not_read_are_to_do(write, table, version, index, to_do):
    path = table("a", versions=2)

    assert tables_changed(write([read_before(path, version, index)]), [path]) is to_do


@pytest.mark.parametrize(("grown", "to_do"), [("neither", False), ("a", True), ("b", True)])
def test_each_of_several_tables_counts(write, table, grown, to_do):
    a, b = table("a", versions=1 + (grown == "a")), table("b", versions=1 + (grown == "b"))
    checkpoint = write([read_before(b, 2), read_before(a, 2)])

    assert tables_changed(checkpoint, [a, b]) is to_do


def test_a_table_that_the_stream_has_not_met_is_to_do(write, table):
    met = table("a", versions=1)

    assert tables_changed(write([read_before(met, 2)]), [met, table("b")])
    assert tables_changed(write([read_before(met, 2), None]), [met])


def test_the_last_batch_counts(write, table):
    path = table("a", versions=2)

    assert tables_changed(write([read_before(path, 2)], [read_before(path, 3)]), [path]) is False


@pytest.mark.parametrize("finished", [0, 1])
def test_an_unfinished_batch_is_to_do(write, table, finished):
    path = table("a", versions=2)
    checkpoint = write([read_before(path, 2)], [read_before(path, 3)], finished=finished)

    assert tables_changed(checkpoint, [path])


def test_batches_are_ordered_by_number_and_other_files_are_none(write, table):
    path = table("a", versions=2)
    checkpoint = write(*[[read_before(path, 1)]] * 10, [read_before(path, 3)])
    for of in ("offsets", "commits"):
        write.put(of, ".10.crc", b"\x00")
        write.put(of, "11.tmp", b"")

    assert tables_changed(checkpoint, [path]) is False


@pytest.mark.parametrize("name", TORN)
def test_offsets_that_cannot_be_read_are_to_do(write, table, landing, name):
    """The rest is left to Spark, which says what is wrong."""
    checkpoint = write([{}])
    write.put("offsets", "0", TORN[name])

    assert tables_changed(checkpoint, [table("a")])
    assert topics_grew(checkpoint, {"bpm": {0: 1}})
    assert files_landed(checkpoint, landing("a.csv"))


@pytest.mark.parametrize(
    ("ends", "to_do"),
    [
        pytest.param({"bpm": {0: 5, 1: 7}}, False, id="nothing new"),
        pytest.param({"bpm": {0: 6, 1: 7}}, True, id="a record"),
        pytest.param({"bpm": {0: 5, 1: 7, 2: 0}}, False, id="a new partition without records"),
        pytest.param({"bpm": {0: 5, 1: 7, 2: 1}}, True, id="a new partition"),
        pytest.param({"bpm": {0: 5, 1: 7}, "workout": {0: 0}}, False, id="an empty new topic"),
        pytest.param({"bpm": {0: 5, 1: 7}, "workout": {0: 1}}, True, id="a new topic"),
        pytest.param({"bpm": {0: 4, 1: 7}}, True, id="a topic made anew"),
        pytest.param({}, False, id="no topics"),
    ],
)
def test_topics_grow(write, ends, to_do):
    assert topics_grew(write([{"bpm": {"0": 5, "1": 7}}]), ends) is to_do


@pytest.mark.parametrize(("end", "to_do"), [(0, False), (1, True)])
def test_a_new_stream_has_to_read_what_topics_hold(write, end, to_do):
    """So has one whose batch was not finished."""
    assert topics_grew(write(), {"bpm": {0: 0, 1: end}}) is to_do
    assert topics_grew(write([{"bpm": {"1": end}}], finished=0), {"bpm": {1: end}}) is to_do


@given(st.dictionaries(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 3))
def test_topics_grew_unless_every_end_was_read(ends, partition):
    checkpoint = Checkpoint("")
    checkpoint.kafka_position = lambda: Position({"bpm": ends}, {"bpm": ends})

    assert topics_grew(checkpoint, {"bpm": ends}) is False
    assert topics_grew(checkpoint, {"bpm": ends | {partition: ends.get(partition, 0) + 1}}) is True


@pytest.fixture
def landing(tmp_path):
    """Land files, empty as they are."""
    folder = tmp_path / "landing"

    def land(*names):
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).touch()
        return str(folder)

    return land


def seen(write, *batches):
    """A finished checkpoint of a file source that took these files."""
    checkpoint = write(*[[{"logOffset": n}] for n in range(len(batches))])
    for n, paths in enumerate(batches):
        lines = (json.dumps({"path": p, "timestamp": 1, "batchId": n}) for p in paths)
        write.put("sources/0", str(n), "\n".join(("v1", *lines)))
    write.put("sources/0", ".0.crc", b"\xff")
    return checkpoint


@pytest.mark.parametrize(
    ("landed", "to_do"),
    [
        pytest.param(["a.csv", "b.csv"], False, id="all were taken"),
        pytest.param(["b.csv"], False, id="one is gone"),
        pytest.param(["a.csv", "b.csv", "c.csv"], True, id="one more"),
        pytest.param([".c.csv", "_c.csv"], False, id="hidden ones are none yet"),
        pytest.param([], False, id="none"),
    ],
)
def test_files_land(write, landing, landed, to_do):
    checkpoint = seen(write, ["file:///l/a.csv"], ["file:///l/b.csv"])

    assert files_landed(checkpoint, landing(*landed)) is to_do


ESCAPED = {"a b.csv": "a%20b.csv", "50%.csv": "50%25.csv", "a+b#1.csv": "a+b%231.csv"}


@pytest.mark.parametrize("name", ESCAPED)
def test_a_name_is_known_again(write, landing, name):
    """Spark writes paths as URLs."""
    assert files_landed(seen(write, [f"file:///l/{ESCAPED[name]}"]), landing(name)) is False


def test_a_compacted_log_is_read(write, landing):
    checkpoint = seen(write, [])
    write.put("sources/0", "9.compact", b'v1\n{"path":"file:///l/a.csv","timestamp":1,"batchId":0}')

    assert files_landed(checkpoint, landing("a.csv")) is False


def test_files_noted_for_a_batch_that_was_not_planned_are_to_do(write, landing):
    """As after a kill between a file source's two writes."""
    checkpoint = seen(write, ["file:///l/a.csv"])
    noted = {"path": "file:///l/b.csv", "timestamp": 1, "batchId": 1}
    write.put("sources/0", "1", f"v1\n{json.dumps(noted)}")

    assert files_landed(checkpoint, landing("a.csv")) is False
    assert files_landed(checkpoint, landing("b.csv")) is True


def test_a_missing_landing_folder_is_no_error(write, tmp_path):
    assert files_landed(write(), str(tmp_path / "none")) is False


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda write: write(), id="a new stream"),
        pytest.param(lambda write: write([{"logOffset": 0}], finished=0), id="an unfinished batch"),
        pytest.param(lambda write: write([{"logOffset": 0}]), id="no log of files"),
        pytest.param(
            lambda write: (seen(write, []), write.put("sources/0", "0", b'v1\n{"pa'))[0],
            id="a torn log of files",
        ),
    ],
)
def test_what_is_not_known_to_be_taken_is_to_do(write, landing, broken):
    assert files_landed(broken(write), landing("a.csv"))
