"""Prove that what the hourly runs have built is what a recomputation from bronze gives."""

import logging
from datetime import UTC, datetime

from gympulse.errors import NotAsExpected
from gympulse.io.operations import RESULT
from gympulse.model.table import Table
from gympulse.model.tables import GOLD, SILVER
from gympulse.operations.arguments import Request
from gympulse.operations.comparison import compare
from gympulse.operations.recomputation import Recomputation
from gympulse.operations.record import FOUND, as_row, keep, told
from gympulse.operations.snapshot import snapshot, writers
from gympulse.operations.window import Window
from gympulse.session import Session

log = logging.getLogger(__name__)


def verify(request: Request, session: Session) -> None:
    """Compare silver and gold with their recomputation, row by row.

    The hourly jobs wait only while the tables' versions are noted: what is compared does
    not change, whatever they write meanwhile.

    Raises:
        NotAsExpected: Something differs; the result is recorded first.

    Replay: compares anew.
    """
    began_at = datetime.now(UTC)
    with writers(request, session, "silver", "gold"):
        now = snapshot(request, session)
    rules = request.settings.rules
    window = Window(*request.dates, rules.time_zone)
    recomputed = Recomputation(now.read, rules, (*SILVER, *GOLD), window, now.records)
    found = []
    for table in _asked(request):
        comparison = compare(recomputed, table)
        comparison.differences.unpersist()
        log.info("%s: %d rows compared", table.name, comparison.rows_expected)
        found.append(comparison)
    differing = [comparison.table.name for comparison in found if not comparison.is_equal]
    rows = [as_row(comparison) for comparison in found]
    keep(request, RESULT, "different" if differing else "equal", began_at, rows)
    print(told(rows, FOUND), flush=True)
    if differing:
        raise NotAsExpected(request.operation_id, differing)


def _asked(request: Request) -> list[Table]:
    names = request.values["tables"]
    return [table for table in (*SILVER, *GOLD) if not names or table.short_name in names]
