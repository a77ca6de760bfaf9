"""What a person sees in the terminal: processes, layers, rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError
from rich.box import SIMPLE
from rich.table import Table as Grid

from gympulse.lake import Lake
from gympulse.local.platform import Platform
from gympulse.local.settings import HOST
from gympulse.model import tables
from gympulse.model.table import Table

# What fits a terminal of 80 columns, and the order that brings the newest to the top.
NEWEST = {
    tables.WORKOUT_BPM_SUMMARY.name: (
        "user_id AS user, start_time, age_band AS age, city, num_records AS readings,"
        " min_bpm AS min, avg_bpm AS avg, max_bpm AS max",
        "start_time DESC",
    ),
    tables.GYM_SUMMARY.name: (
        "gym_id AS gym, mac_address, date, workouts, minutes_in_gym AS minutes,"
        " minutes_exercising AS exercising",
        "date DESC, minutes_in_gym DESC",
    ),
}


def newest_rows(lake: Lake, table: Table, count: int = 6) -> Grid:
    """Give the newest rows of a gold table, in the columns that a terminal holds."""
    columns, order = NEWEST[table.name]
    rows = _query(lake, table, f"SELECT {columns} FROM t ORDER BY {order} LIMIT {count}")
    names = [column.split()[-1] for column in columns.split(",")]
    return _grid(f"{table.name}: newest rows, some columns", names, (row.values() for row in rows))


def processes(platform: Platform) -> Grid:
    """Give each process with its state, its ports and how long it has run."""
    states = platform.supervisor.states()
    rows = []
    for service in platform.services.values():
        ports = [f"{HOST}:{getattr(platform.settings.ports, name)}" for name in service.ports]
        for program in service.programs:
            told = states.get(program.name, {"pid": 0, "statename": "STOPPED"})
            age = timedelta(seconds=told["now"] - told["start"]) if told["pid"] else None
            state, pid = told["statename"].lower(), told["pid"] or None
            rows.append((program.name, state, pid, age, ", ".join(ports)))
            ports = []
    return _grid("Processes", ("name", "state", "process", "runs for", "listens at"), rows)


def layers(lake: Lake) -> Grid:
    """Give what each layer is complete through."""
    question = "SELECT layer, max(complete_through) AS latest FROM t GROUP BY layer"
    latest = {row["layer"]: row["latest"] for row in _query(lake, tables.LAYER_RUNS, question)}
    rows = [(layer, latest.get(layer, "no run yet")) for layer in tables.LAYERS]
    return _grid("Layers", ("layer", "complete through (UTC)"), rows)


def row_counts(lake: Lake) -> Grid:
    """Give the number of rows of each table."""
    rows = [(table.name, _count(lake, table)) for table in tables.TABLES.values()]
    return _grid("Tables", ("table", "rows"), rows)


def _query(lake: Lake, table: Table, question: str) -> list[dict]:
    """Ask a table, named ``t`` in the question; no rows where it does not exist yet."""
    if not _exists(lake, table):
        return []
    reader = QueryBuilder().register("t", DeltaTable(lake.path(table))).execute(question)
    return pa.table(reader).to_pylist()


def _count(lake: Lake, table: Table) -> object:
    return DeltaTable(lake.path(table)).count() if _exists(lake, table) else "not there yet"


def _exists(lake: Lake, table: Table) -> bool:
    try:
        return DeltaTable.is_deltatable(lake.path(table))
    except DeltaError:
        return False


def _grid(title: str, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Grid:
    grid = Grid(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in columns:
        grid.add_column(column)
    for row in rows:
        grid.add_row(*map(_cell, row))
    return grid


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
