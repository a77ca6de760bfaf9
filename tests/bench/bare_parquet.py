"""Plain Spark, beside which the hour is measured: topics read in batch, written as Parquet."""

import sys

from pyspark.sql import SparkSession


def main(servers: str, folder: str) -> None:
    """Copy all that the topics hold."""
    spark = SparkSession.builder.appName("bare").getOrCreate()
    topics = (
        spark.read.format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("subscribe", "bpm,workout,user_info")
        .load()
    )
    topics.write.parquet(folder)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
