"""Archives: find their files, read their lines as bronze rows, each known by file and line."""

from collections.abc import Iterable
from os.path import realpath
from urllib.parse import unquote

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from gympulse.io.bronze import FILES
from gympulse.model.bronze import TOPICS
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.transforms.bronze.batches import ARCHIVED, archive_reader
from gympulse.transforms.business_time import date_of

_CHANGED = (
    "An archive changed while it was read. Nothing was loaded; start the load again when the "
    "file is whole. Until then its name should begin with an underscore."
)


def find(spark: SparkSession, folder: str, is_deep: bool = True) -> dict[str, int]:
    """The files in a folder and, if deep, below it; none where there is no folder.

    Returns:
        Bytes by path, in order. Hidden names, of ``.`` or ``_``, are not files yet.
    """
    try:
        listed = spark.read.options(recursiveFileLookup=is_deep, __globPaths__="false")
        rows = listed.format("binaryFile").schema(FILES).load(folder)
        found = rows.select("path", "length").collect()
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        return {}
    return dict(sorted((row["path"], row["length"]) for row in found))


def name_of(path: str, home: str) -> str:
    """What a file is known by, however the folder to look in was spelled.

    Args:
        path: The file, as a path or as the URI of one.
        home: The folder that such files have in the lake.

    Returns:
        The path from there on; the whole path of a file elsewhere.
    """
    return _whole(path).removeprefix(f"{_whole(home)}/")


def _whole(path: str) -> str:
    local = f"/{path.removeprefix('file:').lstrip('/')}" if path.startswith("file:") else path
    return path.rstrip("/") if "://" in local else realpath(local)


def lines(spark: SparkSession, paths: Iterable[str], home: str, time_zone: str) -> DataFrame:
    """The lines of archives as rows of ``bronze_db.kafka_multiplex``.

    A file of any size is read in pieces, side by side; ``source`` is ``file:line``, the file
    named as ``name_of`` does. A line that is no record has no topic, and is its value.

    Args:
        spark: The session.
        paths: Of which files; without any there are no lines.
        home: The folder that archives have in the lake.
        time_zone: The business time zone.
    """
    if not (files := list(paths)):
        return spark.createDataFrame([], KAFKA_MULTIPLEX.ddl)
    text = (
        # Names are names, whatever patterns they would read as, or columns of partitions.
        spark.read.options(lineSep="\n", __globPaths__="false", recursiveFileLookup="true")
        .text(files)
        .select(
            F.col("value").cast("binary").alias("line"),
            F.col("_metadata.file_path").alias("file"),
            F.col("_metadata.file_block_start").alias("block"),
            F.monotonically_increasing_id().alias("id"),
        )
    )
    rows = placed(text, home).select("line", "source").mapInArrow(archive_reader(TOPICS), _ddl())
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


def placed(text: DataFrame, home: str) -> DataFrame:
    """Add each line's ``source``: ``file:line``, the first line of a file being 1.

    A block of a file is read by one task, in order: a line's number is that of the block's
    first and its place after that. Counting the blocks' lines takes one more pass over the
    text, but no sort. A block that one look found and the other did not is an error.

    Args:
        text: Lines with ``file``, ``block`` (where in the file it begins, in bytes) and ``id``,
            which grows by one from line to line of a block.
        home: The folder that archives have in the lake.
    """
    blocks = text.groupBy("file", "block").agg(
        F.min("id").alias("first_id"), F.count(F.lit(1)).alias("count")
    )
    lines_before: dict[str, int] = {}
    known = []
    for row in sorted(blocks.collect(), key=lambda row: (row["file"], row["block"])):
        before, name = lines_before.get(row["file"], 0), name_of(unquote(row["file"]), home)
        known.append((*row, name, before))
        lines_before[row["file"]] = before + row["count"]
    ddl = "file string, block bigint, first_id bigint, count bigint, name string, before bigint"
    found = F.broadcast(text.sparkSession.createDataFrame(known, ddl))
    place = F.col("id") - F.col("first_id")
    is_as_counted = F.col("name").isNotNull() & (place < F.col("count"))
    source = F.concat_ws(":", "name", F.col("before") + place + 1)
    return text.join(found, on=["file", "block"], how="left").withColumn(
        "source", F.when(is_as_counted, source).otherwise(F.raise_error(F.lit(_CHANGED)))
    )


def _ddl() -> str:
    return ", ".join(f"`{name}` {KAFKA_MULTIPLEX.schema[name]}" for name in ARCHIVED)
