"""What going back to a restore point would change, and whether it can be done."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.compute as pc
from deltalake import DeltaTable
from pyspark.sql import DataFrame

from gympulse.errors import BadSettings, Refused
from gympulse.io import delta_files, operations, restorable
from gympulse.io.changes import commits
from gympulse.io.delta import Reader
from gympulse.io.restore_points import RestorePoint, points
from gympulse.io.together import place
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, LAYERS, TABLES
from gympulse.operations import restore_bronze
from gympulse.operations.arguments import Request
from gympulse.operations.comparison import compare
from gympulse.operations.record import Reading, as_row
from gympulse.operations.window import Window
from gympulse.session import Session


@dataclass(frozen=True)
class Plan:
    """What is put back.

    Attributes:
        point: The point that is gone back to.
        tables: The tables, in the model's order.
        now: Their present versions, by name.
        rows: What changes of each, as ``ops_db.comparisons`` keeps it.
        reading: What streams are going to read again of tables that stay.
    """

    point: RestorePoint
    tables: tuple[Table, ...]
    now: dict[str, int]
    rows: tuple[dict[str, Any], ...] = ()
    reading: Reading = Reading()


def made(request: Request, session: Session) -> Plan:
    """Make the plan of a restore; nothing is changed.

    Raises:
        BadSettings: There is no such point.
        Refused: What going back needs is no longer there; all that is missing is named.
    """
    lake = request.settings.lake
    point = _chosen(request)
    # A table that is newer than the point stays: it follows what it reads.
    tables = [table for table in asked(request) if table.name in point.versions]
    of_layers = [table for table in tables if table not in BRONZE]
    problems = restorable.problems(lake, point, of_layers)
    if len(of_layers) < len(tables):
        problems += restore_bronze.problems(request.settings, session, point)
    if problems:
        raise Refused(_refusal(point, problems))
    now = {table.name: DeltaTable(lake.path(table)).version() for table in tables}
    window = Window(None, None, request.settings.rules.time_zone)
    sides = _Sides(session, lake, window, now, point.versions)
    rows = _recorded(request, sides) or [sides.row(table) for table in tables]
    return Plan(point, tuple(tables), now, tuple(rows), _again(lake, point, of_layers))


def asked(request: Request) -> list[Table]:
    """The tables to be put back, in the model's order."""
    names, layers = request.values["tables"], request.values["layers"]
    return [
        table
        for layer, tables in LAYERS.items()
        for table in tables
        if (table.short_name in names if names else layer in layers)
    ]


def _refusal(point: RestorePoint, problems: Sequence[str]) -> str:
    listed = "".join(f"\n  - {problem}" for problem in problems)
    return (
        f"{point.point_id} cannot be gone back to:{listed}\n"
        "Nothing was changed. Choose a later point, or leave bronze as it is; or let a backfill "
        "with mode restate recompute silver and gold from bronze, which needs no point."
    )


def _chosen(request: Request) -> RestorePoint:
    """The point asked for; that of the operation's plan, where there is one already."""
    lake, known = request.settings.lake, points(request.settings.lake)
    name, before = request.values["point"], request.values["before"]
    if planned := operations.plan(lake, request.operation_id):
        name = json.loads(planned["operation"]["options"])["point"]
    if not name:
        earlier = [p for p in known if p.recorded_at < datetime.fromisoformat(before)]
        if not earlier:
            raise BadSettings([f"before is {before}; {_kept(known)}."])
        return earlier[-1]
    for point in known:
        if point.point_id == name:
            return point
    raise BadSettings([f"point is {name}, which is not in ops_db.restore_points; {_kept(known)}."])


def _kept(known: Sequence[RestorePoint]) -> str:
    if not known:
        return "no point is kept yet"
    return f"kept are {len(known)} points, from {known[0].point_id} to {known[-1].point_id}"


@dataclass(frozen=True)
class _Sides:
    """Tables as they are and as they were, by the files that not both have."""

    session: Session
    lake: Lake
    window: Window
    now: dict[str, int]
    then: dict[str, int]

    def expected(self, table: Table) -> DataFrame:
        return self._read(self.then).besides(table, self.now[table.name])

    def present(self, table: Table) -> DataFrame:
        return self._read(self.now).besides(table, self.then[table.name])

    def row(self, table: Table) -> dict[str, Any]:
        now, then = self.now[table.name], self.then[table.name]
        rows_now, rows_then = self._count(table, now), self._count(table, then)
        row: dict[str, Any] = dict.fromkeys(("missing", "different"), 0)
        if table in BRONZE or now == then:
            # To bronze rows are added, and none is changed.
            row |= {"table": table.short_name, "extra": rows_now - rows_then, "examples": "[]"}
            row |= {"first_date": None, "last_date": None}
        else:
            comparison = compare(self, table)
            comparison.differences.unpersist()
            row = as_row(comparison)
        return row | {"rows_expected": rows_then, "version_now": now, "version_then": then}

    def _read(self, versions: dict[str, int]) -> Reader:
        return Reader(self.session(), self.lake, self.window.time_zone, versions)

    def _count(self, table: Table, version: int) -> int:
        files = delta_files.files(self.lake.path(table), version)
        return pc.sum(files["num_records"]).as_py() or 0 if len(files) else 0


def _recorded(request: Request, sides: _Sides) -> list[dict[str, Any]] | None:
    """What the operation's plan says, where the tables are still as it found them."""
    planned = operations.plan(request.settings.lake, request.operation_id)
    if planned is None:
        return None
    versions = {
        row["table"]: (row["version_now"], row["version_then"]) for row in planned["tables"]
    }
    present = {TABLES[name].short_name: (now, sides.then[name]) for name, now in sides.now.items()}
    return planned["tables"] if versions == present else None


def _again(lake: Lake, point: RestorePoint, tables: Sequence[Table]) -> Reading:
    """What tables' streams are going to read again of tables that stay as they are."""
    firsts: dict[Table, int] = {}
    for table in tables:
        for source in (TABLES[name] for name in table.reads):
            if source not in tables:
                path = lake.path(source)
                first, _ = place(DeltaTable(path), path, point.positions[table.name])
                firsts[source] = min(first, firsts.get(source, first))
    found = [
        commit
        for source, first in firsts.items()
        for path in [lake.path(source)]
        for commit in commits(path, first, DeltaTable(path).version())
    ]
    return Reading(
        files=sum(len(commit.added) for commit in found),
        rows=sum(commit.rows for commit in found),
        bytes=sum(sum(commit.added.values()) for commit in found),
    )
