"""Restore points: sets of table versions that belong together, kept after each hourly chain."""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake

from gympulse.io import ops, restoring
from gympulse.io.completeness import Completeness
from gympulse.io.together import Lines, look, written
from gympulse.lake import Lake
from gympulse.model.tables import GOLD, QUARANTINE, RESTORE_POINTS, SILVER

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RestorePoint:
    """One set of versions that belong together.

    Attributes:
        point_id: Its name, which begins with its instant.
        recorded_at: An instant at which they belonged together, and no batch was under way.
        complete_through: What gold was complete through then.
        versions: By table's name, those of silver, gold and ``ops_db.quarantine``, and those of
            bronze that silver had read; a table of bronze is missing where silver's streams had
            read different ones.
        positions: By table of silver and gold, what its stream had read: the lines of its last
            batch's plan, as Spark keeps them; None where it had none.
    """

    point_id: str
    recorded_at: datetime
    complete_through: datetime | None
    versions: Mapping[str, int]
    positions: Mapping[str, Lines | None]


def points(lake: Lake) -> list[RestorePoint]:
    """All points that are kept, the oldest first; none where there is no such table yet."""
    if not DeltaTable.is_deltatable(lake.path(RESTORE_POINTS)):
        return []
    rows = DeltaTable(lake.path(RESTORE_POINTS)).to_pyarrow_table().to_pylist()
    return sorted(map(_point, rows), key=lambda point: point.recorded_at)


def newest_at(lake: Lake, instant: datetime) -> datetime | None:
    """When the point was recorded that was the newest at an instant; None where none was."""
    earlier = (p.recorded_at for p in points(lake) if p.recorded_at <= instant)
    return max(earlier, default=None)


def record(lake: Lake, run_id: str, airflow_run: str | None = None) -> RestorePoint | None:
    """Keep which versions belong together now.

    Args:
        lake: Where the tables are.
        run_id: The run of gold's job that ends the chain.
        airflow_run: The same, as Airflow knows it.

    Returns:
        The point; None where nothing was kept: neither silver nor gold has changed since the
        newest point or the lake's beginning, or a layer below is at work, so that not all
        versions can be told exactly.

    Replay: keeps no second point of the same versions.
    """
    # Asked first, since it is little: an hour without data reads no checkpoint for it.
    known, versions = points(lake), written(lake)
    # Versions only grow, which a clock need not do.
    newest = max((point.versions for point in known), key=_age, default=dict.fromkeys(versions, 0))
    if versions.items() <= newest.items():
        return None
    found = look(lake)
    if found is None:
        log.info("No restore point: the tables do not belong together at this moment.")
        return None
    row = {
        "point_id": f"{found.at:%Y%m%dT%H%M%SZ}-{run_id[:6]}",
        "recorded_at": found.at,
        "complete_through": Completeness(lake, "gold").latest(),
        "versions": json.dumps(found.versions, sort_keys=True),
        "positions": json.dumps(found.positions),
        "run_id": run_id,
        "airflow_run": airflow_run,
    }
    with ops.lock(lake, RESTORE_POINTS):
        rows = ops.rows_of(RESTORE_POINTS, [row])
        write_deltalake(lake.path(RESTORE_POINTS), rows, mode="append")
    return _point(row)


def _age(versions: Mapping[str, int]) -> int:
    """What is the greater the later versions belonged together."""
    return sum(versions.get(table.name, 0) for table in (*SILVER, *GOLD, QUARANTINE))


def forget(lake: Lake, kept: Collection[str]) -> int:
    """Remove all points but some; the versions that they name may then be cleaned away.

    One that a restore is going back to, and is not there yet, stays too.

    Args:
        lake: Where they are kept.
        kept: ``point_id`` of those that stay.

    Returns:
        How many went.

    Replay: removes no more.
    """
    if not DeltaTable.is_deltatable(lake.path(RESTORE_POINTS)):
        return 0
    under_way = restoring.begun(lake)
    needed = {under_way.point_id} if under_way else set()
    names = pa.array(sorted({*kept, *needed}), pa.string())

    def left(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.is_in(rows["point_id"], value_set=names))

    return ops.keep_only(lake, RESTORE_POINTS, left)


def _point(row: Mapping[str, Any]) -> RestorePoint:
    return RestorePoint(
        point_id=row["point_id"],
        recorded_at=row["recorded_at"],
        complete_through=row["complete_through"],
        versions=json.loads(row["versions"]),
        positions=json.loads(row["positions"]),
    )
