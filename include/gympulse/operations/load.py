"""Load archives: every line enters bronze once, then silver and gold take it like late data."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deltalake import DeltaTable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io import archives, ops, quarantine, schema, suppressions
from gympulse.io.bronze import without_suppressed
from gympulse.io.delta import append
from gympulse.io.locks import PAUSE_SECONDS, loading
from gympulse.io.operations import PLAN, RESULT
from gympulse.model.tables import BRONZE, GOLD, KAFKA_MULTIPLEX, SILVER
from gympulse.operations.arguments import Request
from gympulse.operations.comparison import compare
from gympulse.operations.landed import LandedFolder, landed_folders
from gympulse.operations.recomputation import Recomputation
from gympulse.operations.record import (
    PLANNED,
    Reading,
    as_row,
    is_plan_due,
    is_result_due,
    keep,
    told,
)
from gympulse.operations.refining import Gains, refine
from gympulse.operations.snapshot import Snapshot, snapshot, writers
from gympulse.operations.staging import Batch, Staging
from gympulse.operations.window import Window
from gympulse.session import Session
from gympulse.transforms.bronze.stray_lines import EXPECTATIONS
from gympulse.transforms.expectations import broken_rules
from gympulse.transforms.recipe import FromRecords

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Load:
    """What a load is about to take in.

    Attributes:
        request: What was asked for.
        session: Starts Spark.
        now: The lake as the load finds it.
        staging: The new lines of archives.
        batches: How they are taken in.
        folders: The folders of CSV files.
        reading: How much all that is.
    """

    request: Request
    session: Session
    now: Snapshot
    staging: Staging
    batches: Sequence[Batch]
    folders: Sequence[LandedFolder]
    reading: Reading

    def records(self, recipe: FromRecords) -> DataFrame:
        """The bronze records of a recipe as they will be."""
        held = self.now.records(recipe)
        if recipe.source is KAFKA_MULTIPLEX:
            new = [self.staging.rows().where(F.col("topic") == recipe.topic)]
        else:
            new = [each.new_rows() for each in self.folders if each.table is recipe.source]
        for rows in new:
            if rows is not None:
                held = held.unionByName(rows.select(*recipe.source.columns))
        return held


def load(request: Request, session: Session) -> None:
    """Take archives in, in batches; between two of them the hourly jobs have their turn.

    Replay: lines that bronze holds already are passed over, so that a load which was killed
    goes on where it was, and one that is repeated does nothing.
    """
    lake = request.settings.lake
    with loading(lake, session.gateway, f"{request.job} {request.operation_id}"):
        began_at = datetime.now(UTC)
        with writers(request, session, "silver", "gold"):
            now = snapshot(request, session)
        staging = Staging(now.read, request.operation_id)
        staging.clear()
        try:
            work = _prepared(request, session, now, staging)
            if is_plan_due(request):
                _plan(work, began_at)
            if not request.is_dry_run:
                _take(work)
        finally:
            staging.clear()


def _prepared(request: Request, session: Session, now: Snapshot, staging: Staging) -> Load:
    """Find the files, and read the archives' new lines once."""
    lake, rules = request.settings.lake, request.settings.rules
    files = archives.find(session(), lake.folder(request.values["archive_path"]))
    folders = landed_folders(request, staging.live)
    suppressed = suppressions.suppressed(lake, request.settings.suppression_key)
    lines = archives.lines(session(), files, lake.archives, rules.time_zone)
    lines = without_suppressed(lines, KAFKA_MULTIPLEX, suppressed)
    staging.fill(lines, rules, *request.dates)
    batches = staging.batches()
    found = [files, *(folder.files for folder in folders)]
    reading = Reading(
        files=sum(map(len, found)),
        rows=sum(batch.rows for batch in batches),
        bytes=sum(sum(each.values()) for each in found),
    )
    return Load(request, session, now, staging, batches, folders, reading)


def _plan(work: Load, began_at: datetime) -> None:
    """Tell and record what each table would gain."""
    rules, reading = work.request.settings.rules, work.reading
    days = [day for batch in work.batches for day in batch.days if day is not None]
    days += [day for folder in work.folders for day in folder.days(rules)]
    rows: list[dict[str, Any]] = []
    if days:
        window = Window(min(days), max(days), rules.time_zone)
        tables = (*SILVER, *GOLD)
        recomputed = Recomputation(work.now.read, rules, tables, window, work.records)
        for table in tables:
            comparison = compare(recomputed, table)
            comparison.differences.unpersist()
            rows.append(as_row(comparison))
    print(
        f"To read: {reading.files:,} files, {reading.rows:,} new lines of archives, "
        f"{reading.bytes:,} bytes.",
        told(rows, PLANNED),
        sep="\n",
        flush=True,
    )
    keep(work.request, PLAN, "planned", began_at, rows, reading)


def _take(work: Load) -> None:
    request, session, batches = work.request, work.session, work.batches
    began_at, gains = datetime.now(UTC), Gains()
    lake, name = request.settings.lake, request.operation_id
    airflow_run = request.settings.airflow_run
    with writers(request, session, "bronze"):
        schema.follow(lake, BRONZE)
        # Commits whose entry a kill prevented.
        ops.enter_commits(lake, KAFKA_MULTIPLEX, name, airflow_run)
        for folder in work.folders:
            folder.take(request, session)
    _set_strays_aside(work)
    for number, batch in enumerate(batches, start=1):
        with writers(request, session, "bronze"):
            append(work.staging.rows(batch), lake, KAFKA_MULTIPLEX, userMetadata=name)
            ops.enter_commits(lake, KAFKA_MULTIPLEX, name, airflow_run, newest=1)
        if None in batch.days:
            _set_strays_aside(work)
        refine(request, session, gains)
        print(
            f"Batch {number} of {len(batches)}: {batch.rows:,} lines, "
            f"{batch.files_done:,} of {work.staging.files:,} files done.",
            flush=True,
        )
        time.sleep(PAUSE_SECONDS)
    if not batches:
        # CSV files may have come in all the same, or a batch before a kill.
        refine(request, session, gains)
    if batches or any(any(counts.values()) for counts in gains.values()) or is_result_due(request):
        rows = [{"table": table, **counts} for table, counts in gains.items()]
        keep(request, RESULT, "done", began_at, rows, work.reading)


def _set_strays_aside(work: Load) -> None:
    """Quarantine the lines that are no records: they feed no table of silver.

    Those that bronze holds and the ledger does not know are entered, whoever took them in.
    """
    request, live, source = work.request, work.staging.live, KAFKA_MULTIPLEX.short_name
    lake = request.settings.lake
    with writers(request, work.session, "silver"):
        strays = live(KAFKA_MULTIPLEX).where("topic IS NULL")
        count = strays.count() - ops.quarantined(lake, source)
        if not count:
            return
        rows = broken_rules(strays, EXPECTATIONS, request.settings.rules).select(
            F.col("source").alias("source_id"),
            "rule",
            "rule_version",
            F.col("value").alias("payload"),
        )
        quarantine.set_aside(rows, source, live)
        version = DeltaTable(lake.path(KAFKA_MULTIPLEX)).version()
        name, airflow_run = request.operation_id, request.settings.airflow_run
        counts = (count, 0, 0, 0, count)
        # By the operation alone, bronze's entry of the same lines is known.
        of = (source, f"{name}/strays", version)
        entry = ops.Entry(*of, *counts, version=version, airflow_run=airflow_run)
        ops.record(lake, name, "silver", entry)
