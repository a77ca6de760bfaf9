"""Operations as a test asks for them, run in this process."""

from datetime import date
from pathlib import Path
from typing import Any

from gympulse.io import operations
from gympulse.lake import Lake
from gympulse.operations.arguments import Request
from gympulse.operations.backfill import backfill
from gympulse.operations.checks import check
from gympulse.operations.erasure import erasure
from gympulse.operations.rebuild import rebuild
from gympulse.operations.restore import restore
from gympulse.operations.review import review
from gympulse.operations.verify import verify
from oracle.archives import Archived
from streams.runs import Runner

_OPERATIONS = {
    "backfill": backfill,
    "erasure": erasure,
    "gold_rebuild": rebuild,
    "quarantine_review": review,
    "restore": restore,
    "verify": verify,
}
TODAY = date(2026, 1, 1)


def operate(
    runner: Runner, job: str, operation_id: str = "operation", by: str = "Ann", **given: Any
) -> dict:
    """Do an operation, for a reason and not dry unless told otherwise.

    Returns:
        Its result as recorded, or its plan where it was a dry run.
    """
    given = {"reason": "a test", "dry_run": False, **given}
    request = Request(job, operation_id, runner.settings, check(job, given, TODAY), by)
    _OPERATIONS[job](request, runner.session)
    lake = runner.lake
    found = operations.plan if request.is_dry_run else operations.result
    return found(lake, operation_id)


def land_archives(lake: Lake, archived: Archived) -> None:
    """Put archives where a backfill looks for them."""
    for name, content in archived.files.items():
        path = Path(lake.archives, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def counted(phase: dict) -> dict[str, tuple[int, int, int]]:
    """By table, the rows that were missing, different and extra, where any were."""
    counts = {
        row["table"]: (row["missing"], row["different"], row["extra"]) for row in phase["tables"]
    }
    return {table: found for table, found in counts.items() if any(found)}
