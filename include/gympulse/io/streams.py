"""Streams: open what a table reads, drain it, hand each batch over."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from gympulse.io import commits, disk, retention
from gympulse.io.delta import declared
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.transforms.recipe import FromRecords, FromTables

# What one micro-batch may hold, so that a backlog of days passes through flat memory. A reading
# takes eight bytes of bronze: these are five million, as many as bronze takes at once.
_BYTES_PER_BATCH = "40m"

WriteBatch = Callable[[DataFrame, str, int], None]


def of_records(spark: SparkSession, lake: Lake, recipe: FromRecords) -> DataFrame:
    """The bronze rows of a recipe, as a stream from the first on."""
    # An erasure rewrites rows that the stream has read, and sees to what they led to itself.
    rows = _stream(spark, lake, recipe.source, skipChangeCommits="true")
    return rows.where(F.col("topic") == recipe.topic) if recipe.topic else rows


def of_changes(spark: SparkSession, lake: Lake, recipe: FromTables) -> DataFrame:
    """The change feeds of all tables that a recipe reads, as one stream.

    Returns:
        The columns that ``recipe.touches`` names and ``_of``. Rows before and after an
        update are both there: both touch keys.
    """

    return touching(recipe, lambda table: _stream(spark, lake, table, readChangeFeed="true"))


def _stream(spark: SparkSession, lake: Lake, table: Table, **options: str) -> DataFrame:
    path = lake.path(table)
    if commits.begins(path):
        # From version 0 a new checkpoint loads no snapshot; where the log has lost it, it must.
        options["startingVersion"] = "0"
    rows = (
        spark.readStream.format("delta")
        .options(maxBytesPerTrigger=_BYTES_PER_BATCH, **options)
        .load(path)
    )
    return declared(rows, table)


def with_gone(batch: DataFrame, lake: Lake, recipe: FromTables) -> DataFrame:
    """The first batch of a stream, with rows that went before it and would not be in it.

    Where a table's log has been cut, a stream begins with the rows that are there, and what was
    made of others would stay. Whoever made it has read all changes but those of the last days.
    """
    sources = {
        table: since
        for table in recipe.touches
        if not commits.begins(lake.path(table))
        and (since := retention.changes_since(lake.path(table))) is not None
    }
    if not sources:
        return batch

    def gone(table: Table) -> DataFrame:
        rows = (
            batch.sparkSession.read.format("delta")
            .options(readChangeFeed="true", startingVersion=str(sources[table]))
            .load(lake.path(table))
        )
        return declared(rows, table).where("_change_type IN ('delete', 'update_preimage')")

    touches = {table: recipe.touches[table] for table in sources}
    found = touching(replace(recipe, touches=touches), gone)
    return batch.unionByName(found, allowMissingColumns=True)


def touching(recipe: FromTables, rows: Callable[[Table], DataFrame]) -> DataFrame:
    """What a recipe looks at of rows of the tables that it reads.

    Returns:
        The columns that ``recipe.touches`` names and ``_of``.
    """
    parts = [
        rows(table).select(
            F.lit(table.name).alias("_of"),
            *(F.expr(sql).alias(name) for name, sql in columns.items()),
        )
        for table, columns in recipe.touches.items()
    ]
    union = parts[0]
    for part in parts[1:]:
        union = union.unionByName(part, allowMissingColumns=True)
    return union


def drain(rows: DataFrame, lake: Lake, table: Table, write_batch: WriteBatch) -> None:
    """Process all that a stream's sources hold now, then return.

    Args:
        rows: The stream.
        lake: Where its checkpoint is kept.
        table: The table it fills, after which it is named.
        write_batch: Takes a batch, the stream's id and the batch's number.

    Replay: a batch that was not finished is handed over again, the same rows with the
    same number.
    """
    # A pool of its own: a table of a few rows does not queue behind a large one's tasks.
    rows.sparkSession.sparkContext.setLocalProperty("spark.scheduler.pool", table.short_name)
    stream_id: Future[str] = Future()
    partitions = rows.sparkSession.conf.get("spark.sql.shuffle.partitions")

    def hand_over(batch: DataFrame, batch_id: int) -> None:
        # A checkpoint keeps those of where the stream began, which may be a smaller cluster.
        batch.sparkSession.conf.set("spark.sql.shuffle.partitions", partitions)
        # Of what fails in here, Spark hands on no more than the first line.
        with disk.said(lake):
            write_batch(batch, stream_id.result(), batch_id)

    query = (
        rows.writeStream.foreachBatch(hand_over)
        .option("checkpointLocation", lake.checkpoint(table.short_name))
        .queryName(table.short_name)
        .trigger(availableNow=True)
        .start()
    )
    stream_id.set_result(query.id)
    query.awaitTermination()
