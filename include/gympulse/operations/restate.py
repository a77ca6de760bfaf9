"""Recompute some days of silver and gold from bronze, and replace what differs."""

import logging
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from deltalake import DeltaTable

from gympulse.io import delta_files
from gympulse.io.from_tables import write_changes
from gympulse.io.judgements import Judgement, judge, requarantine
from gympulse.io.operations import PLAN, RESULT
from gympulse.io.streams import touching
from gympulse.layers import fill_layer
from gympulse.model.table import Table
from gympulse.model.tables import GOLD, SILVER
from gympulse.operations.arguments import Request
from gympulse.operations.comparison import Comparison, compare, write
from gympulse.operations.recomputation import Recomputation
from gympulse.operations.record import PLANNED, as_row, is_plan_due, keep, told
from gympulse.operations.snapshot import Snapshot, snapshot, writers
from gympulse.operations.window import Window
from gympulse.recipes import RECIPE_OF
from gympulse.session import Session
from gympulse.transforms.expectations import not_an_instant
from gympulse.transforms.recipe import FromRecords, FromTables

log = logging.getLogger(__name__)

_ATTEMPTS = 3
_LAYERS = ("silver", "gold")


def restate(request: Request, session: Session) -> None:
    """Replace the rows of some days by what the present code makes of bronze.

    The recomputation takes its time while the hourly jobs go on; only for the commits, one
    a table, do they wait. Had they changed the same days meanwhile, it is done again, and
    the last time with the jobs waiting throughout.

    Replay: what was replaced already no longer differs.
    """
    for attempt in range(_ATTEMPTS):
        is_last = attempt == _ATTEMPTS - 1
        with ExitStack() as held:
            if is_last:
                held.enter_context(writers(request, session, *_LAYERS))
                now = snapshot(request, session)
            else:
                with writers(request, session, *_LAYERS):
                    now = snapshot(request, session)
            if _attempt(request, session, now, None if is_last else held):
                return
        log.info("The hourly jobs have changed the same days meanwhile: recomputing them.")


def _attempt(request: Request, session: Session, now: Snapshot, held: ExitStack | None) -> bool:
    """Plan and, where asked for, replace; tell whether that is all.

    Args:
        request: What was asked for.
        session: Starts Spark.
        now: The lake as it is compared.
        held: Takes the locks, where they are not held throughout.
    """
    began_at, tables = datetime.now(UTC), asked(request)
    rules = request.settings.rules
    window = Window(*request.dates, rules.time_zone)
    recomputed = Recomputation(now.read, rules, tables, window, now.records)
    found = [compare(recomputed, table) for table in tables]
    rows = [as_row(comparison) for comparison in found]
    print(told(rows, PLANNED), flush=True)
    if is_plan_due(request):
        keep(request, PLAN, "planned", began_at, rows)
    if request.is_dry_run:
        return True
    judgements = _judgements(tables, recomputed)
    if held is not None:
        held.enter_context(writers(request, session, *_LAYERS))
        if not _is_unchanged(recomputed):
            return False
    _replace(request, session, found, judgements, recomputed)
    keep(request, RESULT, "done", began_at, rows)
    return True


def asked(request: Request) -> list[Table]:
    """The tables to be restated, in the order of what reads what."""
    names, layers = request.values["tables"], request.values["layers"]
    wanted = [*(SILVER if "silver" in layers else ()), *(GOLD if "gold" in layers else ())]
    if names:
        wanted = [table for table in (*SILVER, *GOLD) if table.short_name in names]
    return wanted


def _is_unchanged(recomputed: Recomputation) -> bool:
    """Whether no file that may hold rows of the days has come or gone since they were read."""
    return all(_files(recomputed, t, False) == _files(recomputed, t, True) for t in _all())


def _all() -> Sequence[Table]:
    return (*SILVER, *GOLD)


def _files(recomputed: Recomputation, table: Table, is_now: bool) -> Collection[str]:
    path, version = recomputed.read.lake.path(table), recomputed.read.versions[table.name]
    if is_now and DeltaTable(path).version() == version:
        is_now = False
    found = delta_files.files(path, None if is_now else version)
    spans = recomputed.spans
    if spans is not None and table.pruned_by:
        found = delta_files.overlapping(found, spans, *table.extent)
    return set(found["path"].to_pylist())


def _judgements(tables: Sequence[Table], recomputed: Recomputation) -> list[Judgement]:
    """What the present code says of the records of the days; no lock is needed for that."""
    found = []
    for recipe in map(RECIPE_OF.get, tables):
        if isinstance(recipe, FromRecords):
            # A record without a readable instant may belong to any day.
            unreadable = not_an_instant(recipe.table.extent[0])
            is_concerned = f"{unreadable} OR ({recomputed.window.meets(recipe.table)})"
            records = recomputed.records(recipe)
            found.append(judge(records, recipe, is_concerned, recomputed.live, recomputed.rules))
    return found


def _replace(
    request: Request,
    session: Session,
    found: Sequence[Comparison],
    judgements: Sequence[Judgement],
    recomputed: Recomputation,
) -> None:
    live, rules, window = recomputed.live, recomputed.rules, recomputed.window
    for comparison in found:
        table, recipe = comparison.table, RECIPE_OF[comparison.table]
        write(comparison, recomputed.read)
        log.info("%s: %s", table.name, comparison.counts or "as it should be")
        if isinstance(recipe, FromTables) and recipe.set_aside:
            touched = touching(recipe, lambda source: live(source).where(window.meets(source)))
            write_changes(touched, recipe, live, rules)
    for judgement in judgements:
        requarantine(judgement, live)
    # What the replaced rows alter elsewhere, the streams bring about.
    for layer in _LAYERS:
        fill_layer(layer, request.settings, session)
