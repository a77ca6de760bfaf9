"""What a layer is complete through is followed as its record grows."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from gympulse.io import ops, schema
from gympulse.io.completeness import Completeness
from gympulse.lake import Lake
from gympulse.model.tables import LAYER_RUNS

TEN = datetime(2025, 6, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = pa.timestamp("us", tz="UTC")


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path))


@pytest.fixture
def finish(lake):
    types = {"timestamp": INSTANT, "string": pa.string()}
    schema = pa.schema([(name, types[type_]) for name, type_ in LAYER_RUNS.schema.items()])

    def append(*runs: tuple[str, datetime | None]) -> None:
        rows = [
            dict.fromkeys(LAYER_RUNS.columns) | {"layer": layer, "complete_through": through}
            for layer, through in runs
        ]
        write_deltalake(
            lake.path(LAYER_RUNS), pa.Table.from_pylist(rows, schema=schema), mode="append"
        )

    return append


@pytest.mark.parametrize(
    ("runs", "latest"),
    [
        pytest.param([("silver", TEN)], None, id="of other layers nothing is taken"),
        pytest.param([("bronze", None)], None, id="a run through nothing counts for nothing"),
        pytest.param([("bronze", TEN)], TEN, id="a lone run counts"),
        pytest.param(
            [("bronze", TEN), ("bronze", TEN - HOUR), ("bronze", None), ("silver", TEN + HOUR)],
            TEN,
            id="the latest counts, in whatever order they are",
        ),
    ],
)
def test_latest(lake, finish, runs, latest):
    finish(*runs)

    assert Completeness(lake, "bronze").latest() == latest


def test_before_the_first_run_nothing_is_complete(lake):
    assert Completeness(lake, "bronze").latest() is None


def test_it_follows_the_record_as_it_grows(lake, finish):
    bronze = Completeness(lake, "bronze")
    assert bronze.latest() is None

    finish(("bronze", TEN))
    assert bronze.latest() == TEN
    finish(("silver", TEN + HOUR))
    assert bronze.latest() == TEN
    finish(("bronze", TEN - HOUR))
    assert bronze.latest() == TEN
    finish(("bronze", TEN + HOUR))
    assert bronze.latest() == TEN + HOUR


def test_rows_are_read_only_when_the_record_has_grown(lake, finish, monkeypatch):
    finish(("bronze", TEN))
    bronze = Completeness(lake, "bronze")
    bronze.latest()
    monkeypatch.setattr(DeltaTable, "to_pyarrow_table", None)

    assert bronze.latest() == TEN


def test_what_has_yet_to_come_is_not_complete(lake, finish):
    """A clock that was ahead has said so."""
    finish(("bronze", TEN), ("bronze", datetime.now(UTC) + HOUR))

    assert Completeness(lake, "bronze").latest() == TEN


def test_a_run_takes_back_what_a_clock_ahead_has_claimed(lake, monkeypatch):
    schema.create(lake, [LAYER_RUNS])
    with monkeypatch.context() as patched:
        patched.setattr(ops, "datetime", Ahead)
        for layer in ("bronze", "silver"):
            ops.complete(lake, "ahead", layer, Ahead.now(UTC), Ahead.now(UTC))
    ops.complete(lake, "right", "bronze", TEN, None)

    rows = DeltaTable(lake.path(LAYER_RUNS)).to_pyarrow_table().to_pylist()
    assert sorted((row["layer"], row["run_id"]) for row in rows) == [
        ("bronze", "right"),
        ("silver", "ahead"),
    ]


@pytest.mark.parametrize("layer", ["bronze", "silver"])
def test_a_clock_that_was_put_back_during_a_run_claims_nothing_to_come(lake, layer):
    schema.create(lake, [LAYER_RUNS])
    ahead = datetime.now(UTC) + 72 * HOUR
    ops.complete(lake, "put back", layer, ahead, ahead)

    [row] = DeltaTable(lake.path(LAYER_RUNS)).to_pyarrow_table().to_pylist()
    assert row["complete_through"] == row["finished_at"] < ahead


class Ahead(datetime):
    """A clock that is a day ahead."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days=1)
