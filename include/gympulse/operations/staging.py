"""Records that an operation is about to take into bronze, kept beside the lake meanwhile."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io.delta import Reader
from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.recipes import RECIPE_OF
from gympulse.settings import Rules
from gympulse.transforms.business_time import date_of
from gympulse.transforms.expectations import not_an_instant
from gympulse.transforms.recipe import FromRecords

# What one batch may hold: what the hourly jobs wait for at most, and what fits into memory.
_ROWS_PER_BATCH = 1_500_000
# Names the folder of rows whose day is unknown; days of instants begin in 2000.
_UNDATED = date(1900, 1, 1)


@dataclass(frozen=True)
class Batch:
    """Records that are taken in together.

    Attributes:
        days: Their days; ``None`` among them stands for those without a readable instant.
        rows: How many there are.
        part: Which part of their one day they are, counted from 0.
        parts: How many parts that day is cut into; 1 where the days are whole.
        files_done: How many files have no records left when they are in.
    """

    days: tuple[date | None, ...]
    rows: int
    part: int = 0
    parts: int = 1
    files_done: int = 0

    def condition(self) -> str:
        """The SQL on staged rows that picks the batch's."""
        days = ", ".join(f"DATE '{day or _UNDATED}'" for day in self.days)
        share = f" AND pmod(xxhash64(source), {self.parts}) = {self.part}"
        return f"_day IN ({days})" + (share if self.parts > 1 else "")


class Staging:
    """The new records of archives, by day, on disk.

    Attributes:
        path: Where they are.
        files: How many files they are of, once ``batches`` has looked.
    """

    def __init__(self, read: Reader, operation_id: str) -> None:
        self._read = read
        # An operation's name may hold what a path may not.
        name = hashlib.sha256(operation_id.encode()).hexdigest()[:16]
        self.path = f"{read.lake.scratch}/{name}"
        self.files = 0

    def fill(self, lines: DataFrame, rules: Rules, first: date | None, last: date | None) -> None:
        """Keep the lines that bronze does not hold yet, of the days asked for.

        Args:
            lines: Rows of ``bronze_db.kafka_multiplex``.
            rules: Business rules.
            first: First day, inclusive; None for no bound.
            last: Last day, inclusive; None for no bound. What has no readable instant belongs
                to every day.

        Replay: begins anew; lines taken in since are no longer new.
        """
        spark, lake = self._read.spark, self._read.lake
        present = (
            spark.read.format("delta")
            .load(lake.path(KAFKA_MULTIPLEX))
            .where("source != 'kafka'")
            .select("source")
        )
        new = lines.join(present, on="source", how="left_anti")
        # Each topic looks at them by itself: read and judged they are once.
        new.persist(StorageLevel.DISK_ONLY)
        try:
            rows = dated(new, rules).withColumn("_day", F.coalesce("_day", F.lit(_UNDATED)))
            is_undated = F.col("_day") == F.lit(_UNDATED)
            if first:
                rows = rows.where(is_undated | (F.col("_day") >= F.lit(first)))
            if last:
                rows = rows.where(F.col("_day") <= F.lit(last))
            rows.write.mode("overwrite").partitionBy("_day").parquet(self.path)
        finally:
            new.unpersist()

    @property
    def live(self) -> Reader:
        """Reads the lake as it is now."""
        return Reader(self._read.spark, self._read.lake, self._read.time_zone)

    def rows(self, batch: Batch | None = None) -> DataFrame:
        """The rows of a batch, or all, with ``_day``."""
        ddl = f"{KAFKA_MULTIPLEX.ddl}, _day date"
        found = self._read.spark.read.schema(ddl).parquet(self.path)
        return found.where(batch.condition()) if batch else found

    def batches(self) -> list[Batch]:
        """The batches, in the order of their days, the undated first."""
        file = F.regexp_replace("source", ":[0-9]+$", "").alias("file")
        found = self.rows().groupBy("_day", file).count().collect()
        rows: dict[date, int] = {}
        last_day: dict[str, date] = {}
        for row in found:
            rows[row["_day"]] = rows.get(row["_day"], 0) + row["count"]
            last_day[row["file"]] = max(last_day.get(row["file"], _UNDATED), row["_day"])
        self.files = len(last_day)
        return cut(rows, last_day, _ROWS_PER_BATCH)

    def clear(self) -> None:
        """Remove what is kept, of this operation and of those that were killed."""
        remove(self._read, self._read.lake)


def remove(read: Reader, lake: Lake) -> None:
    """Remove everything in the lake's scratch folder."""
    jvm = read.spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(lake.scratch)
    path.getFileSystem(read.spark._jsc.hadoopConfiguration()).delete(path, True)


def cut(rows: Mapping[date, int], last_day: Mapping[str, date], most: int) -> list[Batch]:
    """Put days together, or one day into parts, so that no batch has many more rows than ``most``.

    Args:
        rows: How many rows each day has.
        last_day: By file, the last day that it has rows of.
        most: How many rows a batch may have; a part of a day about so many.
    """
    batches: list[Batch] = []
    together: list[date] = []

    def close() -> None:
        if together:
            done = sum(1 for day in last_day.values() if day <= together[-1])
            days = tuple(None if day == _UNDATED else day for day in together)
            batches.append(Batch(days, sum(rows[day] for day in together), files_done=done))
            together.clear()

    for day in sorted(rows):
        if sum(rows[each] for each in together) + rows[day] > most:
            close()
        if rows[day] <= most:
            together.append(day)
        else:
            batches += _parts(day, rows[day], last_day, most)
    close()
    return batches


def _parts(day: date, rows: int, last_day: Mapping[str, date], most: int) -> list[Batch]:
    parts, days = -(-rows // most), (None if day == _UNDATED else day,)
    before = sum(1 for each in last_day.values() if each < day)
    after = sum(1 for each in last_day.values() if each <= day)
    return [
        Batch(days, rows // parts, part, parts, after if part == parts - 1 else before)
        for part in range(parts)
    ]


def dated(lines: DataFrame, rules: Rules) -> DataFrame:
    """Add ``_day``, the day of each record's own instant; null where it has none to be read."""
    columns = list(KAFKA_MULTIPLEX.columns)
    recipes = [
        recipe
        for recipe in RECIPE_OF.values()
        if isinstance(recipe, FromRecords) and recipe.source is KAFKA_MULTIPLEX
    ]
    record = F.struct(*columns).alias("_record")
    parts = [lines.where("topic IS NULL").withColumn("_day", F.lit(None).cast("date"))]
    for recipe in recipes:
        of_topic = lines.where(F.col("topic") == recipe.topic)
        parsed = recipe.parse(of_topic.select("value", "encoding", record), rules)
        instant = recipe.table.extent[0]
        readable = F.when(F.expr(f"NOT {not_an_instant(instant)}"), F.col(instant))
        parts.append(parsed.select("_record.*", date_of(readable, rules.time_zone).alias("_day")))
    return _union(parts)


def _union(parts: Sequence[DataFrame]) -> DataFrame:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.unionByName(part)
    return whole
