"""Where the jobs' Spark spills."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gympulse import spark_scratch

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_spark_spills_to_the_process_s_folder(spark: SparkSession) -> None:
    blocks = spark.sparkContext._jvm.org.apache.spark.SparkEnv.get().blockManager()
    places = [Path(each.getPath()) for each in blocks.diskBlockManager().localDirs()]
    assert [place.parent for place in places] == [Path(spark_scratch.folder())]
