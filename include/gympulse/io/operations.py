"""The record of operations, written and read without Spark."""

from collections.abc import Iterable, Mapping
from typing import Any

from deltalake import DeltaTable, write_deltalake

from gympulse.io.ops import lock, rows_of
from gympulse.io.schema import follow
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import COMPARISONS, OPERATIONS, TABLES

PLAN, RESULT = "plan", "result"
_ORDER = [table.short_name for table in TABLES.values()]


def record(lake: Lake, operation: Mapping[str, Any], tables: Iterable[Mapping[str, Any]]) -> None:
    """Record a phase of an operation, and each table's part in it.

    Args:
        lake: Where the record is kept.
        operation: A value for every column of ``ops_db.operations``.
        tables: The same for every column of ``ops_db.comparisons``.

    Replay: takes the place of what was recorded of the phase; the operation's row comes last,
    so that where it is there the tables' are too.
    """
    for table, rows in ((COMPARISONS, list(tables)), (OPERATIONS, [operation])):
        with lock(lake, table):
            follow(lake, [table])
            write_deltalake(
                DeltaTable(lake.path(table)),
                rows_of(table, rows),
                mode="overwrite",
                predicate=(
                    f"operation_id = '{_quoted(operation['operation_id'])}' "
                    f"AND phase = '{operation['phase']}'"
                ),
            )


def plan(lake: Lake, operation_id: str) -> dict[str, Any] | None:
    """What an operation is going to do; None where no plan was recorded.

    Returns:
        Its row as ``operation``, and its tables' rows, in the model's order, as ``tables``.
    """
    return _phase(lake, operation_id, PLAN)


def result(lake: Lake, operation_id: str) -> dict[str, Any] | None:
    """What came of an operation, as ``plan`` gives it; None where nothing was recorded."""
    return _phase(lake, operation_id, RESULT)


def _phase(lake: Lake, operation_id: str, phase: str) -> dict[str, Any] | None:
    operations = _found(lake, OPERATIONS, operation_id, phase)
    if not operations:
        return None
    tables = _found(lake, COMPARISONS, operation_id, phase)
    return {
        "operation": operations[0],
        "tables": sorted(tables, key=lambda row: _ORDER.index(row["table"])),
    }


def _found(lake: Lake, table: Table, operation_id: str, phase: str) -> list[dict[str, Any]]:
    if not DeltaTable.is_deltatable(lake.path(table)):
        return []
    wanted = [("operation_id", "=", operation_id), ("phase", "=", phase)]
    return DeltaTable(lake.path(table)).to_pyarrow_table(filters=wanted).to_pylist()


def _quoted(text: str) -> str:
    return text.replace("'", "''")
