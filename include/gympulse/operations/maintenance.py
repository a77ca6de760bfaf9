"""Keep the lake small: merge small files, remove what nobody needs, fold old records."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from pyarrow import ArrowException

from gympulse.errors import GympulseError, NotMaintained
from gympulse.io import compaction, disk, ops, records, restore_points, retention, trimming
from gympulse.io.locks import PAUSE_SECONDS, writing
from gympulse.io.restore_points import RestorePoint
from gympulse.model.table import Table
from gympulse.model.tables import LAYERS, MAINTENANCE, OPS, QUARANTINE
from gympulse.operations.arguments import Request
from gympulse.recipes import RECIPE_OF
from gympulse.session import Session
from gympulse.transforms.recipe import FromRecords

# No job has a table open for longer.
_LONGEST_RUN = timedelta(days=1)

# By table that a stream fills, the tables that the stream reads.
_STREAMS = {
    table: {recipe.source} if isinstance(recipe, FromRecords) else set(recipe.touches)
    for table, recipe in RECIPE_OF.items()
}


@dataclass(frozen=True)
class Work:
    """One run of the maintenance.

    Attributes:
        request: What was asked for.
        session: Its Java process takes the layers' locks; Spark is not started.
        now: When the run began.
        points: The points to go back to; what they need stays.
    """

    request: Request
    session: Session
    now: datetime
    points: Sequence[RestorePoint]

    def before(self, option: str) -> datetime:
        """The instant so many days ago as an option says."""
        return self.now - timedelta(days=self.request.values[option])


def maintain(request: Request, session: Session, now: datetime | None = None) -> None:
    """Maintain the tables one after another, and then what dead jobs have left.

    An hourly run waits at most while one table's files are merged, and the merging waits for
    it. What a reader, a stream, an operation or a point to go back to may need stays; see
    ``retention``.

    Args:
        request: What was asked for.
        session: Its Java process takes the layers' locks.
        now: What days are counted back from; by default the present.

    Raises:
        NotMaintained: Tables could not be maintained; the others were.

    Replay: does what is left to do; what is recorded of it takes the place of what was.
    """
    lake = request.settings.lake
    work = _work(request, session, now or datetime.now(UTC))
    rows = [_told(work, table) for table in _asked(request)]
    gone = trimming.remove_remains(lake, work.before("keep_days"), request.is_dry_run)
    print(f"Folders of dead jobs removed: {len(gone)}", flush=True)
    if not request.is_dry_run:
        records.keep_run(lake, request.operation_id, rows)
    if problems := {row["table"]: row["problem"] for row in rows if row["problem"]}:
        raise NotMaintained(problems)


def _work(request: Request, session: Session, now: datetime) -> Work:
    """Decide what stays; points that are older are forgotten before what they need goes.

    The one that was the newest so many days ago stays, so that all these days can be gone back.
    """
    lake = request.settings.lake
    oldest = restore_points.newest_at(lake, now - timedelta(days=request.values["keep_days"]))
    known = restore_points.points(lake)
    kept = [point for point in known if oldest is None or point.recorded_at >= oldest]
    if len(kept) < len(known) and not request.is_dry_run:
        restore_points.forget(lake, [point.point_id for point in kept])
    return Work(request, session, now, kept)


def _asked(request: Request) -> list[Table]:
    names, lake = request.values["tables"], request.settings.lake
    return [
        table
        for tables in (*LAYERS.values(), OPS)
        for table in tables
        if (not names or table.short_name in names) and DeltaTable.is_deltatable(lake.path(table))
    ]


def _told(work: Work, table: Table) -> dict[str, Any]:
    """Maintain a table, print what came of it, and give its row of ``ops_db.maintenance``."""
    began = time.monotonic()
    row = dict.fromkeys(MAINTENANCE.columns)
    row |= {"operation_id": work.request.operation_id, "table": table.short_name}
    try:
        with disk.said(work.request.settings.lake):
            _maintain(work, table, row)
    except (GympulseError, DeltaError, ArrowException, OSError) as error:
        # The other tables are maintained all the same.
        row["problem"] = str(error)
    row |= {"seconds": time.monotonic() - began, "finished_at": datetime.now(UTC)}
    print(_line(table, row), flush=True)
    return row


def _maintain(work: Work, table: Table, row: dict[str, Any]) -> None:
    lake, is_dry_run = work.request.settings.lake, work.request.is_dry_run
    path, before = lake.path(table), work.before("keep_days")
    row["files_before"], row["bytes_before"] = _size(path)
    if table in OPS:
        row["rows_removed"] = records.trim(
            lake, table, work.before("keep_records_days"), is_dry_run
        )
    row["files_merged"] = _compact(work, table, path)
    streams = [reader for reader, sources in _STREAMS.items() if table in sources]
    since = retention.kept_since(lake, table, before, streams, work.points)
    row["kept_since"] = since
    row["log_files_removed"] = trimming.cut_log(
        path, since, max(before, work.now - _LONGEST_RUN), is_dry_run
    )
    writer = None if is_dry_run else _writer(work, table)
    gone = trimming.remove_unneeded(path, since, before, is_dry_run, writer)
    row["files_removed"] = len(gone)
    row["files_after"], row["bytes_after"] = _size(path)


def _compact(work: Work, table: Table, path: str) -> int:
    """Merge a table's small files; gives how many, or how many there are for a dry run."""
    target = compaction.target_bytes(table)
    small = compaction.small_files(path, target)
    if work.request.is_dry_run or not small:
        return small
    with _writer(work, table):
        return compaction.compact(path, target)


@contextmanager
def _writer(work: Work, table: Table) -> Iterator[None]:
    """Be the writer of a table."""
    lake = work.request.settings.lake
    # Silver's writer writes the quarantine.
    layer = "silver" if table is QUARANTINE else table.database.removesuffix("_db")
    if layer in LAYERS:
        name = f"{work.request.job} {work.request.operation_id}"
        with writing(layer, lake, work.session.gateway, name):
            yield
        # Who waits for the layer is next.
        time.sleep(PAUSE_SECONDS)
    else:
        with ops.lock(lake, table):
            yield


def _size(path: str) -> tuple[int, int]:
    found = retention.data_files(path)
    return len(found), sum(size for size, _ in found.values())


_SHOWN: dict[str, Callable[[dict[str, Any]], str]] = {
    "files": lambda row: f"{row['files_before']:,} to {row['files_after']:,}",
    "bytes": lambda row: f"{row['bytes_before']:,} to {row['bytes_after']:,}",
    "merged": lambda row: f"{row['files_merged']:,}",
    "log files removed": lambda row: f"{row['log_files_removed']:,}",
    "kept since version": lambda row: f"{row['kept_since']}",
    "rows removed": lambda row: f"{row['rows_removed'] or 0:,}",
}


def _line(table: Table, row: dict[str, Any]) -> str:
    if row["problem"]:
        return f"{table.name:<32} failed: {row['problem']}"
    told = "  ".join(f"{name} {say(row)}" for name, say in _SHOWN.items())
    return f"{table.name:<32} {told}  {row['seconds']:.1f} s"
