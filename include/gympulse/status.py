"""How far the platform is, read from the lake and from Kafka, without Spark and without Airflow.

python -m gympulse.status --lake DIR [--kafka-bootstrap-servers HOST:PORT]
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from gympulse import kafka_settings
from gympulse.errors import GympulseError, SourceAway, StoreAway
from gympulse.io.checkpoints import Checkpoint, unread_by_topic
from gympulse.io.kafka import end_offsets
from gympulse.kafka_settings import Kafka
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX, LAYER_RUNS
from gympulse.serving.limits import Limits
from gympulse.serving.platform_views import PLATFORM_VIEWS
from gympulse.serving.problems import Problem
from gympulse.serving.reading import Server, freshness, view_rows
from gympulse.serving.showing import text
from gympulse.settings import Settings, command_line, settings_of

# What of the page *Platform* is shown: views, each with its title and what it is asked for.
SHOWN: dict[str, tuple[str, Mapping[str, Any]]] = {
    "platform-rows": ("Rows by hour, the last six", {"hours": 6}),
    "platform-runs": ("Last runs", {"limit": 6}),
    "platform-quarantine": ("Set aside, by rule", {}),
    "platform-quality": ("Not as expected, in the last day", {}),
    "platform-operations": ("Last operations", {}),
    "platform-verify": ("Last verification", {"limit": 1}),
}
# Of a terminal, at least.
_WIDTH = 80
_VIEWS = {view.name: view for view in PLATFORM_VIEWS}


def grids(settings: Settings) -> Iterator[Grid]:
    """Give all there is to know: what the page *Platform* shows, and topics where Kafka is known.

    Raises:
        StoreAway: The lake's storage account does not answer.
    """
    server = Server(settings.lake, Limits())
    yield freshness_of(server)
    if settings.kafka:
        yield topics(settings.lake, settings.kafka, datetime.now(UTC))
    for name in SHOWN:
        yield of_view(server, name)


def freshness_of(server: Server) -> Grid:
    """Give what each layer is complete through, and when its last run ended."""
    columns = ("layer", "complete_through", "finished_at")
    rows = freshness(server).select(columns).to_pylist()
    return _under("Freshness", columns, rows)


def of_view(server: Server, name: str) -> Grid:
    """Give what a view of the page *Platform* shows; no rows where its tables are not there yet."""
    title, asked = SHOWN[name]
    try:
        found = view_rows(server, _VIEWS[name], asked)
    except Problem as problem:
        if problem.status == HTTPStatus.NOT_FOUND:
            return grid(title, ("nothing yet",), ())
        raise StoreAway(server.versions.lake.root, str(problem.__cause__ or problem)) from problem
    return _under(title, found.column_names, found.to_pylist())


def _under(title: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Grid:
    names = [name.replace("_", " ") for name in columns]
    return grid(f"{title} (UTC)", names, (row.values() for row in rows))


def topics(lake: Lake, kafka: Kafka, now: datetime) -> Grid:
    """Give for each topic how many records bronze has not taken, and for how long at most.

    Where Kafka does not answer, the title says so.
    """
    question = "SELECT max(complete_through) AS through FROM t WHERE layer = 'bronze'"
    found = query(lake, LAYER_RUNS, question)
    through = found[0]["through"] if found else None
    checkpoint = Checkpoint(lake.checkpoint(KAFKA_MULTIPLEX.short_name))
    columns = ("topic", "records to take", "seconds behind, at most")
    try:
        ends = end_offsets(kafka)
    except SourceAway as error:
        return grid(f"Topics: {error}", columns, ())
    rows = []
    for topic, records in unread_by_topic(checkpoint, ends).items():
        age = int((now - through).total_seconds()) if records and through else None
        rows.append((topic, records, age))
    return grid("Topics", columns, rows)


def query(lake: Lake, table: Table, question: str) -> list[dict]:
    """Ask a table, named ``t`` in the question; no rows where it does not exist yet."""
    if not exists(lake, table):
        return []
    reader = QueryBuilder().register("t", DeltaTable(lake.path(table))).execute(question)
    return pa.table(reader).to_pylist()


def exists(lake: Lake, table: Table) -> bool:
    try:
        return DeltaTable.is_deltatable(lake.path(table))
    except DeltaError:
        return False
    except OSError as error:
        raise StoreAway(lake.root, str(error)) from error


def grid(title: str, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Grid:
    grid = Grid(
        title=title,
        title_justify="left",
        title_style="bold",
        # Rich folds a title to the columns' width.
        min_width=min(len(title), _WIDTH),
        box=SIMPLE,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in columns:
        grid.add_column(column)
    for row in rows:
        # What people have written is shown as it is, and commands nothing.
        grid.add_row(*(Text(text(_cell(value))) for value in row))
    return grid


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the status; a failure is a sentence, never a stack trace."""
    parser = command_line("status")
    parser.prog = "python -m gympulse.status"
    parser.description = "How far the platform is."
    parser.add_argument("--kafka-bootstrap-servers", default="", metavar="HOST:PORT")
    args = parser.parse_args(argv)
    console = Console()
    try:
        settings = settings_of(args)
        if args.kafka_bootstrap_servers:
            kafka = kafka_settings.of_environment(args.kafka_bootstrap_servers, os.environ)
            settings = Settings(settings.lake, settings.rules, kafka)
        for each in grids(settings):
            console.print(each)
    except GympulseError as error:
        Console(stderr=True).print(error.explained, markup=False, soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
