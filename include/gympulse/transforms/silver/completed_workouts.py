"""Completed workouts: a start with the stop that ended it."""

from datetime import timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from gympulse.model.tables import COMPLETED_WORKOUTS, QUARANTINE, WORKOUTS
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action, Expectation, broken_rules, is_bad
from gympulse.transforms.recipe import Changes, FromTables, Read, Scope, SetAside, reaching

_GROUP = ("user_id", "workout_id", "session_id")
_BY_GROUP = {name: name for name in _GROUP}
_TO_THE_MICROSECOND = {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"}
# Before any instant that the platform accepts.
_EVER = "TIMESTAMP '1970-01-01 00:00:00Z'"
_END_OF_TIME = "TIMESTAMP '2100-01-01 00:00:00Z'"


def sessions(events: DataFrame) -> DataFrame:
    """Each start with the next stop strictly after it, if no other start lies strictly between.

    Args:
        events: Rows of ``silver_db.workouts``.

    Returns:
        Columns of ``silver_db.completed_workouts``, of sessions of any length.
    """
    later = (
        Window.partitionBy(*_GROUP)
        .orderBy(F.col("time").desc())
        .rowsBetween(Window.unboundedPreceding, -1)
    )

    def next_time(flag: str) -> Column:
        # In descending order the last one seen is the nearest later one.
        return F.last(F.when(F.col(flag), F.col("time")), ignorenulls=True).over(later)

    return (
        events.groupBy(*_GROUP, "time")
        .agg(
            F.bool_or(F.col("action") == "start").alias("_is_start"),
            F.bool_or(F.col("action") == "stop").alias("_is_stop"),
        )
        .withColumn("end_time", next_time("_is_stop"))
        .withColumn("_next_start", next_time("_is_start"))
        .where("_is_start AND end_time IS NOT NULL")
        .where("_next_start IS NULL OR _next_start >= end_time")
        .select(*_GROUP, F.col("time").alias("start_time"), "end_time")
    )


_LENGTH = "unix_micros(end_time) - unix_micros(start_time)"
_IN_ORDER = "PARTITION BY user_id ORDER BY start_time, end_time, workout_id, session_id"
EXPECTATIONS = (
    Expectation(
        "session_too_short",
        f"{_LENGTH} >= {{min_session_seconds}} * 1000000L",
        "A workout lasts {min_session_seconds} s or longer.",
    ),
    Expectation(
        "session_too_long",
        f"{_LENGTH} <= {{max_session_seconds}} * 1000000L",
        "A workout lasts {max_session_seconds} s at most.",
    ),
    Expectation(
        "overlapping_sessions",
        # The first of a member's has none before it, the last none after it.
        f"coalesce(start_time >= max(end_time) OVER ({_IN_ORDER} "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AND "
        f"coalesce(end_time <= lead(start_time) OVER ({_IN_ORDER}), true)",
        "A member's workout begins when those before it have ended.",
        action=Action.WARN,
    ),
)


def completed_workouts(events: DataFrame, rules: Rules) -> DataFrame:
    """Rows of ``silver_db.completed_workouts``: sessions neither too short nor too long."""
    return sessions(events).where(~is_bad(EXPECTATIONS, rules))


def set_aside_sessions(events: DataFrame, rules: Rules) -> DataFrame:
    """Sessions too short or too long, with the ``rule`` they break and their ``source_id``."""
    return broken_rules(sessions(events), EXPECTATIONS, rules).select(
        "rule",
        "rule_version",
        F.concat_ws("/", *_GROUP, _epoch(F.col("start_time"))).alias("source_id"),
        F.to_json(F.struct(*COMPLETED_WORKOUTS.columns), _TO_THE_MICROSECOND).alias("payload"),
    )


def _epoch(instant: Column) -> Column:
    """Epoch seconds as the events give them: decimals only where there are any."""
    seconds = (F.unix_micros(instant).cast("decimal(20,0)") / F.lit(1_000_000)).cast(
        "decimal(20,6)"
    )
    return F.regexp_replace(seconds.cast("string"), r"\.?0+$", "").alias("start")


def scope(changes: Changes, read: Read, rules: Rules) -> DataFrame:
    """A changed event touches its group's starts from a session's length before it onwards.

    Two kinds of group are touched whole, because a start of any age may be concerned: those
    of a stop without a start within a session's length before it, and those with a session
    that is set aside at present.
    """
    length = F.expr(f"make_dt_interval(0, 0, 0, {rules.max_session_seconds})")
    before = timedelta(seconds=rules.max_session_seconds)
    starts = read(WORKOUTS, reaching(changes.spans_of(WORKOUTS), back=before)).where(
        "action = 'start'"
    )
    stops = changes.frame.where("action = 'stop'").withColumnRenamed("time", "_stop")
    orphans = stops.join(
        starts.select(*(F.col(name).alias(f"_{name}") for name in (*_GROUP, "time"))),
        on=[
            *(F.col(name) == F.col(f"_{name}") for name in _GROUP),
            F.col("_time") < F.col("_stop"),
            F.col("_time") >= F.col("_stop") - length,
        ],
        how="left_anti",
    )
    whole = orphans.select(*_GROUP).unionByName(_set_aside(read(QUARANTINE)).select(*_GROUP))
    since = changes.frame.groupBy(*_GROUP).agg((F.min("time") - length).alias("_since"))
    return since.join(
        whole.distinct().withColumn("_is_whole", F.lit(True)), list(_GROUP), "left"
    ).select(
        *_GROUP,
        F.when(F.col("_is_whole"), F.expr(_EVER)).otherwise(F.col("_since")).alias("_begin"),
        F.expr(_END_OF_TIME).alias("_end"),
    )


def _set_aside(quarantine: DataFrame, status: str = "open") -> DataFrame:
    """Entries of sessions with a status, with the columns that their ``source_id`` names."""
    part = F.split("source_id", "/")
    start = (part[3].try_cast("decimal(20,6)") * 1_000_000).cast("bigint")
    return quarantine.where(
        (F.col("source") == COMPLETED_WORKOUTS.short_name) & (F.col("status") == status)
    ).select(
        "*",
        *(part[i].try_cast("bigint").alias(name) for i, name in enumerate(_GROUP)),
        F.timestamp_micros(start).alias("start_time"),
    )


def _in_scope(rows: DataFrame, scope: Scope, instant: str) -> DataFrame:
    if scope.keys is None:
        return rows
    keys = scope.keys.select(
        *(F.col(name).alias(f"_{name}") for name in _GROUP), F.col("_begin").alias("_since")
    )
    return rows.join(
        F.broadcast(keys),
        on=[
            *(F.col(name) == F.col(f"_{name}") for name in _GROUP),
            F.col(instant) >= F.col("_since"),
        ],
        how="left_semi",
    )


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows in scope."""
    return completed_workouts(_in_scope(read(WORKOUTS, scope.spans), scope, "time"), rules)


def current(table: DataFrame, scope: Scope) -> DataFrame:
    """The present rows in scope."""
    return _in_scope(table, scope, "start_time")


def set_aside(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The sessions in scope that are to be set aside."""
    return set_aside_sessions(_in_scope(read(WORKOUTS, scope.spans), scope, "time"), rules)


def scope_of_set_aside(quarantine: DataFrame) -> DataFrame:
    """The groups of the sessions that are set aside at present, whole."""
    return (
        _set_aside(quarantine)
        .select(*_GROUP, F.expr(_EVER).alias("_begin"), F.expr(_END_OF_TIME).alias("_end"))
        .distinct()
    )


def current_set_aside(quarantine: DataFrame, scope: Scope) -> DataFrame:
    """The sessions in scope that are set aside at present."""
    return _in_scope(_set_aside(quarantine), scope, "start_time").select(*QUARANTINE.columns)


RECIPE = FromTables(
    COMPLETED_WORKOUTS,
    {WORKOUTS: {**_BY_GROUP, "action": "action", "time": "time", "_begin": "time", "_end": "time"}},
    scope,
    rows,
    current,
    SetAside(set_aside, current_set_aside, scope_of_set_aside),
    EXPECTATIONS,
)
