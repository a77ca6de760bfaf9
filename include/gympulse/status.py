"""How far the platform is, read from the lake and from Kafka, without Spark and without Airflow.

python -m gympulse.status --lake DIR [--kafka-bootstrap-servers HOST:PORT]
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table as Grid

from gympulse import kafka_settings
from gympulse.errors import GympulseError, SourceAway, StoreAway
from gympulse.io.checkpoints import Checkpoint, unread_by_topic
from gympulse.io.kafka import end_offsets
from gympulse.kafka_settings import Kafka
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX, LAYER_RUNS, LAYERS, QUALITY, QUARANTINE
from gympulse.settings import Settings, command_line, settings_of

_RECENT = timedelta(days=1)


def grids(settings: Settings) -> Iterator[Grid]:
    """Give all there is to know: layers, topics where Kafka is known, quarantine, quality."""
    lake, now = settings.lake, datetime.now(UTC)
    yield layers(lake)
    if settings.kafka:
        yield topics(lake, settings.kafka, now)
    yield set_aside(lake)
    yield quality(lake, now)


def layers(lake: Lake) -> Grid:
    """Give the last run of each layer, and what the layer is complete through."""
    question = (
        "SELECT layer, max(complete_through) AS through, max(finished_at) AS finished "
        "FROM t GROUP BY layer"
    )
    latest = {row["layer"]: row for row in query(lake, LAYER_RUNS, question)}
    rows = [
        (layer, *((run["finished"], run["through"]) if (run := latest.get(layer)) else ("no run",)))
        for layer in LAYERS
    ]
    return grid("Layers", ("layer", "last run (UTC)", "complete through (UTC)"), rows)


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


def set_aside(lake: Lake) -> Grid:
    """Give how many records are set aside, by source, rule and status."""
    question = (
        "SELECT source, rule, status, count(*) AS records FROM t "
        "GROUP BY source, rule, status ORDER BY source, rule, status"
    )
    rows = [tuple(row.values()) for row in query(lake, QUARANTINE, question)]
    return grid("Quarantine", ("source", "rule", "status", "records"), rows)


def quality(lake: Lake, now: datetime) -> Grid:
    """Give what was not as expected in the last day and went on all the same."""
    since = f"{now - _RECENT:%Y-%m-%dT%H:%M:%SZ}"
    question = (
        'SELECT max(found_at) AS latest, "table", rule, consequence, '
        "CAST(sum(unexpected) AS BIGINT) AS unexpected FROM t "
        f"WHERE found_at >= TIMESTAMP '{since}' "
        'GROUP BY "table", rule, consequence ORDER BY latest DESC, "table", rule'
    )
    rows = [tuple(row.values()) for row in query(lake, QUALITY, question)]
    columns = ("latest (UTC)", "table", "expectation", "consequence", "rows")
    return grid("Not as expected, in the last day", columns, rows)


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
        Console(stderr=True).print(str(error), markup=False, soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
