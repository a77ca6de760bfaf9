"""Workout BPM: the readings within each completed workout, of the member's own wearables."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.model.tables import COMPLETED_WORKOUTS, HEART_RATE, REGISTRATIONS, WORKOUT_BPM
from gympulse.settings import Rules
from gympulse.transforms.recipe import Changes, FromTables, Read, Scope
from gympulse.transforms.silver.registrations import ownership, owns_at

AFTER_START, UNTIL_END = "start_time < time", "time <= end_time"
# The unit that is recomputed: one wearable's hour, counted since 1970.
_SCOPE = {"device_id": "device_id", "hour": "unix_seconds(time) div 3600"}
_HOURS = "sequence(unix_seconds(start_time) div 3600, unix_seconds(end_time) div 3600)"


def workout_bpm(readings: DataFrame, sessions: DataFrame, registrations: DataFrame) -> DataFrame:
    """Readings with ``start_time < time <= end_time`` of a device owned at the reading's time.

    Readings meet sessions by wearable and hour: a join by the range of instants alone
    would compare every reading with every session.

    Args:
        readings: Rows of ``silver_db.heart_rate``.
        sessions: Rows of ``silver_db.completed_workouts`` that overlap the readings.
        registrations: All rows of ``silver_db.registrations``.

    Returns:
        Rows of ``silver_db.workout_bpm``.
    """
    worn = (
        sessions.join(ownership(registrations, "device_id"), on="user_id", how="inner")
        .withColumn("_hour", F.explode(F.expr(_HOURS)))
        .withColumnRenamed("device_id", "_device_id")
    )
    return (
        readings.withColumn("_reading_hour", F.expr(_SCOPE["hour"]))
        .join(
            F.broadcast(worn),
            on=[
                F.col("device_id") == F.col("_device_id"),
                F.col("_reading_hour") == F.col("_hour"),
                F.expr(AFTER_START),
                F.expr(UNTIL_END),
                F.expr(owns_at("time")),
            ],
            how="inner",
        )
        .select(*WORKOUT_BPM.columns)
    )


def scope(changes: Changes, read: Read, rules: Rules) -> DataFrame:
    """The wearables' hours that changed readings, sessions and registrations touch.

    A registration may change whose readings a device's were and are: it touches the
    device's hours in all sessions of everyone who ever registered it.
    """
    registrations = read(REGISTRATIONS).select("user_id", "device_id").distinct()
    of_readings = changes.of(HEART_RATE).select("device_id", "hour")
    of_sessions = (
        changes.of(COMPLETED_WORKOUTS)
        .select("user_id", "start_time", "end_time")
        .join(registrations, on="user_id", how="inner")
    )
    touched = [of_readings, _hours(of_sessions)]
    if REGISTRATIONS.name in changes.spans:
        devices = changes.of(REGISTRATIONS).select("device_id").distinct()
        of_owners = registrations.join(F.broadcast(devices), on="device_id", how="left_semi").join(
            read(COMPLETED_WORKOUTS), on="user_id", how="inner"
        )
        touched.append(_hours(of_owners))
    keys = touched[0]
    for more in touched[1:]:
        keys = keys.unionByName(more)
    return keys.distinct().select(
        "*",
        F.timestamp_seconds(F.col("hour") * 3600).alias("_begin"),
        F.timestamp_seconds(F.col("hour") * 3600 + 3600).alias("_end"),
    )


def _hours(sessions: DataFrame) -> DataFrame:
    return sessions.select("device_id", F.explode(F.expr(_HOURS)).alias("hour"))


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows in scope."""
    return workout_bpm(
        scope.keep(read(HEART_RATE, scope.spans), **_SCOPE),
        read(COMPLETED_WORKOUTS, scope.spans, "start_time", "end_time"),
        read(REGISTRATIONS),
    )


def current(table: DataFrame, scope: Scope) -> DataFrame:
    """The present rows in scope."""
    return scope.keep(table, **_SCOPE)


RECIPE = FromTables(
    WORKOUT_BPM,
    {
        HEART_RATE: {
            **_SCOPE,
            "_begin": "date_trunc('HOUR', time)",
            "_end": "date_trunc('HOUR', time)",
        },
        COMPLETED_WORKOUTS: {
            "user_id": "user_id",
            "start_time": "start_time",
            "end_time": "end_time",
            "_begin": "start_time",
            "_end": "end_time",
        },
        REGISTRATIONS: {"device_id": "device_id"},
    },
    scope,
    rows,
    current,
)
