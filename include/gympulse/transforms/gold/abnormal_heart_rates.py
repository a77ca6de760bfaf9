"""Abnormal heart rates: one completed workout with rates too high, at rest, or that jump."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.window import WindowSpec

from gympulse.model.silver import SESSION
from gympulse.model.tables import (
    ABNORMAL_HEART_RATES,
    COMPLETED_WORKOUTS,
    USER_PROFILE_EVENTS,
    WORKOUT_BPM,
)
from gympulse.settings import Rules
from gympulse.transforms.gold.altered import altered
from gympulse.transforms.gold.workout_bpm_summary import age_years, with_demographics
from gympulse.transforms.recipe import Changes, FromTables, Read, Scope

_BY_SESSION = {name: name for name in SESSION}
# Fox, Naughton and Haskell 1971, Ann Clin Res 3:404.
_PREDICTED_MAX_BPM = "CAST(220 - age_years AS double)"
_SEVERITY = """
    if(_above > 0, (max_bpm - predicted_max_bpm) * above_max_seconds / 60, 0)
    + resting_seconds / 60 + jump_count
"""
_SECOND = 1_000_000
_OF_WORKOUT = (
    *SESSION,
    "end_time",
    "date",
    "age_years",
    "predicted_max_bpm",
    "num_records",
    "min_bpm",
    "max_bpm",
)


def abnormal_heart_rates(readings: DataFrame, events: DataFrame, rules: Rules) -> DataFrame:
    """How long rates were above the predicted maximum or at rest, and how often they jumped.

    A stretch is a run of readings of one wearable that are all such, without a silence
    longer than ``max_silence_seconds``, from its first to its last reading; it counts if it
    is longer than ``min_abnormal_seconds``.

    Most workouts are normal, and are known by what their readings are as a set: only those
    of the others are put in order.

    Args:
        readings: Rows of ``silver_db.workout_bpm``, all of each workout asked about.
        events: Rows of ``silver_db.user_profile_events``, all of each of their members.
        rules: What is abnormal, and the business time zone.

    Returns:
        Rows of ``gold_db.abnormal_heart_rates``, none for a normal workout.
    """
    suspects = with_demographics(_suspects(readings, rules), events, rules)
    suspects = (
        suspects.withColumn("age_years", age_years(F.col("dob"), F.col("date")))
        .withColumn("predicted_max_bpm", F.expr(_PREDICTED_MAX_BPM))
        .where(f"min_bpm < {rules.resting_heartrate} OR max_bpm > predicted_max_bpm OR _may_jump")
        .select(*_OF_WORKOUT)
    )
    theirs = readings.drop("end_time").join(F.broadcast(suspects), on=list(SESSION), how="inner")
    return (
        _measured(theirs, rules)
        .where("_above > 0 OR _resting > 0 OR jump_count > 0")
        .withColumn("above_max_seconds", F.col("_above") / _SECOND)
        .withColumn("resting_seconds", F.col("_resting") / _SECOND)
        .withColumn("severity", F.expr(_SEVERITY))
        .select(*ABNORMAL_HEART_RATES.columns)
    )


def _suspects(readings: DataFrame, rules: Rules) -> DataFrame:
    """Count, least and greatest rate of each workout, and whether it may have a jump.

    Two readings that jump are in one slot of time, or the later one is among the first of the
    next: those are looked at in both, and a slot whose rates do not differ by a jump has none.
    """
    near = rules.max_jump_seconds * _SECOND
    # Long slots are few, and so are readings in two; few hearts change by a jump in a minute.
    slot, within = (f"unix_micros(time) {of} {5 * near + 1}" for of in ("div", "%"))
    slots = F.expr(f"if({within} <= {near}, array({slot}, {slot} - 1), array({slot}))")
    by_slot = (
        readings.select(*SESSION, "end_time", "device_id", "heartrate", F.posexplode(slots))
        .groupBy(*SESSION, "end_time", "device_id", "col")
        .agg(
            F.count_if(F.col("pos") == 0).alias("_count"),
            F.min("heartrate").alias("_min"),
            F.max("heartrate").alias("_max"),
        )
    )
    return by_slot.groupBy(*SESSION, "end_time").agg(
        F.sum("_count").alias("num_records"),
        F.min("_min").alias("min_bpm"),
        F.max("_max").alias("max_bpm"),
        F.bool_or(F.col("_max") - F.col("_min") > rules.max_jump).alias("_may_jump"),
    )


def _measured(readings: DataFrame, rules: Rules) -> DataFrame:
    """Microseconds in stretches, as ``_above`` and ``_resting``, and jumps, per workout.

    Whole numbers are added, so that the order does not count.
    """
    in_order = Window.partitionBy(*SESSION, "device_id").orderBy("_at")
    silence = F.col("_at") - F.lag("_at").over(in_order)
    change = F.abs(F.col("heartrate") - F.lag("heartrate").over(in_order))
    is_jump = (silence <= rules.max_jump_seconds * _SECOND) & (change > rules.max_jump)
    is_such = {
        "_is_above": F.coalesce(F.expr("heartrate > predicted_max_bpm"), F.lit(False)),
        "_is_resting": F.col("heartrate") < rules.resting_heartrate,
    }
    goes_on = {
        f"{name}_on": F.col(name)
        & F.lag(name, 1, False).over(in_order)
        & F.coalesce(silence <= rules.max_silence_seconds * _SECOND, F.lit(False))
        for name in is_such
    }
    return (
        readings.withColumns({"_at": F.unix_micros("time"), **is_such})
        .withColumns({"_is_jump": is_jump, **goes_on})
        .withColumns({f"{name}_length": _length(name, in_order, rules) for name in is_such})
        .groupBy(*_OF_WORKOUT)
        .agg(
            F.coalesce(F.sum("_is_above_length"), F.lit(0)).alias("_above"),
            F.coalesce(F.sum("_is_resting_length"), F.lit(0)).alias("_resting"),
            F.count_if("_is_jump").alias("jump_count"),
        )
    )


def _length(name: str, in_order: WindowSpec, rules: Rules) -> Column:
    """Microseconds of the stretch that ends at a reading; null where none does that counts."""
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    begin = F.max(F.when(~F.col(f"{name}_on"), F.col("_at"))).over(so_far)
    length = F.col("_at") - begin
    is_last = F.col(name) & ~F.lead(f"{name}_on", 1, False).over(in_order)
    return F.when(is_last & (length > rules.min_abnormal_seconds * _SECOND), length)


def scope(changes: Changes, read: Read, rules: Rules) -> DataFrame:
    """Workouts whose readings changed, and those whose members' age may have changed.

    Workouts without a row are among them, which may get one.
    """
    keys = changes.of(WORKOUT_BPM).select(*SESSION, "end_time")
    if USER_PROFILE_EVENTS.name in changes.spans:
        keys = keys.unionByName(_of_other_age(changes, read))
    return keys.distinct().select(
        *SESSION, F.col("start_time").alias("_begin"), F.col("end_time").alias("_end")
    )


def _of_other_age(changes: Changes, read: Read) -> DataFrame:
    """Workouts that start when what profile events say may have changed."""
    told = altered(
        changes.of(USER_PROFILE_EVENTS).select("user_id", "time"),
        read(USER_PROFILE_EVENTS).select("user_id", "time"),
    )
    start = F.col("start_time")
    return (
        read(COMPLETED_WORKOUTS)
        .join(F.broadcast(told), on="user_id", how="inner")
        .where(F.col("altered_from").isNull() | (F.col("altered_from") <= start))
        .where(F.col("altered_until").isNull() | (start < F.col("altered_until")))
        .select(*SESSION, "end_time")
    )


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows in scope."""
    return abnormal_heart_rates(
        scope.keep(read(WORKOUT_BPM, scope.spans), **_BY_SESSION),
        scope.keep(read(USER_PROFILE_EVENTS), user_id="user_id"),
        rules,
    )


def current(table: DataFrame, scope: Scope) -> DataFrame:
    """The present rows in scope."""
    return scope.keep(table, **_BY_SESSION)


RECIPE = FromTables(
    ABNORMAL_HEART_RATES,
    {
        WORKOUT_BPM: {
            **_BY_SESSION,
            "end_time": "end_time",
            "_begin": "start_time",
            "_end": "end_time",
        },
        USER_PROFILE_EVENTS: {"user_id": "user_id", "time": "time"},
    },
    scope,
    rows,
    current,
)
