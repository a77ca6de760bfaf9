"""Load archives: every line enters bronze once, then silver and gold take it like late data."""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io import archives, operations, ops, quarantine
from gympulse.io.delta import append
from gympulse.io.locks import PAUSE_SECONDS, loading
from gympulse.io.operations import PLAN, RESULT
from gympulse.layers import Run, fill_landed, fill_layer
from gympulse.model.tables import GOLD, KAFKA_MULTIPLEX, SILVER
from gympulse.operations.arguments import Request
from gympulse.operations.comparison import compare
from gympulse.operations.recomputation import Recomputation
from gympulse.operations.record import PLANNED, Reading, as_row, keep, told
from gympulse.operations.snapshot import Snapshot, snapshot, writers
from gympulse.operations.staging import Batch, Staging
from gympulse.operations.window import Window
from gympulse.session import Session
from gympulse.transforms.bronze.archive_lines import BAD_LINE
from gympulse.transforms.recipe import FromRecords

log = logging.getLogger(__name__)


def load(request: Request, session: Session) -> None:
    """Take archives in, in batches; between two of them the hourly jobs have their turn.

    Replay: lines that bronze holds already are passed over, so that a load which was killed
    goes on where it was, and one that is repeated does nothing.
    """
    lake, rules = request.settings.lake, request.settings.rules
    name = f"{request.job} {request.operation_id}"
    with loading(lake, session.gateway, name):
        began_at = datetime.now(UTC)
        with writers(request, session, "silver", "gold"):
            now = snapshot(request, session)
        files = archives.find(session(), lake.folder(request.values["archive_path"]))
        log.info("%d files of %d bytes in %s", len(files.paths), files.bytes, files.folder)
        staging = Staging(now.read, request.operation_id)
        staging.clear()
        try:
            batches: list[Batch] = []
            if files.paths:
                lines = archives.lines(session(), files, rules.time_zone)
                staging.fill(lines, rules, *request.dates)
                batches = staging.batches()
            rows = sum(batch.rows for batch in batches)
            reading = Reading(len(files.paths), rows, files.bytes)
            if request.is_dry_run or not _is_planned(request):
                _plan(request, now, staging, batches, reading, began_at)
            if not request.is_dry_run:
                _take(request, session, staging, batches, reading)
        finally:
            staging.clear()


def _is_planned(request: Request) -> bool:
    found = operations.plan(request.settings.lake, request.operation_id)["operation"]
    return found is not None


def _plan(
    request: Request,
    now: Snapshot,
    staging: Staging,
    batches: Sequence[Batch],
    reading: Reading,
    began_at: datetime,
) -> None:
    """Tell and record what each table would gain."""
    days = [day for batch in batches for day in batch.days if day is not None]
    rows: list[dict[str, Any]] = []
    if days:
        rules = request.settings.rules
        window = Window(min(days), max(days), rules.time_zone)

        def records(recipe: FromRecords) -> DataFrame:
            held = now.records(recipe)
            if recipe.source is not KAFKA_MULTIPLEX:
                return held
            new = staging.rows().where(F.col("topic") == recipe.topic)
            return held.unionByName(new.select(*KAFKA_MULTIPLEX.columns))

        recomputed = Recomputation(now.read, rules, (*SILVER, *GOLD), window, records)
        try:
            for table in (*SILVER, *GOLD):
                comparison = compare(recomputed, table)
                comparison.differences.unpersist()
                rows.append(as_row(comparison))
        finally:
            recomputed.close()
    print(
        f"To read: {reading.files:,} files, {reading.rows:,} new lines, {reading.bytes:,} bytes.",
        flush=True,
    )
    print(told(rows, PLANNED), flush=True)
    keep(request, PLAN, "planned", began_at, rows, reading)


def _take(
    request: Request,
    session: Session,
    staging: Staging,
    batches: Sequence[Batch],
    reading: Reading,
) -> None:
    began_at, sums = datetime.now(UTC), {}
    with writers(request, session, "bronze"):
        fill_landed(request.settings, session)
        ops.enter_commits(
            request.settings.lake, KAFKA_MULTIPLEX, request.operation_id, request.operation_id
        )
    _set_strays_aside(request, session, staging) if batches else None
    for number, batch in enumerate(batches, start=1):
        _take_batch(request, session, staging, batch, sums)
        print(
            f"Batch {number} of {len(batches)}: {batch.rows:,} lines, "
            f"{batch.files_done:,} of {reading.files:,} files done.",
            flush=True,
        )
        time.sleep(PAUSE_SECONDS)
    if not batches:
        # Landed files may have come in all the same, or a batch before a kill.
        _refine(request, session, sums)
    rows = [{"table": table, **counts} for table, counts in sums.items()]
    keep(request, RESULT, "done", began_at, rows, reading)


def _set_strays_aside(request: Request, session: Session, staging: Staging) -> None:
    """Quarantine the lines that are no records: they feed no table of silver."""
    strays = staging.rows().where("topic IS NULL")
    count = strays.count()
    if not count:
        return
    lake = request.settings.lake
    with writers(request, session, "silver"):
        rows = strays.select(
            F.col("source").alias("source_id"),
            F.lit(BAD_LINE).alias("rule"),
            F.col("value").alias("payload"),
        )
        read = staging.live
        quarantine.set_aside(rows, KAFKA_MULTIPLEX.short_name, read)
        entry = ops.Entry(
            KAFKA_MULTIPLEX.short_name, request.operation_id, 0, count, 0, 0, 0, count
        )
        ops.record(lake, request.operation_id, "silver", entry)


def _take_batch(
    request: Request, session: Session, staging: Staging, batch: Batch, sums: dict
) -> None:
    """Bring a batch to gold."""
    lake, name = request.settings.lake, request.operation_id
    with writers(request, session, "bronze"):
        append(staging.rows(batch), lake, KAFKA_MULTIPLEX, userMetadata=name)
        ops.enter_commits(lake, KAFKA_MULTIPLEX, name, name)
    _refine(request, session, sums)


def _refine(request: Request, session: Session, sums: dict) -> None:
    for layer in ("silver", "gold"):
        with writers(request, session, layer):
            _add(sums, fill_layer(layer, request.settings, session))


def _add(sums: dict[str, dict[str, int]], run: Run) -> None:
    """Add up what the batches did to each table."""
    for table, totals in run.totals.items():
        found = sums.setdefault(table, dict.fromkeys(("missing", "different", "extra"), 0))
        found["missing"] += int(totals["inserted"])
        found["different"] += int(totals["superseding"])
