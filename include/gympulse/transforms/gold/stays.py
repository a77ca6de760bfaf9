"""Stays: when a phone was in a gym, and when its owner exercised there.

A stay is a stretch of instants ``[begin, end)``; what it is of stands in its other columns.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from gympulse.transforms.business_time import date_of, hour_of

_STRETCH = ("begin", "end")
_QUARTER, _MINUTE = 900, 60


def merged(pieces: DataFrame) -> DataFrame:
    """The union of the stretches that are of the same, as stretches that do not overlap."""
    of = _of(pieces)
    in_order = Window.partitionBy(*of).orderBy("begin", "end")
    before = in_order.rowsBetween(Window.unboundedPreceding, -1)
    is_new = F.coalesce(F.col("begin") > F.max("end").over(before), F.lit(True))
    return (
        pieces.withColumn("_is_new", is_new.cast("int"))
        .withColumn("_stretch", F.sum("_is_new").over(in_order))
        .groupBy(*of, "_stretch")
        .agg(F.min("begin").alias("begin"), F.max("end").alias("end"))
        .drop("_stretch")
    )


def exercise(stays: DataFrame, sessions: DataFrame, owners: DataFrame) -> DataFrame:
    """Parts of stays in which the phone's owner had a workout running, with ``workout_id``.

    Args:
        stays: ``mac_address`` among what they are of.
        sessions: Rows of ``silver_db.completed_workouts`` that overlap the stays.
        owners: As ``ownership`` gives them, of phones.
    """
    return (
        stays.join(owners, on="mac_address", how="inner")
        .join(
            sessions.select("user_id", "workout_id", "start_time", "end_time"),
            on="user_id",
            how="inner",
        )
        .select(
            *_of(stays),
            "workout_id",
            F.greatest("begin", "owned_from", "start_time").alias("begin"),
            F.least("end", "owned_until", "end_time").alias("end"),
        )
        .where("end > begin")
    )


def cut_at_hours(stretches: DataFrame, time_zone: str) -> DataFrame:
    """Pieces that each lie in one hour of the business clock, with its ``date`` and ``hour``.

    Since 2000 every zone is some quarters of an hour off UTC, so within a quarter of UTC the
    clock's hour changes only where clocks are changed. That may be a minute past the hour, as
    in Newfoundland until 2011.
    """
    quarters = _cut(stretches, F.lit(_QUARTER))
    is_within_one = F.lit(True)
    for of in (date_of, hour_of):
        is_within_one &= of(F.col("begin"), time_zone) == of(_last("end"), time_zone)
    pieces = _cut(quarters, F.when(is_within_one, _QUARTER).otherwise(_MINUTE))
    return pieces.withColumns(
        {"date": date_of(F.col("begin"), time_zone), "hour": hour_of(F.col("begin"), time_zone)}
    )


def _cut(stretches: DataFrame, seconds: Column) -> DataFrame:
    """Pieces between the multiples of so many seconds since 1970."""
    first, last = (
        F.floor(F.unix_seconds(instant) / seconds) for instant in (F.col("begin"), _last("end"))
    )
    return (
        stretches.withColumn("_seconds", seconds)
        .withColumn("_slot", F.explode(F.sequence(first, last)))
        .select(
            *_of(stretches),
            F.greatest("begin", F.timestamp_seconds(F.expr("_slot * _seconds"))).alias("begin"),
            F.least("end", F.timestamp_seconds(F.expr("(_slot + 1) * _seconds"))).alias("end"),
        )
    )


def _last(end: str) -> Column:
    """The last instant before an end."""
    return F.col(end) - F.expr("INTERVAL 1 MICROSECOND")


def micros() -> Column:
    """The length of a stretch in microseconds."""
    return F.unix_micros("end") - F.unix_micros("begin")


def minutes(micros: Column) -> Column:
    """Minutes to two decimals, halves upwards: 0.3 s are half a hundredth of a minute."""
    return F.floor((micros + 300_000) / 600_000) / 100


def _of(stretches: DataFrame) -> list[str]:
    return [name for name in stretches.columns if name not in _STRETCH]
