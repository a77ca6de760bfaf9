"""The ledger and the record of finished runs, written without Spark.

Jobs of three layers write these tables, so each write holds a lock for its moment.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake

from gympulse.errors import Unbalanced
from gympulse.io import locks
from gympulse.io.schema import arrow_schema
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BELOW, LAYER_RUNS, LEDGER

log = logging.getLogger(__name__)

# Since an operation was killed, there are fewer.
_COMMITS = 1000


# What a row that was read can come to.
OUTCOMES = ("inserted", "superseding", "duplicate", "quarantined")


@dataclass(frozen=True)
class Entry:
    """What one batch did to one table.

    Attributes:
        table: Its name without its database.
        stream: The stream's id, or the operation that did it.
        batch_id: The batch's number, or the version that an operation committed.
        rows_read: How many rows the batch had; those of the four outcomes add up to it.
        inserted: Rows whose key was new.
        superseding: Rows whose key's row changed or went.
        duplicate: Valid rows without effect.
        quarantined: Rows that broke a rule.
        deleted: Rows of the table that went.
        position_from: Where the batch begins, as ``positions`` has it.
        position_to: Where it ends.
        version: The version of the table that it left.
        seconds: How long it took.
        airflow_run: Which run of Airflow did it.

    Raises:
        Unbalanced: The outcomes do not add up, or one is negative.
    """

    table: str
    stream: str
    batch_id: int
    rows_read: int
    inserted: int
    superseding: int
    duplicate: int
    quarantined: int
    deleted: int = 0
    position_from: str | None = None
    position_to: str | None = None
    version: int | None = None
    seconds: float | None = None
    airflow_run: str | None = None

    def __post_init__(self) -> None:
        counts = {name: getattr(self, name) for name in ("rows_read", *OUTCOMES)}
        outcomes = sum(counts[name] for name in OUTCOMES)
        if self.rows_read != outcomes or min(counts.values()) < 0:
            raise Unbalanced(self.table, self.stream, self.batch_id, counts)


def lock(lake: Lake, table: Table) -> AbstractContextManager:
    """Be the only one to write a table of ``ops_db``, for a moment."""
    return locks.alone(f"{lake.locks}/{table.short_name}.lock", table.name)


def rows_of(table: Table, rows: Iterable[Mapping]) -> pa.Table:
    """Rows in the types of a table's columns."""
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(table))


def rewrite(lake: Lake, table: Table, changed: Callable[[pa.Table], pa.Table]) -> int:
    """Put rows in the place of all of a table of ``ops_db``, which is small.

    delta-rs's own ``delete`` and ``update`` write text as views, in which pyarrow's filters then
    find nothing.

    Args:
        lake: Where the table is.
        table: The table, which is there.
        changed: Gives the rows that are to be there, of those that are. Where they are the same,
            nothing is written.

    Returns:
        How many rows fewer there are.

    Replay: finds them as they are to be.
    """
    with lock(lake, table):
        found = DeltaTable(lake.path(table))
        rows = found.to_pyarrow_table()
        if not (new := changed(rows)).equals(rows):
            write_deltalake(found, new, mode="overwrite")
        return len(rows) - len(new)


def keep_only(lake: Lake, table: Table, kept: Callable[[pa.Table], pa.Table]) -> int:
    """Remove rows of a table of ``ops_db``, and write the others anew.

    Args:
        lake: Where the table is.
        table: The table, which is there.
        kept: Of all its rows, gives those that stay, in whatever order.

    Returns:
        How many rows went. Where none does, nothing is written.

    Replay: removes what is there again.
    """

    def fewer(rows: pa.Table) -> pa.Table:
        left = kept(rows)
        return left if len(left) < len(rows) else rows

    return rewrite(lake, table, fewer)


def record(lake: Lake, run_id: str, layer: str, entry: Entry) -> None:
    """Add a batch to the ledger.

    Replay: a batch that is there already stays as it was first recorded.
    """
    row = {name.name: getattr(entry, name.name) for name in fields(entry)}
    row |= {"run_id": run_id, "layer": layer, "finished_at": datetime.now(UTC)}
    with lock(lake, LEDGER):
        ledger = DeltaTable(lake.path(LEDGER))
        found = ledger.to_pyarrow_table(
            columns=["batch_id"],
            filters=[(name, "=", row[name]) for name in LEDGER.key],
        )
        if not found.num_rows:
            write_deltalake(ledger, rows_of(LEDGER, [row]), mode="append")


def enter_commits(
    lake: Lake,
    table: Table,
    run_id: str,
    airflow_run: str | None,
    newest: int = _COMMITS,
) -> None:
    """Put operations' commits to a bronze table into the ledger, those of killed ones too.

    A commit bears its operation's name, and is entered by its version. The caller is bronze's
    writer.

    Args:
        lake: Where the tables are.
        table: The bronze table.
        run_id: Who enters them.
        airflow_run: The same, as Airflow knows it.
        newest: How many of the newest commits are looked at.

    Replay: what is there already stays as it was first recorded.
    """
    ledger = DeltaTable(lake.path(LEDGER))
    entries = ledger.to_pyarrow_table(
        columns=["stream", "batch_id"], filters=[("table", "=", table.short_name)]
    )
    known = {(entry["stream"], entry["batch_id"]) for entry in entries.to_pylist()}
    for commit in DeltaTable(lake.path(table)).history(newest):
        operation = commit.get("userMetadata")
        version = commit["version"]
        if operation and (operation, version) not in known:
            rows = int(commit["operationMetrics"]["numOutputRows"])
            counts = (rows, rows, 0, 0, 0)
            of = (table.short_name, operation, version)
            entry = Entry(*of, *counts, version=version, airflow_run=airflow_run)
            record(lake, run_id, "bronze", entry)


def quarantined(lake: Lake, table: str) -> int:
    """How many rows of a bronze table silver's entries say were set aside."""
    wanted = [("table", "=", table), ("layer", "=", "silver")]
    ledger = DeltaTable(lake.path(LEDGER))
    found = ledger.to_pyarrow_table(columns=["quarantined"], filters=wanted)
    return sum(found["quarantined"].to_pylist())


def complete(
    lake: Lake, run_id: str, layer: str, began_at: datetime, below: datetime | None
) -> None:
    """Record a finished run of a layer.

    Args:
        lake: Where the record is kept.
        run_id: The run.
        layer: Its layer.
        began_at: When the run began.
        below: What the layer below was complete through at that moment.

    What runs of the layer have recorded of instants that have yet to come is taken back: their
    clock was ahead.

    Replay: adds a row for another run; the latest instant counts.
    """
    finished_at = datetime.now(UTC)
    if gone := keep_only(lake, LAYER_RUNS, lambda rows: _not_after(finished_at, rows, layer)):
        log.warning("%s: %d runs by a clock that was ahead are taken back.", layer, gone)
    # The clock may have been ahead when the run began, and be put back since.
    through = min(began_at, finished_at)
    if layer in BELOW:
        through = below and min(through, below)
    row = {
        "run_id": run_id,
        "layer": layer,
        "began_at": began_at,
        "complete_through": through,
        "finished_at": finished_at,
    }
    with lock(lake, LAYER_RUNS):
        write_deltalake(lake.path(LAYER_RUNS), rows_of(LAYER_RUNS, [row]), mode="append")


def _not_after(now: datetime, rows: pa.Table, layer: str) -> pa.Table:
    """Runs but those of a layer that have ended later than now."""
    is_later = pc.greater(rows["finished_at"], pa.scalar(now, pa.timestamp("us", tz="UTC")))
    is_later = pc.and_(pc.equal(rows["layer"], layer), pc.fill_null(is_later, False))
    return rows.filter(pc.invert(is_later))
