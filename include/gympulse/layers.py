"""Run a layer: every table takes what its sources have gained, in the order of what reads what."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from gympulse import intake, volume_rules
from gympulse.io import (
    bronze,
    checkpoints,
    from_records,
    from_tables,
    ops,
    positions,
    quality,
    restore_points,
    schema,
    streams,
    volumes,
)
from gympulse.io.completeness import Completeness
from gympulse.io.locks import PATIENCE_SECONDS, running
from gympulse.io.quality import Finding
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
from gympulse.recipes import RECIPE_OF, RECIPES, refuse_actions
from gympulse.run import COUNTS, Run
from gympulse.session import Session
from gympulse.settings import Settings
from gympulse.transforms.recipe import FromRecords, FromTables

log = logging.getLogger(__name__)

# Small batches wait more than they work, so some run beside the large one.
_SIDE_BY_SIDE = 4

Fill = Callable[[Run], None]


def run_layer(layer: str, settings: Settings, session: Session) -> None:
    """Run a layer's job to its end, and record what the layer then is complete through.

    Raises:
        GympulseError: Something a sentence explains; what could be done was done.

    Replay: streams resume where they were; a batch that is repeated changes nothing.
    """
    # Airflow's retry may come while the try before it still ends: its retries are too dear to
    # be used up by that. A person is told at once.
    patience = PATIENCE_SECONDS if settings.airflow_run else 0
    with running(layer, settings.lake, session.gateway, patience):
        run = fill_layer(layer, settings, session)
        if layer == "gold":
            restore_points.record(settings.lake, run.run_id, settings.airflow_run)


def fill_layer(layer: str, settings: Settings, session: Session) -> Run:
    """Do what ``run_layer`` does, for a caller that is the layer's writer already."""
    lake = settings.lake
    refuse_actions(settings.rules)
    began_at = datetime.now(UTC)
    below = Completeness(lake, BELOW[layer]).latest() if layer in BELOW else None
    schema.create(lake, (*LAYERS[layer], *LAYERS.get(BELOW.get(layer, ""), ()), *OPS))
    _follow_model(layer, lake)
    run = Run(layer, settings, session)
    try:
        _fill_all(run, _bronze(run) if layer == "bronze" else _recipes(layer))
    finally:
        _summarise(run)
    if layer == "silver":
        _look_at_volumes(run)
    ops.complete(lake, run.run_id, layer, began_at, below)
    return run


def _look_at_volumes(run: Run) -> None:
    """Tell what is unusual of what the sources have brought.

    Raises:
        NotExpected: It is such that the layer is to fail; what was taken in stays.
    """
    lake, now = run.settings.lake, datetime.now(UTC)
    fed = [table for table, recipe in RECIPE_OF.items() if isinstance(recipe, FromRecords)]
    taken = volumes.taken(lake, now - timedelta(weeks=volume_rules.WEEKS, hours=1))
    found = volume_rules.look(taken, fed, run.run_id, now, run.settings.rules)
    quality.record(lake, run.run_id, run.layer, run.run_id, 0, found)
    quality.refuse(found)


def _follow_model(layer: str, lake: Lake) -> None:
    """Bring the tables that a layer writes to what is declared of them."""
    schema.follow(lake, LAYERS[layer])
    if layer == "silver":
        schema.follow(lake, [QUARANTINE])
    for table in OPS:
        if table is not QUARANTINE:
            with ops.lock(lake, table):
                schema.follow(lake, [table])


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
            _looks_at(recipe) & tables,
        )
        for recipe in RECIPES[layer]
    }


def _looks_at(recipe: FromRecords | FromTables) -> set[Table]:
    """The tables that must be filled before a recipe's."""
    if isinstance(recipe, FromTables):
        return set(recipe.touches)
    return {reference.of for reference in recipe.references}


def _bronze(run: Run) -> dict[Table, tuple[Fill, set[Table]]]:
    def landed(table: Table) -> Fill:
        return lambda run: _fill_landed(run, table)

    before = {REGISTERED_USERS} if run.is_anyone_erased else set()
    return {
        KAFKA_MULTIPLEX: (_fill_kafka, before),
        REGISTERED_USERS: (landed(REGISTERED_USERS), set()),
        GYM_LOGINS: (landed(GYM_LOGINS), before),
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
    run.totals[table.short_name] = dict.fromkeys((*COUNTS, "seconds"), 0)
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
    read, names = run.read, positions.names_of(lake, sources)

    def write(batch: DataFrame, stream: str, batch_id: int) -> None:
        def note(finding: Finding) -> None:
            quality.record(lake, run.run_id, run.layer, stream, batch_id, [finding])

        began = time.monotonic()
        if isinstance(recipe, FromRecords):
            counts = from_records.write_records(batch, recipe, read, rules, note)
            entry = from_records.entry(recipe.table, stream, batch_id, counts)
        else:
            batch = batch if batch_id else streams.with_gone(batch, lake, recipe)
            found = from_tables.write_changes(batch, recipe, read, rules, note)
            entry = from_tables.entry(recipe.table, stream, batch_id, found)
        place = positions.of_tables(run.checkpoint(recipe.table), batch_id, names)
        run.record(recipe.table, entry, place, time.monotonic() - began)

    opened = streams.of_records if isinstance(recipe, FromRecords) else streams.of_changes
    streams.drain(opened(read.spark, lake, recipe), lake, recipe.table, write)


def _fill_kafka(run: Run) -> None:
    try:
        rows = intake.kafka_rows(run)
        if rows is not None:
            _drain_raw(run, rows, KAFKA_MULTIPLEX)
    except PySparkException as error:
        # Records may go between the look at the broker and the read, which Spark notices.
        intake.check(run, error)
        raise


def _fill_landed(run: Run, table: Table) -> None:
    folder = run.settings.lake.landing(table.short_name)
    if checkpoints.files_landed(run.checkpoint(table), folder):
        _drain_raw(run, bronze.landed_stream(run.session(), folder, table, run.erased_at), table)


def _drain_raw(run: Run, stream: DataFrame, table: Table) -> None:
    read, suppressed = run.read, run.suppressed

    def write(batch: DataFrame, stream_id: str, batch_id: int) -> None:
        began = time.monotonic()
        rows = bronze.write_raw(batch, table, read, stream_id, batch_id, suppressed)
        entry = ops.Entry(table.short_name, stream_id, batch_id, rows, rows, 0, 0, 0)
        is_kafka, checkpoint = table is KAFKA_MULTIPLEX, run.checkpoint(table)
        place = positions.of_topics(checkpoint, batch_id) if is_kafka else positions.NOWHERE
        run.record(table, entry, place, time.monotonic() - began)

    streams.drain(stream, run.settings.lake, table, write)


def _summarise(run: Run) -> None:
    """Print one line a table: what came of the rows it read."""
    for table in LAYERS[run.layer]:
        totals = run.totals.get(table.short_name)
        if totals:
            counts = "  ".join(f"{name.replace('_', ' ')} {totals[name]:,}" for name in COUNTS)
            print(f"{table.name:<32} {counts}  {totals['seconds']:.1f} s", flush=True)
