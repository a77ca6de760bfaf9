"""Decide on records that were set aside: release those that pass now, or discard them."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from gympulse.errors import BadSettings
from gympulse.io import quarantine, schema
from gympulse.io.delta import Reader
from gympulse.io.locks import PAUSE_SECONDS
from gympulse.io.operations import PLAN, RESULT
from gympulse.io.quarantine import DISCARDED, RELEASED, Decision
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, GOLD, OPS, SILVER
from gympulse.operations import record, set_aside
from gympulse.operations.arguments import Request
from gympulse.operations.options import DISCARD, REVIEWED
from gympulse.operations.refining import Gains, refine
from gympulse.operations.releases import finish, release, release_derived, resume
from gympulse.operations.snapshot import writers
from gympulse.recipes import RECIPE_OF, refuse_actions
from gympulse.session import Session

# What one batch may hold: what the hourly jobs wait for at most.
_ROWS_PER_BATCH = 1_500_000
_EXAMPLES, _CHARACTERS = 10, 2000


@dataclass(frozen=True)
class Reviewed:
    """Records of one source that a review is about.

    Attributes:
        source: The bronze table, or a computed one.
        ids: ``source_id`` of each.
        chosen: How many there are.
        rows: As ``set_aside`` gives them; None without any.
        passing: How many of them break no rule now.
    """

    source: Table
    ids: DataFrame
    chosen: int = 0
    rows: DataFrame | None = None
    passing: int = 0

    @property
    def batches(self) -> int:
        """In how many batches those that pass are released."""
        return -(-self.passing // _ROWS_PER_BATCH)

    def batch(self, number: int) -> DataFrame:
        """Those that pass, of one batch."""
        share = F.pmod(F.xxhash64("source_id"), F.lit(self.batches)) == number
        return self.rows.where((F.size("breaks") == 0) & share)

    def as_row(self) -> dict[str, Any]:
        """What ``ops_db.comparisons`` keeps of it."""
        return {
            "table": self.source.short_name,
            "chosen": self.chosen,
            "passing": self.passing,
            "failing": self.chosen - self.passing,
            "examples": json.dumps(self._examples(), ensure_ascii=False),
        }

    def _examples(self) -> list[dict[str, Any]]:
        """Some that pass and some that do not, in turns."""
        if self.rows is None:
            return []
        alike = Window.partitionBy(F.size("breaks") == 0).orderBy("source_id")
        shown = [F.substring(name, 1, _CHARACTERS).alias(name) for name in ("before", "after")]
        some = self.rows.select(
            F.col("source_id").alias("record"),
            *shown,
            "breaks",
            F.row_number().over(alike).alias("_turn"),
        )
        found = some.orderBy("_turn", "record").limit(_EXAMPLES).drop("_turn").collect()
        return [row.asDict() for row in found]


def review(request: Request, session: Session) -> None:
    """Look at records that were set aside again, and decide on them.

    Whoever is released enters bronze once more, in a place of its own, and silver and gold
    as if it had come late and right. A dry run takes no lock and writes nothing but its plan.

    Raises:
        BadSettings: A cure cannot be computed, or a setting cannot be; nothing was written.

    Replay: what is decided is chosen no more; what was killed halfway is finished.
    """
    lake, began_at = request.settings.lake, datetime.now(UTC)
    refuse_actions(request.settings.rules)
    schema.create(lake, (*BRONZE, *SILVER, *GOLD, *OPS))
    read = Reader(session(), lake, request.settings.rules.time_zone)
    found = [_looked_at(request, source, read) for source in _asked(request)]
    rows = [each.as_row() for each in found]
    _tell(rows)
    if record.is_plan_due(request):
        record.keep(request, PLAN, "planned", began_at, rows)
    if request.is_dry_run:
        return
    began_at, gains = datetime.now(UTC), Gains()
    if request.values["decision"] == DISCARD:
        _discard(request, session, found, read)
    else:
        _release(request, session, found, read, gains)
    is_done = any(each.chosen for each in found) or any(any(g.values()) for g in gains.values())
    if is_done or record.is_result_due(request):
        record.keep(request, RESULT, "done", began_at, _results(rows, gains))


def _asked(request: Request) -> list[Table]:
    names = request.values["sources"]
    return [table for table in REVIEWED if not names or table.short_name in names]


def _looked_at(request: Request, source: Table, read: Reader) -> Reviewed:
    recipe = RECIPE_OF.get(source)
    entries = set_aside.chosen(request, source, read)
    if recipe is None:
        entries = set_aside.unreleased(entries, source, read)
    ids = entries.select("source_id").distinct().localCheckpoint()
    chosen = ids.count()
    if not chosen:
        return Reviewed(source, ids)
    if recipe is None:
        rows = set_aside.records(request, ids, source, read)
    elif request.values["cures"]:
        raise BadSettings([_no_cures(source, chosen)])
    else:
        rows = set_aside.sessions(request, entries, recipe, read)
    rows = rows.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)
    return Reviewed(source, ids, chosen, rows, rows.where("size(breaks) = 0").count())


def _no_cures(source: Table, chosen: int) -> str:
    return (
        f"cures are given, and {chosen:,} of the chosen records are of {source.short_name}, which "
        "is computed and has no fields of its own. Cure the records that it is computed from, or "
        "name the sources that the cures are for."
    )


def _tell(rows: Sequence[dict[str, Any]]) -> None:
    print(record.told(rows, record.REVIEWED), flush=True)
    for row in rows:
        for example in json.loads(row["examples"]):
            print(f"{row['table']}: {json.dumps(example, ensure_ascii=False)}", flush=True)


def _discard(request: Request, session: Session, found: Sequence[Reviewed], read: Reader) -> None:
    decision = Decision(DISCARDED, request.operator, request.values["reason"])
    with writers(request, session, "silver"):
        for each in found:
            if each.source in BRONZE:
                finish(each.source, decision, read)
            entries = quarantine.entries(each.source.short_name, read)
            chosen = entries.join(each.ids, on="source_id", how="left_semi")
            quarantine.decide(chosen, decision, each.source.short_name, read)


def _release(
    request: Request, session: Session, found: Sequence[Reviewed], read: Reader, gains: Gains
) -> None:
    decision = Decision(RELEASED, request.operator, request.values["reason"])
    raw = [each for each in found if each.source in BRONZE]
    # Once at least, for what a killed review may have left.
    for number in range(max([1, *(each.batches for each in raw)])):
        if number:
            time.sleep(PAUSE_SECONDS)
        with writers(request, session, "bronze", "silver"):
            for each in raw:
                if not number:
                    resume(each.source, decision, request, read)
                if number < each.batches:
                    release(each.batch(number), each.source, decision, request, read)
        refine(request, session, gains)
    derived = [each for each in found if each.source not in BRONZE and each.chosen]
    for each in derived:
        with writers(request, session, "silver"):
            release_derived(each.ids, RECIPE_OF[each.source], decision, request, read)
    if derived:
        refine(request, session, gains)


def _results(rows: Sequence[dict[str, Any]], gains: Gains) -> list[dict[str, Any]]:
    """What was decided and, of each table, what came of it."""
    found = {row["table"]: row for row in rows}
    return [{"table": name} | found.get(name, {}) | gains.get(name, {}) for name in found | gains]
