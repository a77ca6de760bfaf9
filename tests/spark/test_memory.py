"""What a small join keeps in memory, of which a run has hundreds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_JOINS, _MIB_EACH = 10, 4


def test_a_small_table_that_is_joined_takes_little_memory(spark: SparkSession) -> None:
    """A query builds all of its tables at once: a page of 64 MB for each would fill the heap."""
    _joined(spark, _JOINS).collect()
    before = _used(spark)
    kept = [_joined(spark, number) for number in range(_JOINS)]
    assert [sorted(row.key for row in frame.collect()) for frame in kept] == [["0", "1"]] * _JOINS
    assert _used(spark) - before < _JOINS * _MIB_EACH


def _joined(spark: SparkSession, number: int) -> DataFrame:
    """Rows with a key of text, which no denser kind of hash table takes, each time anew."""
    few = spark.range(2).select(F.col("id").cast("string").alias("key"), F.lit(number))
    return (
        spark.range(9).select(F.col("id").cast("string").alias("key")).join(F.broadcast(few), "key")
    )


def _used(spark: SparkSession) -> float:
    """MiB of the heap that a full collection leaves."""
    java = spark.sparkContext._jvm.java.lang
    java.System.gc()
    return (
        java.management.ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 2**20
    )
