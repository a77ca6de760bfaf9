"""Fold old entries of the ledger into one row a stream and table, so that sums stay as they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from gympulse.io import commits, ops, positions
from gympulse.lake import Lake
from gympulse.model.ops import FOLDED
from gympulse.model.tables import BRONZE, LEDGER

_SUMS = ("rows_read", *ops.OUTCOMES, "deleted", "seconds")
# Of each stream, entries that a replay may ask for.
_NEWEST = 10

Row = dict[str, Any]


def fold(lake: Lake, before: datetime, is_dry_run: bool = False) -> int:
    """Fold the ledger's old entries.

    Args:
        lake: Where the ledger is.
        before: Entries of batches that were done since stay as they are.
        is_dry_run: Only count them.

    Returns:
        How many rows fewer the ledger has, or would have.

    Replay: folds what has become old since.
    """
    in_log = {
        table.short_name: commits.versions(lake.path(table))[0]
        for table in BRONZE
        if DeltaTable.is_deltatable(lake.path(table))
    }

    def kept(rows: pa.Table) -> pa.Table:
        return ops.rows_of(LEDGER, folded(rows.to_pylist(), before, in_log))

    if is_dry_run:
        rows = DeltaTable(lake.path(LEDGER)).to_pyarrow_table()
        return len(rows) - len(kept(rows))
    return ops.keep_only(lake, LEDGER, kept)


def folded(entries: Sequence[Row], before: datetime, in_log: Mapping[str, int]) -> list[Row]:
    """The ledger's rows with old ones folded.

    A row that stands for several has their sums, begins where the first began and is otherwise
    as the last: so each batch still begins where the one before it ended. Where that is not so,
    as after a loss that was accepted, nothing is folded across the gap.

    Args:
        entries: Rows of the ledger.
        before: Those of batches that were done since stay as they are.
        in_log: By bronze table, the first version that its log tells of. Entries of operations
            are known by the versions they committed, and stay while these can be seen.

    Returns:
        Rows of the ledger, not more than there were.
    """
    gaps = {(gap.table, gap.stream, gap.batch_id) for gap in positions.among(entries)}
    runs: list[list[Row]] = []
    for _, group in groupby(sorted(entries, key=_order), key=_stream):
        of_stream = list(group)
        last: Row | None = None
        for number, row in enumerate(of_stream, start=1):
            is_foldable = number <= len(of_stream) - _NEWEST and _is_old(row, before, in_log)
            follows = (row["table"], row["stream"], row["batch_id"]) not in gaps
            if is_foldable and follows and last and _has_place(row) == _has_place(last):
                runs[-1].append(row)
            else:
                runs.append([row])
            last = row if is_foldable else None
    return [_sum(run) for run in runs]


def _stream(row: Row) -> tuple[str, str, str]:
    return row["layer"], row["table"], row["stream"]


def _order(row: Row) -> tuple[str, str, str, int]:
    return *_stream(row), row["batch_id"]


def _has_place(row: Row) -> bool:
    return row["position_from"] is not None


def _is_old(row: Row, before: datetime, in_log: Mapping[str, int]) -> bool:
    is_commit = row["layer"] == "bronze" and row["batch_id"] == row["version"]
    is_seen = is_commit and row["version"] >= in_log.get(row["table"], 0)
    return row["finished_at"] < before and not is_seen


def _sum(rows: Sequence[Row]) -> Row:
    if len(rows) == 1:
        return rows[0]
    sums = {name: [row[name] for row in rows if row[name] is not None] for name in _SUMS}
    return {
        **rows[-1],
        **{name: sum(each) if each else None for name, each in sums.items()},
        "run_id": FOLDED,
        "position_from": rows[0]["position_from"],
        "airflow_run": None,
    }
