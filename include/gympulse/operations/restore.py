"""Go back to a restore point: tables, streams, and what is recorded of them."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from deltalake import DeltaTable

from gympulse.io import operations, restore_points, restoring, schema
from gympulse.io.operations import PLAN, RESULT
from gympulse.io.putting_back import going_on_at, new_stream, put_back
from gympulse.io.restore_points import RestorePoint
from gympulse.io.restoring import Restoring
from gympulse.io.undoing import undo_bronze, undo_quarantine, undo_records
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, GOLD, LAYERS, OPS, QUARANTINE, SILVER, TABLES
from gympulse.operations import restore_bronze
from gympulse.operations.arguments import Request
from gympulse.operations.record import RESTORED, is_plan_due, keep, told
from gympulse.operations.restore_plan import Plan, asked, made
from gympulse.operations.snapshot import writers
from gympulse.session import Session

log = logging.getLogger(__name__)


def restore(request: Request, session: Session) -> None:
    """Put tables back to versions that belonged together; the next hourly run goes on from there.

    Each table is put back in one commit. Its stream begins anew where it was, so that what came
    since is read again; and what is recorded of the batches in between goes. While that lasts,
    the hourly jobs wait. A dry run takes no lock and changes nothing.

    Raises:
        BadSettings: There is no such point.
        Refused: What going back needs is no longer there; nothing was changed.

    Replay: what was begun is finished, whatever the lake has gained; what is done stays so.
    """
    lake = request.settings.lake
    schema.create(lake, (*BRONZE, *SILVER, *GOLD, *OPS))
    if request.is_dry_run:
        _plan(request, session)
        return
    layers = _layers(request)
    with writers(request, session, *layers):
        began_at, under_way = datetime.now(UTC), restoring.begun(lake)
        if under_way is None:
            if operations.result(lake, request.operation_id):
                log.info("%s was done before; nothing is left to do.", request.operation_id)
                return
            plan = _plan(request, session)
            under_way = _begin(request, plan, layers)
            rows: Sequence[dict[str, Any]] = plan.rows
        else:
            rows = operations.plan(lake, request.operation_id)["tables"]
        _finish(request, under_way)
        keep(request, RESULT, "done", began_at, rows)
        restoring.finish(lake)


def _layers(request: Request) -> list[str]:
    """The layers whose writers wait: those put back, and those that read them."""
    tables = asked(request)
    concerned = [any(table in tables for table in LAYERS[layer]) for layer in LAYERS]
    return list(LAYERS)[concerned.index(True) :]


def _plan(request: Request, session: Session) -> Plan:
    began_at = datetime.now(UTC)
    plan = made(request, session)
    reading = plan.reading
    print(
        f"Back to {plan.point.point_id}, recorded at {plan.point.recorded_at:%Y-%m-%d %H:%M:%S} "
        f"UTC. To read again: {reading.files:,} files, {reading.rows:,} rows, "
        f"{reading.bytes:,} bytes.",
        told(plan.rows, RESTORED),
        sep="\n",
        flush=True,
    )
    if is_plan_due(request):
        # By its name: who goes on with the plan means this point, whatever is recorded meanwhile.
        values = {**request.values, "point": plan.point.point_id}
        keep(replace(request, values=values), PLAN, "planned", began_at, plan.rows, reading)
    return plan


def _begin(request: Request, plan: Plan, layers: Sequence[str]) -> Restoring:
    lake, then = request.settings.lake, {t.name: plan.point.versions[t.name] for t in plan.tables}
    under_way = Restoring(
        operation=f"{request.job} {request.operation_id}",
        layers=tuple(layers),
        point_id=plan.point.point_id,
        now=plan.now,
        then=then,
        landed=restore_bronze.landed(lake, then),
    )
    restoring.begin(lake, under_way)
    return under_way


def _finish(request: Request, under_way: Restoring) -> None:
    """Do all that a restore does; each step finds what of it is done."""
    lake, operation = request.settings.lake, under_way.operation
    tables = [TABLES[name] for name in under_way.then]
    [point] = [p for p in restore_points.points(lake) if p.point_id == under_way.point_id]
    following: dict[str, int] = {}
    for table in tables:
        now, then = under_way.now[table.name], under_way.then[table.name]
        version = put_back(lake, table, now, then, operation)
        following[str(DeltaTable(lake.path(table)).metadata().id)] = version + 1
        log.info("%s: version %d has the rows of version %d", table.name, version, then)
    of_layers = [table for table in tables if table not in BRONZE]
    for table in of_layers:
        lines = point.positions[table.name]
        new_stream(lake, table, operation, lines and going_on_at(lines, following))
    restore_bronze.begin_streams(lake, under_way)
    _undo(lake, point, of_layers, under_way)


def _undo(lake: Lake, point: RestorePoint, tables: Sequence[Table], under_way: Restoring) -> None:
    at = point.recorded_at
    undo_records(lake, tables, [layer for layer in under_way.layers if layer != "bronze"], at)
    if silver := [table for table in tables if table in SILVER]:
        undo_quarantine(lake, silver, point.versions[QUARANTINE.name], at)
    if since := restore_bronze.first_undone(lake, under_way):
        undo_bronze(lake, under_way.then, since)
    # What was recorded since is of batches that the ledger no longer has.
    kept = [p.point_id for p in restore_points.points(lake) if p.recorded_at <= at]
    restore_points.forget(lake, kept)
