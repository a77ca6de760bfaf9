"""Tell and record what an operation found: a table in the log, and rows in ``ops_db``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gympulse.io import operations
from gympulse.model.tables import COMPARISONS
from gympulse.operations.arguments import Request
from gympulse.operations.comparison import Comparison

_DATES = {"first_date": "first day", "last_date": "last day"}
# Columns with their headings: what they mean before anything is changed, in a verification, in a
# restore, and in a review of the quarantine.
PLANNED = {
    "rows_expected": "rows then",
    "missing": "to insert",
    "different": "to change",
    "extra": "to delete",
    **_DATES,
}
FOUND = {
    "rows_expected": "rows expected",
    "missing": "missing",
    "different": "different",
    "extra": "extra",
    **_DATES,
}
RESTORED = {"version_now": "version", "version_then": "version then", **PLANNED}
REVIEWED = {"chosen": "chosen", "passing": "would pass", "failing": "would not"}
# What the record of an operation has in columns of their own; and whom it may not name.
_NAMED = {"mode", "decision", "from_date", "to_date", "reason", "dry_run", "user_id"}


@dataclass(frozen=True)
class Reading:
    """How much an operation reads."""

    files: int = 0
    rows: int = 0
    bytes: int = 0


def told(rows: Sequence[dict[str, Any]], headings: Mapping[str, str]) -> str:
    """What was found as lines of text, one a table, in columns."""
    table = [("table", *headings.values())]
    table += [(row["table"], *(_cell(row[name]) for name in headings)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    is_text = [True, *(name in _DATES for name in headings)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(line, widths, is_text, strict=True)
        ).rstrip()
        for line in table
    )


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value or "-")


def as_row(comparison: Comparison) -> dict[str, Any]:
    """What ``ops_db.comparisons`` keeps of a comparison."""
    names = (*FOUND, "examples")
    found = {name: getattr(comparison, name) for name in names}
    return {"table": comparison.table.short_name, **found}


def is_plan_due(request: Request) -> bool:
    """Whether a plan is to be recorded: one that somebody has gone on with stays as it was."""
    lake, name = request.settings.lake, request.operation_id
    return request.is_dry_run or operations.plan(lake, name) is None


def is_result_due(request: Request) -> bool:
    """Whether nothing was recorded of what came of the operation."""
    return operations.result(request.settings.lake, request.operation_id) is None


def keep(
    request: Request,
    phase: str,
    outcome: str,
    began_at: datetime,
    tables: Sequence[dict[str, Any]],
    reading: Reading = Reading(),
) -> None:
    """Record a phase of an operation.

    Args:
        request: What was asked for.
        phase: ``plan`` or ``result``.
        outcome: ``planned``, ``done``, ``refused``, ``equal`` or ``different``.
        began_at: When the phase began.
        tables: Rows as ``as_row`` gives them.
        reading: How much there is to read, or was read.

    Replay: takes the place of what was recorded of the phase.
    """
    finished_at = datetime.now(UTC)
    first, last = request.dates
    operation = {
        "operation_id": request.operation_id,
        "phase": phase,
        "job": request.job,
        "mode": request.values.get("mode") or request.values.get("decision"),
        "from_date": first,
        "to_date": last,
        "reason": request.values.get("reason"),
        "operator": request.operator,
        "options": json.dumps(
            {name: value for name, value in request.values.items() if name not in _NAMED}
        ),
        "is_dry_run": request.is_dry_run,
        "outcome": outcome,
        "files_to_read": reading.files,
        "rows_to_read": reading.rows,
        "bytes_to_read": reading.bytes,
        "began_at": began_at,
        "finished_at": finished_at,
    }
    shared = {name: operation[name] for name in ("operation_id", "phase", "finished_at")}
    rows = [{**dict.fromkeys(COMPARISONS.columns), **row, **shared} for row in tables]
    operations.record(request.settings.lake, operation, rows)
