"""Run a layer: every table takes what its sources have gained, in the order of what reads what."""

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from graphlib import TopologicalSorter

from pyspark.sql import DataFrame

from gympulse.io import (
    bronze,
    checkpoints,
    delta,
    from_records,
    from_tables,
    kafka,
    ops,
    schema,
    streams,
)
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.completeness import Completeness
from gympulse.io.locks import running
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import (
    BELOW,
    GYM_LOGINS,
    KAFKA_MULTIPLEX,
    LAYERS,
    OPS,
    QUARANTINE,
    REGISTERED_USERS,
)
from gympulse.recipes import RECIPES
from gympulse.session import Session
from gympulse.settings import Settings
from gympulse.transforms.recipe import FromRecords, FromTables

log = logging.getLogger(__name__)

# Small batches wait more than they work, so some run beside the large one.
_SIDE_BY_SIDE = 4
_COUNTS = ("rows_read", "inserted", "superseding", "duplicate", "quarantined")


@dataclass
class Run:
    """One run of one layer's job.

    Attributes:
        layer: ``bronze``, ``silver`` or ``gold``.
        settings: What the job was told.
        session: Starts Spark when first called.
        run_id: Names the run in the ledger.
        totals: By table, the sums of its batches' counts, and ``seconds``.
    """

    layer: str
    settings: Settings
    session: Session
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    totals: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def read(self) -> delta.Reader:
        """Reads the lake, with Spark."""
        return delta.Reader(self.session(), self.settings.lake, self.settings.rules.time_zone)

    def checkpoint(self, table: Table) -> Checkpoint:
        """The checkpoint of the stream that fills a table."""
        return Checkpoint(self.settings.lake.checkpoint(table.short_name))

    def record(self, entry: ops.Entry) -> None:
        """Put a finished batch into the ledger and the run's totals."""
        ops.record(self.settings.lake, self.run_id, self.layer, entry)
        totals = self.totals[entry.table]
        for name in _COUNTS:
            totals[name] += getattr(entry, name)
        log.info("%s: batch %d, %d rows", entry.table, entry.batch_id, entry.rows_read)


Fill = Callable[[Run], None]


def run_layer(layer: str, settings: Settings, session: Session) -> None:
    """Run a layer's job to its end, and record what the layer then is complete through.

    Raises:
        GympulseError: Something a sentence explains; what could be done was done.

    Replay: streams resume where they were; a batch that is repeated changes nothing.
    """
    with running(layer, settings.lake, session.gateway):
        fill_layer(layer, settings, session)


def fill_layer(layer: str, settings: Settings, session: Session) -> Run:
    """Do what ``run_layer`` does, for a caller that is the layer's writer already."""
    lake = settings.lake
    began_at = datetime.now(UTC)
    below = Completeness(lake, BELOW[layer]).latest() if layer in BELOW else None
    schema.create(lake, (*LAYERS[layer], *LAYERS.get(BELOW.get(layer, ""), ()), *OPS))
    _add_columns(layer, lake)
    run = Run(layer, settings, session)
    try:
        _fill_all(run, _bronze(run) if layer == "bronze" else _recipes(layer))
    finally:
        _summarise(run)
    ops.complete(lake, run.run_id, layer, began_at, below)
    return run


def _add_columns(layer: str, lake: Lake) -> None:
    """Bring the tables that a layer writes to their declared columns."""
    schema.add_columns(lake, LAYERS[layer])
    if layer == "silver":
        schema.add_columns(lake, [QUARANTINE])
    for table in OPS:
        if table is not QUARANTINE:
            with ops.lock(lake, table):
                schema.add_columns(lake, [table])


def fill_landed(table: Table, settings: Settings, session: Session) -> None:
    """Take in a table's landed files as the bronze job does, for a caller that is its writer."""
    run = Run("bronze", settings, session)
    try:
        _timed(run, table, _bronze(run)[table][0])
    finally:
        _summarise(run)


def _recipes(layer: str) -> dict[Table, tuple[Fill, set[Table]]]:
    """How each table of a layer is filled, and which of the layer must be filled before."""
    tables = set(LAYERS[layer])
    return {
        recipe.table: (
            (lambda run, recipe=recipe: _fill(run, recipe)),
            set(recipe.touches) & tables if isinstance(recipe, FromTables) else set(),
        )
        for recipe in RECIPES[layer]
    }


def _bronze(run: Run) -> dict[Table, tuple[Fill, set[Table]]]:
    def landed(table: Table) -> Fill:
        return lambda run: _fill_landed(run, table)

    return {
        KAFKA_MULTIPLEX: (_fill_kafka, set()),
        REGISTERED_USERS: (landed(REGISTERED_USERS), set()),
        GYM_LOGINS: (landed(GYM_LOGINS), set()),
    }


def _fill_all(run: Run, plan: Mapping[Table, tuple[Fill, set[Table]]]) -> None:
    """Fill tables side by side, each after those it reads; at a failure, finish the others."""
    order = TopologicalSorter({table: before for table, (_, before) in plan.items()})
    order.prepare()
    errors: list[BaseException] = []
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        running: dict[Future, Table] = {}
        while order.is_active():
            ready = sorted(order.get_ready(), key=list(plan).index)
            running |= {pool.submit(_timed, run, table, plan[table][0]): table for table in ready}
            if not running:
                break
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                table = running.pop(done)
                if error := done.exception():
                    errors.append(error)
                else:
                    order.done(table)
    if errors:
        raise errors[0]


def _timed(run: Run, table: Table, fill: Fill) -> None:
    run.totals[table.short_name] = dict.fromkeys((*_COUNTS, "seconds"), 0)
    began = time.monotonic()
    try:
        fill(run)
    finally:
        run.totals[table.short_name]["seconds"] = time.monotonic() - began


def _fill(run: Run, recipe: FromRecords | FromTables) -> None:
    lake, rules = run.settings.lake, run.settings.rules
    sources = [recipe.source] if isinstance(recipe, FromRecords) else list(recipe.touches)
    if not checkpoints.tables_changed(run.checkpoint(recipe.table), map(lake.path, sources)):
        return
    read = run.read

    def write(batch: DataFrame, stream: str, batch_id: int) -> None:
        if isinstance(recipe, FromRecords):
            counts = from_records.write_records(batch, recipe, read, rules)
            run.record(from_records.entry(recipe.table, stream, batch_id, counts))
        else:
            found = from_tables.write_changes(batch, recipe, read, rules)
            run.record(from_tables.entry(recipe.table, stream, batch_id, found))

    opened = streams.of_records if isinstance(recipe, FromRecords) else streams.of_changes
    streams.drain(opened(read.spark, lake, recipe), lake, recipe.table, write)


def _fill_kafka(run: Run) -> None:
    settings = run.settings.kafka
    ends = kafka.end_offsets(settings)
    checkpoint = run.checkpoint(KAFKA_MULTIPLEX)
    if checkpoints.topics_grew(checkpoint, ends):
        stream = bronze.kafka_stream(run.read, settings, ends, is_new=not checkpoint.exists)
        _drain_raw(run, stream, KAFKA_MULTIPLEX)


def _fill_landed(run: Run, table: Table) -> None:
    folder = run.settings.lake.landing(table.short_name)
    if checkpoints.files_landed(run.checkpoint(table), folder):
        _drain_raw(run, bronze.landed_stream(run.session(), folder, table), table)


def _drain_raw(run: Run, stream: DataFrame, table: Table) -> None:
    read = run.read

    def write(batch: DataFrame, stream_id: str, batch_id: int) -> None:
        rows = bronze.write_raw(batch, table, read, stream_id, batch_id)
        run.record(ops.Entry(table.short_name, stream_id, batch_id, rows, rows, 0, 0, 0))

    streams.drain(stream, run.settings.lake, table, write)


def _summarise(run: Run) -> None:
    """Print one line a table: what came of the rows it read."""
    for table in LAYERS[run.layer]:
        totals = run.totals.get(table.short_name)
        if totals:
            counts = "  ".join(f"{name.replace('_', ' ')} {totals[name]:,}" for name in _COUNTS)
            print(f"{table.name:<32} {counts}  {totals['seconds']:.1f} s", flush=True)
