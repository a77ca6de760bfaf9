"""Tell and record what an operation found: a table in the log, and rows in ``ops_db``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gympulse.io import operations
from gympulse.model.tables import COMPARISONS
from gympulse.operations.arguments import Request
from gympulse.operations.comparison import Comparison

_COUNTS = ("rows_expected", "missing", "different", "extra")
_DATES = ("first_date", "last_date")
# What the counts mean before anything is changed, and what in a verification.
PLANNED = ("rows then", "to insert", "to change", "to delete")
FOUND = ("rows expected", "missing", "different", "extra")


@dataclass(frozen=True)
class Reading:
    """How much an operation reads."""

    files: int = 0
    rows: int = 0
    bytes: int = 0


def told(rows: Sequence[dict[str, Any]], headings: Sequence[str]) -> str:
    """Comparisons as lines of text, one a table, in columns."""
    table = [("table", *headings, "first day", "last day")]
    for row in rows:
        counts = [f"{row[name]:,}" for name in _COUNTS]
        dates = [str(row[name] or "-") for name in _DATES]
        table.append((row["table"], *counts, *dates))
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in (0, 5, 6) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    )


def as_row(comparison: Comparison) -> dict[str, Any]:
    """What ``ops_db.comparisons`` keeps of a comparison."""
    names = (*_COUNTS, *_DATES, "examples")
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
        "mode": request.values.get("mode"),
        "from_date": first,
        "to_date": last,
        "reason": request.values.get("reason"),
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
