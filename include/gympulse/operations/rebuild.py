"""Recompute gold from silver beside the live tables, compare, and swap it in."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

from pyspark.sql import DataFrame

from gympulse.errors import BadSettings, Refused
from gympulse.io import delta, schema
from gympulse.io.delta import Reader
from gympulse.io.operations import PLAN, RESULT
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import GOLD, OPS, SILVER
from gympulse.operations.arguments import Request
from gympulse.operations.comparison import Comparison, compare, write
from gympulse.operations.recomputation import Recomputation
from gympulse.operations.record import PLANNED, as_row, is_plan_due, keep, told
from gympulse.operations.snapshot import writers
from gympulse.operations.window import Window
from gympulse.session import Session
from gympulse.transforms.recipe import FromRecords

log = logging.getLogger(__name__)


def rebuild(request: Request, session: Session) -> None:
    """Recompute gold for some days, or all, and put it in the place of what is there.

    The gold job waits until the swap is done: what it would write meanwhile would be lost
    by it. It does not wait for a dry run. Readers see the old rows of a table or the new
    ones, never some of both.

    Raises:
        BadSettings: The tables' columns have changed, which needs every day.
        Refused: More rows would vanish than may; nothing was changed.

    Replay: recomputes again; a table that is as it should be is left alone.
    """
    lake, rules = request.settings.lake, request.settings.rules
    window = Window(*request.dates, rules.time_zone)
    with nullcontext() if request.is_dry_run else writers(request, session, "gold"):
        schema.create(lake, (*SILVER, *GOLD, *OPS))
        tables = _asked(request)
        _refuse_other_columns(lake, tables, window)
        read = Reader(session(), lake, rules.time_zone)
        recomputed = Recomputation(read, rules, tables, window, _no_records)
        _compare_and_swap(request, recomputed, tables)


def _asked(request: Request) -> list[Table]:
    names = request.values["tables"]
    return [table for table in GOLD if not names or table.short_name in names]


def _no_records(recipe: FromRecords) -> DataFrame:
    raise AssertionError(f"{recipe.table.name} is no table of gold")


def _refuse_other_columns(lake: Lake, tables: Sequence[Table], window: Window) -> None:
    changed = [table.short_name for table in tables if schema.has_other_columns(lake, table)]
    if changed and not window.is_everything:
        problem = (
            f"The columns of {', '.join(changed)} have changed; leave from_date and to_date "
            "empty, so that every day gets them."
        )
        raise BadSettings([problem])


def _compare_and_swap(request: Request, recomputed: Recomputation, tables: Sequence[Table]) -> None:
    began_at = datetime.now(UTC)
    found = [compare(recomputed, table) for table in tables]
    rows = [as_row(comparison) for comparison in found]
    print(told(rows, PLANNED), flush=True)
    if is_plan_due(request):
        keep(request, PLAN, "planned", began_at, rows)
    refusal = _refusal(found, request.values["max_removed_percent"])
    if request.is_dry_run:
        # The plan is what is wanted, to see what would be refused.
        print(refusal, flush=True)
        return
    if refusal:
        keep(request, RESULT, "refused", began_at, rows)
        raise Refused(refusal)
    for comparison in found:
        _swap(comparison, recomputed)
    keep(request, RESULT, "done", began_at, rows)


def _refusal(found: Sequence[Comparison], most: float) -> str:
    """Why the swap may not be; empty if it may."""
    for each in found:
        present = each.rows_expected - each.missing + each.extra
        removed = 100 * each.extra / present if present else 0
        if removed > most:
            return (
                f"{each.extra:,} of {present:,} rows of {each.table.name} would vanish "
                f"({removed:.1f}%); at most {most:g}% may. Nothing was changed. Look at the "
                "examples in ops_db.comparisons; if it is right, allow more by "
                "max_removed_percent."
            )
    return ""


def _swap(comparison: Comparison, recomputed: Recomputation) -> None:
    table, lake = comparison.table, recomputed.read.lake
    if recomputed.window.is_everything:
        if not comparison.is_equal or schema.has_other_columns(lake, table):
            delta.replace(recomputed.expected(table), lake, table, comparison.rows_expected)
            log.info("%s: replaced, %d rows", table.name, comparison.rows_expected)
    else:
        write(comparison, recomputed.read)
        log.info("%s: %s", table.name, comparison.counts or "as it should be")
