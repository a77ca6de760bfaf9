"""Tables made before a column was declared gain it, and are written in any order of columns."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Schema, write_deltalake

from gympulse.io import schema
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model.tables import LAYER_RUNS, TABLES, WORKOUTS

_OLD = replace(LAYER_RUNS, columns=("run_id", "layer", "finished_at"))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with the table as it once was, and a row in it."""
    lake = Lake(str(tmp_path))
    schema.create(lake, [_OLD])
    old = rows_of(_OLD, [{"run_id": "before", "layer": "gold", "finished_at": None}])
    write_deltalake(lake.path(_OLD), old, mode="append")
    return lake


def test_new_columns_are_null_in_old_rows(lake: Lake) -> None:
    """The rows written since have them; a second look changes nothing."""
    for _ in range(2):
        schema.follow(lake, [LAYER_RUNS])
    table = DeltaTable(lake.path(LAYER_RUNS))
    assert table.version() == 2
    new = {"run_id": "after", "layer": "gold", "began_at": None}
    new |= {"complete_through": None, "finished_at": None}
    write_deltalake(table, rows_of(LAYER_RUNS, [new]), mode="append")
    found = DeltaTable(lake.path(LAYER_RUNS)).to_pyarrow_table(columns=list(LAYER_RUNS.columns))
    assert sorted(found.to_pylist(), key=lambda row: row["run_id"]) == [
        new,
        {**new, "run_id": "before"},
    ]
    assert found.schema.types[2:] == [pa.timestamp("us", tz="UTC")] * 3


def test_a_table_gains_properties_and_keeps_those_of_others(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    path, of_others = lake.path(WORKOUTS), {"delta.logRetentionDuration": "interval 9 days"}
    DeltaTable.create(
        path, Schema.from_arrow(schema.arrow_schema(WORKOUTS)), configuration=of_others
    )
    for _ in range(2):
        schema.follow(lake, [WORKOUTS])

    found = DeltaTable(path)
    assert found.version() == 1
    declared = {
        "delta.dataSkippingStatsColumns": "time,user_id",
        "delta.enableChangeDataFeed": "true",
        "delta.enableExpiredLogCleanup": "false",
    }
    assert found.metadata().configuration == of_others | declared


def test_tables_that_several_jobs_make_at_once_are_made_once(tmp_path: Path) -> None:
    """None of the jobs fails, and no table is made anew under whoever has opened it."""
    lake, together = Lake(str(tmp_path)), Barrier(4)

    def make(_: int) -> None:
        together.wait()
        schema.create(lake, list(TABLES.values()))

    with ThreadPoolExecutor(4) as jobs:
        list(jobs.map(make, range(4)))
    found = {name: DeltaTable(lake.path(table)).version() for name, table in TABLES.items()}
    assert found == dict.fromkeys(TABLES, 0)
