"""When what a record says until the next one may have changed."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def altered(changed: DataFrame, present: DataFrame) -> DataFrame:
    """The stretches of time in which changed records may alter what holds.

    At an instant holds what the latest records at or before it say; before the first of
    them, what a later one says. So records that came or went alter what holds from their
    instant until the next one that has records, and may alter what holds before the first.

    Args:
        changed: Two columns, whom records are about and their instant, of those that came
            or went.
        present: The same of all that are there, at least about the same.

    Returns:
        The first of the columns, ``altered_from`` (inclusive; null: since ever) and
        ``altered_until`` (exclusive; null: for ever).
    """
    of, at = changed.columns
    in_order = Window.partitionBy(of).orderBy(at)
    instants = (
        present.join(F.broadcast(changed.select(of).distinct()), on=of, how="left_semi")
        .withColumn("_is_changed", F.lit(False))
        .unionByName(changed.withColumn("_is_changed", F.lit(True)))
        .groupBy(of, at)
        .agg(F.max("_is_changed").alias("_is_changed"))
        .withColumn("_next", F.lead(at).over(in_order))
        .withColumn("_is_first", F.row_number().over(in_order) == 1)
    )
    since_ever = F.lit(None).cast("timestamp")
    before_all = instants.where("_is_first").select(
        of, since_ever.alias("altered_from"), F.col(at).alias("altered_until")
    )
    return (
        instants.where("_is_changed")
        .select(of, F.col(at).alias("altered_from"), F.col("_next").alias("altered_until"))
        .unionByName(before_all)
    )
