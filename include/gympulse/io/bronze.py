"""Bronze: take in raw records, exactly once."""

import json
from collections.abc import Mapping
from datetime import datetime

import pyarrow.compute as pc
from deltalake import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from gympulse.io.delta import Reader, append
from gympulse.io.kafka import Offsets
from gympulse.io.kafka_clients import for_java
from gympulse.io.kafka_topics import Known
from gympulse.kafka_settings import Kafka
from gympulse.lake import Lake
from gympulse.model.bronze import TOPICS
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.transforms.bronze.batches import landed_reader
from gympulse.transforms.business_time import date_of
from gympulse.transforms.suppression import Suppressed, eraser

# A file that is much older than the newest, as copies keep their age and clocks are put right, is
# read like any other; Spark's default leaves out what is a week older.
_ANY_AGE = "36500d"
# What one micro-batch may hold, so that a backlog of days passes through flat memory.
_OFFSETS_PER_BATCH = 5_000_000
_BYTES_OF_FILES_PER_BATCH = 64 << 20
FILES = "path string, modificationTime timestamp, length bigint, content binary"


def kafka_stream(
    read: Reader, kafka: Kafka, begin: Offsets | None, not_before: datetime | None = None
) -> DataFrame:
    """The topics as a stream of rows of ``bronze_db.kafka_multiplex``.

    Records that are gone before they were read make it fail, as is Spark's default. A topic made
    anew gives its offsets once more: its rows stand beside the old one's, and only ``load_time``
    tells two of one offset apart. The quarantine, which names records by their offset, then has
    the first of two that break the same rule.

    Args:
        read: Reads the lake.
        kafka: How to reach the broker.
        begin: By topic and partition, where a stream without a checkpoint begins; None for the
            earliest records. A stream with one goes on where it was.
        not_before: See ``load_time``.
    """
    options = {f"kafka.{name}": value for name, value in for_java(kafka).items()}
    records = (
        read.spark.readStream.format("kafka")
        # Transactions that were aborted never happened.
        .option("kafka.isolation.level", "read_committed")
        # A pattern, because a topic that is missing is no error, and may come later.
        .option("subscribePattern", "|".join(TOPICS))
        .option("startingOffsets", json.dumps(begin) if begin else "earliest")
        .option("maxOffsetsPerTrigger", _OFFSETS_PER_BATCH)
        .options(**options)
        .load()
    )
    value, key = _text(F.col("value")), _text(F.col("key"))
    is_text = F.col("value").isNull() | _is_utf8(F.col("value"))
    return records.select(
        key.alias("key"),
        value.alias("value"),
        F.when(is_text, "utf-8").otherwise("base64").alias("encoding"),
        "topic",
        "partition",
        "offset",
        "timestamp",
        date_of(F.col("timestamp"), read.time_zone).alias("date"),
        F.lit("kafka").alias("source"),
        load_time(not_before).alias("load_time"),
    )


def load_time(not_before: datetime | None) -> Column:
    """When rows enter the lake.

    Args:
        not_before: An instant that what came in before is told by. A clock that was put back
            since puts no later row before it.
    """
    now = F.current_timestamp()
    return now if not_before is None else F.greatest(now, F.lit(not_before))


def newest(lake: Lake) -> datetime | None:
    """The latest ``load_time`` of what bronze has of Kafka and archives; None of nothing."""
    rows = DeltaTable(lake.path(KAFKA_MULTIPLEX)).to_pyarrow_dataset()
    found = (pc.max(batch.column(0)).as_py() for batch in rows.to_batches(columns=["load_time"]))
    return max((at for at in found if at is not None), default=None)


def held(read: Reader, known: Mapping[str, Known]) -> Offsets:
    """By topic and partition, the offset after the last that bronze has of Kafka.

    Args:
        read: Reads the lake.
        known: The topics that were read. Where bronze went on after a loss, only rows taken in
            since count: a topic made anew gives its offsets once more.
    """
    rows = read(KAFKA_MULTIPLEX).where("source = 'kafka'")
    after: Offsets = {}
    for topic, of_topic in known.items():
        for partition, begin in of_topic.begins.items():
            after.setdefault(topic, {})[partition] = begin.offset
            rows = rows.where(
                f"NOT (topic = '{topic}' AND partition = {partition} "
                f"AND load_time < TIMESTAMP '{begin.at}')"
            )
    found = rows.groupBy("topic", "partition").agg((F.max("offset") + 1).alias("next"))
    for row in found.collect():
        after.setdefault(row["topic"], {})[row["partition"]] = row["next"]
    return after


def _is_utf8(bytes_: Column) -> Column:
    return F.is_valid_utf8(bytes_.cast("string"))


def _text(bytes_: Column) -> Column:
    return F.when(_is_utf8(bytes_), bytes_.cast("string")).otherwise(F.base64(bytes_))


def landed_stream(
    spark: SparkSession, folder: str, table: Table, not_before: datetime | None = None
) -> DataFrame:
    """The files of a landing folder as a stream of rows of a bronze table.

    Hidden names are not files yet. A file enters a batch whole. For ``not_before`` see
    ``load_time``.
    """
    files = (
        spark.readStream.format("binaryFile")
        .schema(FILES)
        .option("maxBytesPerTrigger", _BYTES_OF_FILES_PER_BATCH)
        .option("maxFileAge", _ANY_AGE)
        .load(folder)
    )
    named = files.withColumn("name", F.element_at(F.split("path", "/"), -1))
    return landed_rows(named, table, not_before)


def landed_rows(files: DataFrame, table: Table, not_before: datetime | None = None) -> DataFrame:
    """The lines of landed files, with ``name`` and ``content``, as rows of a bronze table."""
    lines = files.select("name", "content").mapInArrow(
        landed_reader(tuple(table.types)), _lines_ddl(table)
    )
    return lines.withColumn("load_time", load_time(not_before))


def _lines_ddl(table: Table) -> str:
    columns = {name: type_ for name, type_ in table.schema.items() if name != "load_time"}
    return ", ".join(f"`{name}` {type_}" for name, type_ in columns.items())


def without_suppressed(rows: DataFrame, table: Table, suppressed: Suppressed | None) -> DataFrame:
    """Rows of a bronze table, those without content that are of members who were erased.

    Args:
        rows: The table's columns, and others, which are left out.
        table: The bronze table.
        suppressed: What is suppressed; where nobody was ever erased, the rows stay as they are.
    """
    if suppressed is None:
        return rows
    return rows.select(*table.columns).mapInArrow(eraser(table, suppressed), table.ddl)


def write_raw(
    batch: DataFrame,
    table: Table,
    read: Reader,
    stream: str,
    batch_id: int,
    suppressed: Suppressed | None = None,
) -> int:
    """Append a batch as it is, but for what is suppressed.

    Returns:
        Its number of rows.

    Replay: the commit carries the batch's number, and a batch that was committed is only
    counted.
    """
    batch = without_suppressed(batch, table, suppressed)
    present = DeltaTable(read.lake.path(table))
    done = present.transaction_version(stream)
    if done is not None and done >= batch_id:
        return batch.count()
    is_of_files = "source_file" in table.columns
    if is_of_files and present.version() and (batch_id == 0 or suppressed):
        # The checkpoint is new but the table is not: files that it holds are not taken again.
        # Nor are old ones that an erasure has written anew, which Spark has forgotten.
        files = read(table).select("source_file").distinct()
        batch = batch.join(F.broadcast(files), on="source_file", how="left_anti")
    if is_of_files:
        # A file whose name reads as a pattern makes Spark read the files it matches once more.
        batch = batch.dropDuplicates(["source_file", "line"])
    if batch.isEmpty():
        return 0
    append(batch, read.lake, table, txnAppId=stream, txnVersion=str(batch_id))
    present.update_incremental()
    return int(present.history(1)[0]["operationMetrics"]["numOutputRows"])
