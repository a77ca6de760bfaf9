"""Verification: silent where all is right, and loud where a row is not."""

import json

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

from gympulse.errors import NotAsExpected
from gympulse.io import operations
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import (
    ABNORMAL_HEART_RATES,
    GOLD,
    GYM_OCCUPANCY,
    GYM_SUMMARY,
    HEART_RATE,
    SILVER,
    WORKOUT_BPM_SUMMARY,
)
from gympulse.session import Session
from streams.checking import placed
from streams.operating import counted, operate
from streams.runs import Runner, versions


@pytest.fixture(scope="module")
def filled(tmp_path_factory, session: Session, emptied) -> Runner:
    """A lake after its jobs, that some records reach after them."""
    runner = Runner(Lake(str(tmp_path_factory.mktemp("verified"))), emptied(), session)
    batches = placed(55, happened=150)
    for batch in batches:
        runner.receive(batch)
        runner.run()
    return runner


def test_what_the_jobs_built_is_right(filled: Runner) -> None:
    """Every table is compared, and no version written."""
    before = versions(filled.lake)
    result = operate(filled, "verify", "whole")
    assert result["operation"]["outcome"] == "equal"
    assert {row["table"] for row in result["tables"]} == {t.short_name for t in (*SILVER, *GOLD)}
    assert counted(result) == {}
    assert {row["table"]: row["rows_expected"] for row in result["tables"]} == {
        table.short_name: DeltaTable(filled.lake.path(table)).count() for table in (*SILVER, *GOLD)
    }
    assert versions(filled.lake) == before


def planted(lake: Lake, table: Table, column: str) -> tuple[pa.Table, pa.Table]:
    """Lose a row, alter a row's value and add a row that nothing says.

    Returns:
        The rows before, and after.
    """
    path = lake.path(table)
    before = DeltaTable(path).to_pyarrow_table().select(list(table.columns))
    before = before.sort_by([(name, "ascending") for name in table.key])
    assert len(before) > 2
    altered = _with(before.slice(1, 1), column, lambda values: pc.add(values, 1))
    name = next(k for k in table.key if pa.types.is_integer(before.schema.field(k).type))
    extra = _with(before.slice(2, 1), name, lambda values: pc.add(values, 1_000_000))
    after = pa.concat_tables([altered, before.slice(2), extra])
    write_deltalake(path, after, mode="overwrite")
    return before, after


def _with(rows: pa.Table, column: str, change) -> pa.Table:
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), change(rows[column]))


@pytest.mark.parametrize(
    ("table", "column"),
    [
        pytest.param(HEART_RATE, "heartrate", id="silver"),
        pytest.param(WORKOUT_BPM_SUMMARY, "num_records", id="gold"),
        pytest.param(GYM_SUMMARY, "minutes_in_gym", id="gold by date"),
        pytest.param(GYM_OCCUPANCY, "peak_count", id="gold by hour"),
        pytest.param(ABNORMAL_HEART_RATES, "jump_count", id="gold of some workouts"),
    ],
)
def test_a_wrong_a_missing_and_an_extra_row_are_found(
    filled: Runner, table: Table, column: str
) -> None:
    lake, name = filled.lake, table.short_name
    path, version = lake.path(table), DeltaTable(lake.path(table)).version()
    planted(lake, table, column)
    try:
        with pytest.raises(NotAsExpected, match=f"^{table.name} differ from what bronze makes"):
            operate(filled, "verify", f"planted {name}", tables=[name])
        result = operations.result(lake, f"planted {name}")
        assert result["operation"]["outcome"] == "different"
        assert counted(result) == {name: (1, 1, 1)}
        examples = json.loads(result["tables"][0]["examples"])
        assert sorted((e["found"] is None, e["expected"] is None) for e in examples) == [
            (False, False),
            (False, True),
            (True, False),
        ]
    finally:
        DeltaTable(path).restore(version)
