"""The comparison sees what differs between a lake and the oracle."""

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from oracle.compare import assert_lake_equals, difference, read_rows
from oracle.expected import Expected, expect
from oracle.histories import cut, place, records_and_files, seeded_history

TYPES = {
    "bigint": pa.int64(),
    "int": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "array<bigint>": pa.list_(pa.int64()),
}


def fill(lake: Lake, name: str, rows, columns=None) -> None:
    schema = {c: t for c, t in TABLES[name].schema.items() if columns is None or c in columns}
    arrays = [
        pa.array(v, TYPES[t]) for v, t in zip(zip(*rows, strict=True), schema.values(), strict=True)
    ]
    empty = [pa.array([], TYPES[type_]) for type_ in schema.values()]
    write_deltalake(lake.path(TABLES[name]), pa.table(arrays or empty, list(schema)))


@pytest.fixture
def expected() -> Expected:
    return expect(*records_and_files(place(cut(seeded_history(8), 1, 2))))


@pytest.fixture
def lake(tmp_path, expected) -> Lake:
    made = Lake(str(tmp_path))
    for name, rows in expected.tables.items():
        fill(made, name, rows)
    quarantined = [(*key, "open") for key in expected.quarantined]
    quarantined += [quarantined[0], ("completed_workouts", "1/1/1/1", "cured")]
    fill(made, "ops_db.quarantine", quarantined, ("source", "source_id", "status"))
    return made


def test_equal_lakes_pass(lake, expected):
    assert_lake_equals(expected, lake)


@pytest.mark.parametrize("name", sorted(expect([], []).tables))
def test_a_missing_row_is_seen_in_every_table(lake, expected, name):
    expected.tables[name].add((0, *(None,) * (len(TABLES[name].columns) - 1)))
    with pytest.raises(AssertionError, match=f"{name}: 1 rows missing, 0 extra"):
        assert_lake_equals(expected, lake)


def test_a_missing_table_is_seen(tmp_path, expected):
    with pytest.raises(AssertionError, match="does not exist"):
        assert_lake_equals(expected, Lake(str(tmp_path)))


@pytest.mark.parametrize("status", ["open", "cured"])
def test_a_stranger_in_the_quarantine_is_seen(lake, expected, status):
    expected.quarantined.remove(next(key for key in expected.quarantined if key[0] == "gym_logins"))
    if status == "cured":
        expected.quarantined.add(("gym_logins", "missing:1"))
    with pytest.raises(AssertionError, match="quarantine"):
        assert_lake_equals(expected, lake)


def test_a_doubled_row_is_extra():
    assert "0 rows missing, 1 extra" in difference("silver_db.users", {(1,)}, [(1,), (1,)])


def test_averages_may_differ_by_rounding():
    name = "gold_db.workout_bpm_summary"
    row = (*range(12), 60.0, 70.0)
    near, far = (*row[:12], 60.0 * (1 + 1e-10), 70.0), (*row[:12], 60.001, 70.0)
    assert difference(name, [row], [near]) == ""
    assert difference(name, [row], [far])
    assert difference(name, [row], [(*row[:13], 71.0)])


def test_arrays_and_instants_are_plain(lake, expected):
    rows = read_rows(lake, "gold_db.gym_summary")
    assert set(rows) == expected.tables["gold_db.gym_summary"]
