"""Archives: find their files, read their lines as bronze rows, each known by file and line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlparse

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from gympulse.io.bronze import FILES
from gympulse.io.kafka import TOPICS
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.transforms.bronze.archive_lines import ArchiveLine, archive_line
from gympulse.transforms.business_time import date_of

_ROW = {
    "source": pa.string(),
    "value": pa.string(),
    "encoding": pa.string(),
    "topic": pa.string(),
    "key": pa.string(),
    "partition": pa.int32(),
    "offset": pa.int64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Files:
    """Files below a folder.

    Attributes:
        folder: The folder.
        paths: Where they are; hidden names, of ``.`` or ``_``, are not files yet.
        bytes: Their size together.
    """

    folder: str
    paths: tuple[str, ...] = ()
    bytes: int = 0


def find(spark: SparkSession, folder: str) -> Files:
    """The files below a folder, at any depth; none where there is no folder."""
    try:
        listed = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
        found = listed.schema(FILES).load(folder).select("path", "length").collect()
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        return Files(folder)
    return Files(
        folder, tuple(sorted(row["path"] for row in found)), sum(row["length"] for row in found)
    )


def lines(spark: SparkSession, files: Files, time_zone: str) -> DataFrame:
    """The lines of archives as rows of ``bronze_db.kafka_multiplex``.

    A file of any size is read in pieces, side by side; ``source`` is ``file:line``, the file
    named from the archives' folder on. A line that is no record has no topic, and is its value.

    Args:
        spark: The session.
        files: Which; without any there are no lines.
        time_zone: The business time zone.
    """
    if not files.paths:
        return spark.createDataFrame([], KAFKA_MULTIPLEX.ddl)
    text = (
        # Names are names, whatever patterns they would read as, or columns of partitions.
        spark.read.options(lineSep="\n", __globPaths__="false", recursiveFileLookup="true")
        .text(list(files.paths))
        .select(
            F.col("value").cast("binary").alias("line"),
            F.col("_metadata.file_path").alias("file"),
            F.col("_metadata.file_block_start").alias("block"),
            F.monotonically_increasing_id().alias("id"),
        )
    )
    rows = placed(text, files.folder).select("line", "source").mapInArrow(_reader(), _ddl())
    return rows.select(
        "key",
        "value",
        "encoding",
        "topic",
        "partition",
        "offset",
        "timestamp",
        date_of(F.col("timestamp"), time_zone).alias("date"),
        "source",
        F.current_timestamp().alias("load_time"),
    )


def placed(text: DataFrame, folder: str) -> DataFrame:
    """Add each line's ``source``: ``file:line``, the first line of a file being 1.

    A block of a file is read by one task, in order: a line's number is that of the block's
    first and its place after that. Counting the blocks' lines takes one more pass over the
    text, but no sort.

    Args:
        text: Lines with ``file``, ``block`` (where in the file it begins, in bytes) and ``id``,
            which grows by one from line to line of a block.
        folder: What the file is named from.
    """
    blocks = text.groupBy("file", "block").agg(
        F.min("id").alias("first_id"), F.count(F.lit(1)).alias("count")
    )
    lines_before: dict[str, int] = {}
    shifts = []
    for row in sorted(blocks.collect(), key=lambda row: (row["file"], row["block"])):
        before = lines_before.get(row["file"], 0)
        name = _name(row["file"], folder)
        shifts.append((row["file"], row["block"], name, before + 1 - row["first_id"]))
        lines_before[row["file"]] = before + row["count"]
    known = text.sparkSession.createDataFrame(
        shifts, "file string, block bigint, name string, shift bigint"
    )
    return text.join(F.broadcast(known), on=["file", "block"], how="inner").withColumn(
        "source", F.concat_ws(":", "name", F.col("id") + F.col("shift"))
    )


def _name(path: str, folder: str) -> str:
    """A file's name from its folder on; Spark encodes the paths it gives."""
    root = urlparse(folder).path.rstrip("/") + "/"
    return unquote(urlparse(path).path).removeprefix(root)


def _ddl() -> str:
    return ", ".join(f"`{name}` {KAFKA_MULTIPLEX.schema[name]}" for name in _ROW)


def _reader() -> Callable[[Iterator[Any]], Iterator[Any]]:
    topics, schema = TOPICS, pa.schema(list(_ROW.items()))

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = [
                _row(found, source)
                for line, source in zip(*(c.to_pylist() for c in batch.columns), strict=True)
                if (found := archive_line(line, topics))
            ]
            yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return read


def _row(line: ArchiveLine, source: str) -> dict[str, Any]:
    return {
        "source": source,
        "value": line.value,
        "encoding": line.encoding,
        "topic": line.topic,
        "key": line.key,
        "partition": line.partition,
        "offset": line.offset,
        "timestamp": line.timestamp,
    }
