"""Bronze back to a restore point: only where all that it has taken in since can be read again."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from deltalake import DeltaTable
from pyspark.sql import functions as F

from gympulse.io import bronze, files, kafka, kafka_faults, kafka_topics
from gympulse.io.changes import commits
from gympulse.io.checkpoints import Checkpoint, Position, name_of
from gympulse.io.delta import Reader
from gympulse.io.kafka import Offsets
from gympulse.io.kafka_topics import Known
from gympulse.io.putting_back import new_stream
from gympulse.io.restore_points import RestorePoint
from gympulse.io.restoring import Landed, Restoring
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, KAFKA_MULTIPLEX
from gympulse.session import Session
from gympulse.settings import Settings

_FILES = tuple(table for table in BRONZE if table is not KAFKA_MULTIPLEX)


def problems(settings: Settings, session: Session, point: RestorePoint) -> list[str]:
    """What keeps bronze from going back to a point, each a sentence; nothing is changed.

    Args:
        settings: The lake, and how to reach Kafka.
        session: Starts Spark.
        point: The point.
    """
    unpinned = [table for table in BRONZE if table.name not in point.versions]
    if unpinned:
        return [f"{t.name}: silver's tables had read different versions of it." for t in unpinned]
    lake = settings.lake
    found = [problem for table in BRONZE for problem in _of_operations(lake, table, point)]
    found += _of_kafka(settings, session, point)
    for table in _FILES:
        found += _of_files(lake, table, point.versions[table.name])
    return found


def _of_operations(lake: Lake, table: Table, point: RestorePoint) -> Iterator[str]:
    """What was added since by others than streams, which would be lost."""
    version = DeltaTable(lake.path(table)).version()
    rows: dict[str, int] = {}
    try:
        for commit in commits(lake.path(table), point.versions[table.name] + 1, version):
            if commit.has_changes and not commit.is_streams:
                name = commit.name or "somebody"
                rows[name] = rows.get(name, 0) + commit.rows
    except FileNotFoundError:
        yield f"{table.name}: its log no longer holds what came after the point."
    for name, count in rows.items():
        yield f"{table.name}: {name} has added {count:,} rows since, which no stream brings again."


def _of_kafka(settings: Settings, session: Session, point: RestorePoint) -> Iterator[str]:
    lake, then = settings.lake, point.versions[KAFKA_MULTIPLEX.name]
    if settings.kafka is None:
        yield "--kafka-bootstrap-servers is missing: only Kafka knows what it still holds."
        return
    known = kafka_topics.read(lake.topics)
    for name, topic in known.items():
        since = [
            b for b in topic.begins.values() if datetime.fromisoformat(b.at) > point.recorded_at
        ]
        if since:
            yield f"{name}: a loss was accepted since; Kafka no longer holds what came before it."
    again, found = _read_again(settings, session, then, known), kafka.topics(settings.kafka)
    yield from (fault.sentence for fault in kafka_faults.find(found, Position(again, again), known))
    yield from (f"{name}: Kafka has no such topic." for name in sorted(known.keys() - found.keys()))


def _read_again(
    settings: Settings, session: Session, then: int, known: Mapping[str, Known]
) -> Offsets:
    """By topic and partition, the first offset that is to be read of Kafka again."""
    spark, lake, zone = session(), settings.lake, settings.rules.time_zone
    rows = Reader(spark, lake, zone)(KAFKA_MULTIPLEX).where("source = 'kafka'")
    again: Offsets = {}
    # Of a partition that bronze had nothing of it is the first that bronze has.
    for row in rows.groupBy("topic", "partition").agg(F.min("offset").alias("first")).collect():
        again.setdefault(row["topic"], {})[row["partition"]] = row["first"]
    held = bronze.held(Reader(spark, lake, zone, {KAFKA_MULTIPLEX.name: then}), known)
    return {name: again.get(name, {}) | held.get(name, {}) for name in {*again, *held}}


def _of_files(lake: Lake, table: Table, then: int) -> Iterator[str]:
    checkpoint = Checkpoint(lake.checkpoint(table.short_name))
    if checkpoint.exists and checkpoint.noted_files() is None:
        yield f"{table.name}: which files its stream has taken is unknown; run the bronze job once."
    gone = _sources(lake, table) - _sources(lake, table, then)
    folder = lake.landing(table.short_name)
    if missing := sorted(gone - files.names(folder)):
        some = ", ".join(missing[:3])
        yield f"{table.name}: {len(missing):,} files are no longer in {folder}, such as {some}."


def _sources(lake: Lake, table: Table, version: int | None = None) -> set[str]:
    """The landed files that a version of a table has lines of."""
    found: set[str] = set()
    rows = DeltaTable(lake.path(table), version=version).to_pyarrow_dataset()
    for batch in rows.to_batches(columns=["source_file"]):
        found.update(batch.column(0).unique().to_pylist())
    return found


def landed(lake: Lake, then: Mapping[str, int]) -> dict[str, Landed]:
    """What the streams of files will have taken once bronze is put back; see ``Restoring``."""
    found: dict[str, Landed] = {}
    for table in (table for table in _FILES if table.name in then):
        checkpoint = Checkpoint(lake.checkpoint(table.short_name))
        lines, stays = checkpoint.finished(), _sources(lake, table, then[table.name])
        noted = [file for file in checkpoint.noted_files() or () if name_of(file) in stays]
        if lines and noted:
            of_one_batch = [{**file, "batchId": 0} for file in noted]
            found[table.name] = {"lines": [lines[0], {"logOffset": 0}], "files": of_one_batch}
    return found


def begin_streams(lake: Lake, under_way: Restoring) -> None:
    """Let bronze's streams begin anew where the tables now end.

    Kafka's has no checkpoint then, and begins after what bronze holds.

    Replay: finds what is done.
    """
    for table in BRONZE:
        if under_way.now.get(table.name) == under_way.then.get(table.name):
            continue
        if table is KAFKA_MULTIPLEX:
            Checkpoint(lake.checkpoint(table.short_name)).move_aside()
        else:
            told = under_way.landed.get(table.name, {"lines": None, "files": []})
            new_stream(lake, table, under_way.operation, told["lines"], told["files"])


def first_undone(lake: Lake, under_way: Restoring) -> datetime | None:
    """When the first commit was made that bronze no longer has; None where it has all."""
    found = [
        commit.at
        for table in BRONZE
        if table.name in under_way.then
        for then in [under_way.then[table.name]]
        if then < under_way.now[table.name]
        for commit in commits(lake.path(table), then + 1, then + 1)
    ]
    return min(found, default=None)
