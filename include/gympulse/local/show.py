"""What a person sees in the terminal of what runs here: processes, rows."""

from datetime import timedelta

from deltalake import DeltaTable
from rich.table import Table as Grid

from gympulse.lake import Lake
from gympulse.local.connect import log_to_read
from gympulse.local.connect_api import ConnectApi
from gympulse.local.errors import LocalProblem
from gympulse.local.platform import Platform
from gympulse.local.settings import HOST, LocalSettings
from gympulse.model import tables
from gympulse.model.table import Table
from gympulse.status import exists, grid, query

# The tables to look at first: what fits a terminal of 80 columns, and the order that brings the
# newest to the top.
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
    rows = query(lake, table, f"SELECT {columns} FROM t ORDER BY {order} LIMIT {count}")
    names = [column.split()[-1] for column in columns.split(",")]
    return grid(f"{table.name}: newest rows, some columns", names, (row.values() for row in rows))


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
    return grid("Processes", ("name", "state", "process", "runs for", "listens at"), rows)


def capture(settings: LocalSettings) -> Grid:
    """Give the state of the connector and its task, and what of the log they have to read."""
    columns = ("name", "state", "bytes of log to read", "why")
    try:
        with ConnectApi(settings) as connect:
            parts = connect.parts()
    except LocalProblem as problem:
        return grid(f"Change data capture: {problem}", columns, ())
    behind = log_to_read(settings)
    rows = [
        (part.name, part.state.lower(), None if "/" in part.name else behind, part.found)
        for part in parts
    ]
    return grid("Change data capture", columns, rows)


def row_counts(lake: Lake) -> Grid:
    """Give the number of rows of each table."""
    rows = [(table.name, _count(lake, table)) for table in tables.TABLES.values()]
    return grid("Tables", ("table", "rows"), rows)


def _count(lake: Lake, table: Table) -> object:
    return DeltaTable(lake.path(table)).count() if exists(lake, table) else "not there yet"
