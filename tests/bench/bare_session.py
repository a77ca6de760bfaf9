"""Plain Spark, beside which the hour without data is measured: start and stop."""

from pyspark.sql import SparkSession

if __name__ == "__main__":
    SparkSession.builder.appName("bare").getOrCreate().stop()
