"""Old records of ``ops_db`` go, and what the newest say stays."""

from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake
from lake_history import DAY, NOW

from gympulse.io import ops, records, schema
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model.tables import (
    COMPARISONS,
    LAYER_RUNS,
    LEDGER,
    MAINTENANCE,
    NEW_FIELDS,
    OPERATIONS,
    QUALITY,
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path))


def run(layer: str, days: int) -> dict:
    return {"run_id": f"{layer} {days}", "layer": layer, "finished_at": NOW - days * DAY}


def operation(job: str, days: int) -> dict:
    told = {"operation_id": f"{job} {days}", "phase": "result", "job": job}
    return told | {"finished_at": NOW - days * DAY}


@pytest.mark.parametrize(
    ("table", "old", "kept"),
    [
        pytest.param(
            LAYER_RUNS,
            [run("gold", 92), run("silver", 91)],
            [run("gold", 91), run("silver", 89), run("silver", 90)],
            id="runs, but the last of each layer",
        ),
        pytest.param(
            QUALITY,
            [{"rule": "a", "found_at": NOW - 91 * DAY}],
            [{"rule": "b", "found_at": NOW - 89 * DAY}],
            id="findings",
        ),
        pytest.param(
            OPERATIONS,
            [operation("backfill", 100)],
            [operation("backfill", 99), operation("verify", 300), operation("backfill", 98)][1:],
            id="operations, but the last of each kind",
        ),
        pytest.param(
            MAINTENANCE,
            [{"table": "a", "finished_at": NOW - 91 * DAY}],
            [{"table": "a", "finished_at": NOW - 89 * DAY}],
            id="the maintenance's own",
        ),
        pytest.param(
            NEW_FIELDS, [], [{"field": "a", "first_seen_at": NOW - 999 * DAY}], id="fields stay"
        ),
    ],
)
def test_old_records_go(lake, table, old, kept):
    schema.create(lake, [table])
    path, nothing = lake.path(table), dict.fromkeys(table.columns)
    whole = [nothing | row for row in (*old, *kept)]
    write_deltalake(path, rows_of(table, whole), mode="append")
    before = NOW - 90 * DAY

    assert records.trim(lake, table, before, is_dry_run=True) == len(old)
    assert DeltaTable(path).count() == len(whole)
    assert records.trim(lake, table, before) == len(old)
    assert DeltaTable(path).to_pyarrow_table().to_pylist() == whole[len(old) :]
    version = DeltaTable(path).version()
    assert records.trim(lake, table, before) == 0
    assert DeltaTable(path).version() == version


def test_what_an_operation_found_stays_as_long_as_it(lake):
    schema.create(lake, [OPERATIONS, COMPARISONS])
    for table, rows in (
        (OPERATIONS, [operation("verify", 200)]),
        (COMPARISONS, [operation("verify", days) | {"table": "users"} for days in (200, 201, 50)]),
    ):
        nothing = dict.fromkeys(table.columns)
        whole = [nothing | {k: v for k, v in row.items() if k in nothing} for row in rows]
        write_deltalake(lake.path(table), rows_of(table, whole), mode="append")

    assert records.trim(lake, COMPARISONS, NOW - 90 * DAY) == 1
    left = DeltaTable(lake.path(COMPARISONS)).to_pyarrow_table()["operation_id"].to_pylist()
    assert left == ["verify 200", "verify 50"]


def test_the_ledger_is_folded(lake):
    schema.create(lake, [LEDGER])
    rows = [
        {**dict.fromkeys(LEDGER.columns), "table": "a", "stream": "s", "layer": "silver"}
        | {"batch_id": n, "finished_at": NOW - 99 * DAY, **dict.fromkeys(("rows_read",), 1)}
        | dict.fromkeys(ops.OUTCOMES, 0)
        for n in range(12)
    ]
    write_deltalake(lake.path(LEDGER), rows_of(LEDGER, rows), mode="append")

    assert records.trim(lake, LEDGER, NOW - 90 * DAY) == 1
    assert sum(DeltaTable(lake.path(LEDGER)).to_pyarrow_table()["rows_read"].to_pylist()) == 12
