"""Workout BPM summary: one row per completed workout with readings."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from gympulse.model.silver import SESSION
from gympulse.model.tables import USER_PROFILE_EVENTS, WORKOUT_BPM, WORKOUT_BPM_SUMMARY
from gympulse.settings import Rules
from gympulse.transforms.business_time import date_of
from gympulse.transforms.recipe import Changes, FromTables, Read, Scope
from gympulse.transforms.silver.user_profile_history import stretches

_BY_SESSION = {name: name for name in SESSION}
# Columns of the profile that are taken as they are.
_OF_PROFILE = ("sex", "city", "state")
# Sums of whole numbers do not depend on the order, sums of doubles do: a rate is summed as
# its whole beats and two whole numbers of 24 bits, which hold every bit of a plausible rate.
_PART = 2**24


def workout_bpm_summary(readings: DataFrame, events: DataFrame, rules: Rules) -> DataFrame:
    """Count, least, mean and greatest rate of each workout, with the member's demographics.

    Args:
        readings: Rows of ``silver_db.workout_bpm``, all of each workout asked about.
        events: Rows of ``silver_db.user_profile_events``, all of each of their members.
        rules: The business time zone.

    Returns:
        Rows of ``gold_db.workout_bpm_summary``.
    """
    workouts = (
        readings.groupBy(*SESSION, "end_time")
        .agg(
            F.count(F.lit(1)).alias("num_records"),
            F.min("heartrate").alias("min_bpm"),
            F.max("heartrate").alias("max_bpm"),
            *(F.sum(part).alias(name) for name, part in _parts(F.col("heartrate")).items()),
        )
        .withColumn("_fraction", (F.col("_upper") + F.col("_lower") / _PART) / _PART)
        .withColumn("avg_bpm", (F.col("_beats") + F.col("_fraction")) / F.col("num_records"))
    )
    return with_demographics(workouts, events, rules).select(*WORKOUT_BPM_SUMMARY.columns)


def _parts(rate: Column) -> dict[str, Column]:
    """Whole beats, and the upper and the lower half of the fraction."""
    beats = F.floor(rate)
    upper = F.floor((rate - beats) * _PART)
    return {
        "_beats": beats,
        "_upper": upper,
        "_lower": F.floor(((rate - beats) * _PART - upper) * _PART),
    }


def with_demographics(workouts: DataFrame, events: DataFrame, rules: Rules) -> DataFrame:
    """Add ``date`` and the demographics that held at each workout's start; null if none did."""
    profiles = profiles_in_force(events).withColumnRenamed("user_id", "_user_id")
    start = F.col("start_time")
    return (
        workouts.withColumn("date", date_of(start, rules.time_zone))
        .join(
            F.broadcast(profiles),
            on=[
                F.col("user_id") == F.col("_user_id"),
                F.col("_from").isNull() | (F.col("_from") <= start),
                F.col("_until").isNull() | (start < F.col("_until")),
            ],
            how="left",
        )
        .withColumn("age_band", age_band(F.col("dob"), F.col("date")))
    )


def profiles_in_force(events: DataFrame) -> DataFrame:
    """The profile that counts for a workout starting at any instant.

    Before a user's first event it is that of the earliest event that is not a delete.

    Returns:
        ``user_id``, ``_from`` (inclusive; null: since ever), ``_until`` (exclusive; null: for
        ever), ``dob`` and the columns that are taken as they are: null after a delete.
    """
    columns = ("dob", *_OF_PROFILE)
    of_user = Window.partitionBy("user_id")
    by_time = of_user.orderBy("is_delete", "valid_from")
    known = stretches(events).select(
        "user_id", "is_delete", "valid_from", F.col("valid_to").alias("_until"), *columns
    )
    before_all = (
        known.withColumn("_first", F.min("valid_from").over(of_user))
        .withColumn("_place", F.row_number().over(by_time))
        .where("_place = 1")
        .select(
            "user_id",
            F.lit(None).cast("timestamp").alias("_from"),
            F.col("_first").alias("_until"),
            *columns,
        )
    )
    return known.select(
        "user_id", F.col("valid_from").alias("_from"), "_until", *columns
    ).unionByName(before_all)


def age_years(dob: Column, date: Column) -> Column:
    """Age in whole years on a day; null where unknown or negative.

    A birthday on 29 February counts from 1 March in common years.
    """
    had_no_birthday = F.date_format(date, "MMdd") < F.date_format(dob, "MMdd")
    age = F.year(date) - F.year(dob) - had_no_birthday.cast("int")
    return F.when(age >= 0, age)


def age_band(dob: Column, date: Column) -> Column:
    """Age in whole years on a day, in bands closed below; null where unknown or negative."""
    age = age_years(dob, date)
    decade = (F.floor((age - 5) / 10) * 10 + 5).cast("string")
    next_decade = (F.floor((age - 5) / 10) * 10 + 15).cast("string")
    return (
        F.when(age < 18, "under 18")
        .when(age < 25, "18-25")
        .when(age < 95, F.concat_ws("-", decade, next_decade))
        .when(age >= 95, "95+")
    )


def scope(changes: Changes, read: Read, rules: Rules) -> DataFrame:
    """Workouts whose readings changed, and those whose demographics a changed profile alters."""
    of_readings = changes.of(WORKOUT_BPM).select(*SESSION, "end_time")
    keys = of_readings
    if USER_PROFILE_EVENTS.name in changes.spans:
        users = changes.of(USER_PROFILE_EVENTS).select("user_id").distinct()
        keys = keys.unionByName(_altered(users, read, rules))
    return keys.distinct().select(
        *SESSION, F.col("start_time").alias("_begin"), F.col("end_time").alias("_end")
    )


def _altered(users: DataFrame, read: Read, rules: Rules) -> DataFrame:
    events = read(USER_PROFILE_EVENTS).join(F.broadcast(users), "user_id", "left_semi")
    present = read(WORKOUT_BPM_SUMMARY).join(F.broadcast(users), "user_id", "left_semi")
    known = F.struct("age_band", *_OF_PROFILE)
    return (
        with_demographics(
            present.select(*SESSION, "end_time", known.alias("_known")), events, rules
        )
        .where(~F.col("_known").eqNullSafe(known))
        .select(*SESSION, "end_time")
    )


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows in scope."""
    return workout_bpm_summary(
        scope.keep(read(WORKOUT_BPM, scope.spans), **_BY_SESSION),
        scope.keep(read(USER_PROFILE_EVENTS), user_id="user_id"),
        rules,
    )


def current(table: DataFrame, scope: Scope) -> DataFrame:
    """The present rows in scope."""
    return scope.keep(table, **_BY_SESSION)


RECIPE = FromTables(
    WORKOUT_BPM_SUMMARY,
    {
        WORKOUT_BPM: {
            **_BY_SESSION,
            "end_time": "end_time",
            "_begin": "start_time",
            "_end": "end_time",
        },
        USER_PROFILE_EVENTS: {"user_id": "user_id"},
    },
    scope,
    rows,
    current,
)
