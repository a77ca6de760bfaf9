"""The shared session, set for frames of a few rows."""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

# What fails in shared helpers is told as fully as in tests.
pytest.register_assert_rewrite("spark.frames")

SHUFFLE = "spark.sql.shuffle.partitions"


@pytest.fixture(scope="package")
def spark(spark: SparkSession) -> Iterator[SparkSession]:
    """One task a shuffle: more cost a third of the time here, and change no result."""
    before = spark.conf.get(SHUFFLE)
    spark.conf.set(SHUFFLE, "1")
    yield spark
    spark.conf.set(SHUFFLE, before)
