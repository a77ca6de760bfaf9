"""What the maintenance records, and old rows of ``ops_db``, which go.

So what the hourly jobs read of it stays small.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from gympulse.io import folding, ops, schema
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import (
    COMPARISONS,
    LAYER_RUNS,
    LEDGER,
    MAINTENANCE,
    OPERATIONS,
    QUALITY,
)

# The instant by which a table's rows are old, and what keeps its newest row however old.
_INSTANTS = {
    LAYER_RUNS: ("finished_at", "layer"),
    QUALITY: ("found_at", None),
    OPERATIONS: ("finished_at", "job"),
    COMPARISONS: ("finished_at", None),
    MAINTENANCE: ("finished_at", None),
}


def trim(lake: Lake, table: Table, before: datetime, is_dry_run: bool = False) -> int:
    """Remove a table's old rows; of the ledger they are folded, and their sums stay.

    The last run of each layer and the last operation of each kind stay, with what it found.

    Args:
        lake: Where the table is.
        table: A table of ``ops_db``; of those that keep their rows for good, none goes.
        before: Rows of what was done since stay.
        is_dry_run: Only count them.

    Returns:
        How many rows went, or would.

    Replay: removes what has become old since.
    """
    if table is LEDGER:
        return folding.fold(lake, before, is_dry_run)
    if table not in _INSTANTS:
        return 0

    def kept(rows: pa.Table) -> pa.Table:
        return rows.filter(pa.array(list(_stay(lake, table, rows, before)), pa.bool_()))

    if is_dry_run:
        rows = DeltaTable(lake.path(table)).to_pyarrow_table()
        return len(rows) - len(kept(rows))
    return ops.keep_only(lake, table, kept)


def keep_run(lake: Lake, operation_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record what a run of the maintenance did, one row a table.

    Replay: takes the place of what was recorded of the run.
    """
    schema.create(lake, [MAINTENANCE])
    name = operation_id.replace("'", "''")
    with ops.lock(lake, MAINTENANCE):
        write_deltalake(
            DeltaTable(lake.path(MAINTENANCE)),
            ops.rows_of(MAINTENANCE, rows),
            mode="overwrite",
            predicate=f"operation_id = '{name}'",
        )


def _stay(lake: Lake, table: Table, rows: pa.Table, before: datetime) -> Iterator[bool]:
    instant, by = _INSTANTS[table]
    found = rows.select([name for name in table.key if name != "table"]).to_pylist()
    instants = rows[instant].to_pylist()
    kinds = rows[by].to_pylist() if by else instants
    newest: dict[Any, datetime] = {}
    for kind, at in zip(kinds, instants, strict=True):
        newest[kind] = max(at, newest.get(kind, at))
    of_operations = _operations(lake) if table is COMPARISONS else set()
    for key, kind, at in zip(found, kinds, instants, strict=True):
        is_newest = by is not None and newest[kind] == at
        yield at >= before or is_newest or tuple(key.values()) in of_operations


def _operations(lake: Lake) -> set[tuple[str, str]]:
    rows = DeltaTable(lake.path(OPERATIONS)).to_pyarrow_table(columns=list(OPERATIONS.key))
    return {(row["operation_id"], row["phase"]) for row in rows.to_pylist()}
