"""Gym occupancy: one hour of one gym, if anybody was there."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.model.tables import (
    COMPLETED_WORKOUTS,
    GYM_LOGS,
    GYM_OCCUPANCY,
    REGISTRATIONS,
)
from gympulse.settings import Rules
from gympulse.transforms.business_time import date_of, hour_of
from gympulse.transforms.gold.altered import altered
from gympulse.transforms.gold.stays import cut_at_hours, exercise, merged, micros, minutes
from gympulse.transforms.recipe import EVERYTHING, Changes, FromTables, Read, Scope
from gympulse.transforms.silver.registrations import ownership

_SCOPE = {name: name for name in GYM_OCCUPANCY.key}
# Since 2000 no zone has put its clocks back by more than three hours (Antarctica/Casey), so
# instants of one hour of one day lie no further apart than that and an hour.
_REACH = "INTERVAL 4 HOURS"


def gym_occupancy(
    visits: DataFrame,
    sessions: DataFrame,
    registrations: DataFrame,
    rules: Rules,
    scope: Scope = EVERYTHING,
) -> DataFrame:
    """Visits, phones, most phones at once and minutes, per gym and hour.

    Args:
        visits: Rows of ``silver_db.gym_logs``; open ones do not count.
        sessions: Rows of ``silver_db.completed_workouts`` that overlap the visits.
        registrations: All rows of ``silver_db.registrations``.
        rules: The business time zone, by whose clock hours begin.
        scope: Rows outside its spans are left out, or are of a part of their hour.

    Returns:
        Rows of ``gold_db.gym_occupancy``, none for an hour in which nobody was there.
    """
    zone, closed = rules.time_zone, _stays(visits, "login")
    begin, end = scope.part(F.col("begin"), F.col("end"))
    closed = closed.withColumns({"begin": begin, "end": end}).where("end > begin")
    stays = merged(closed.drop("login"))
    exercised = exercise(stays, sessions, ownership(registrations, "mac_address"))
    active = cut_at_hours(merged(exercised.drop("workout_id")), zone)
    turns = F.array(_turn("begin", 1), _turn("end", -1)).alias("_turns")
    login = F.col("login")
    parts = (
        cut_at_hours(stays, zone).select(
            *GYM_OCCUPANCY.key, "mac_address", micros().alias("_in_gym"), turns
        ),
        active.select(*GYM_OCCUPANCY.key, micros().alias("_exercising")),
        closed.where("login = begin").select(
            "gym_id",
            date_of(login, zone).alias("date"),
            hour_of(login, zone).alias("hour"),
            F.lit(True).alias("_is_visit"),
        ),
    )
    return _counted(*parts).select(*GYM_OCCUPANCY.columns)


def _stays(visits: DataFrame, *others: str) -> DataFrame:
    return visits.where("logout > login").selectExpr(
        "gym AS gym_id", "mac_address", "login AS begin", "logout AS end", *others
    )


def _counted(present: DataFrame, active: DataFrame, begun: DataFrame) -> DataFrame:
    """What is known of each hour, added up: one shuffle instead of one for each."""
    return (
        present.unionByName(active, allowMissingColumns=True)
        .unionByName(begun, allowMissingColumns=True)
        .groupBy(*GYM_OCCUPANCY.key)
        .agg(
            F.count("_is_visit").alias("visit_count"),
            F.size(F.collect_set("mac_address")).cast("bigint").alias("visitor_count"),
            _peak(F.flatten(F.collect_list("_turns"))).alias("peak_count"),
            minutes(F.sum("_in_gym")).alias("minutes_in_gym"),
            minutes(F.coalesce(F.sum("_exercising"), F.lit(0))).alias("minutes_exercising"),
        )
    )


def _turn(instant: str, by: int) -> Column:
    return F.struct(F.col(instant).alias("at"), F.lit(by).cast("bigint").alias("by"))


def _peak(turns: Column) -> Column:
    """The most that were there at once; who leaves at an instant is gone when others come."""
    nobody = F.struct(*(F.lit(0).cast("bigint").alias(name) for name in ("now", "most")))

    def count(there: Column, turn: Column) -> Column:
        now = there["now"] + turn["by"]
        return F.struct(now.alias("now"), F.greatest(there["most"], now).alias("most"))

    return F.aggregate(F.sort_array(turns), nobody, count)["most"]


def scope(changes: Changes, read: Read, rules: Rules) -> DataFrame:
    """The gyms' hours that changed visits, workouts and registrations touch.

    A workout touches those hours of the visits of its member's phones in which it ran, a
    registration those in which it says whose the phone was.
    """
    stays = _stays(changes.of(GYM_LOGS).select("gym", "mac_address", "login", "logout"))
    phones = read(REGISTRATIONS).select("user_id", "mac_address").distinct()
    ran = (
        changes.of(COMPLETED_WORKOUTS)
        .join(phones.withColumnRenamed("mac_address", "_phone"), on="user_id", how="inner")
        .select("_phone", "start_time", "end_time")
    )
    near = read(GYM_LOGS, changes.spans_of(COMPLETED_WORKOUTS), "login", "logout")
    touched = stays.unionByName(_within(ran, near))
    if REGISTRATIONS.name in changes.spans:
        registered = ("mac_address", "registration_timestamp")
        owned = altered(
            changes.of(REGISTRATIONS).select(*registered), read(REGISTRATIONS).select(*registered)
        )
        touched = touched.unionByName(_within(owned, read(GYM_LOGS)))
    return (
        cut_at_hours(touched, rules.time_zone)
        .groupBy(*GYM_OCCUPANCY.key)
        .agg(F.min("begin").alias("_first"), F.max("end").alias("_last"))
        .selectExpr(*GYM_OCCUPANCY.key, f"_first - {_REACH} AS _begin", f"_last + {_REACH} AS _end")
    )


def _within(stretches: DataFrame, visits: DataFrame) -> DataFrame:
    """The parts of visits within stretches: of a phone, from when (null: ever) until when."""
    parts = F.broadcast(stretches.toDF("mac_address", "_from", "_until"))
    return (
        _stays(visits)
        .join(parts, on="mac_address", how="inner")
        .select(
            "gym_id",
            "mac_address",
            F.greatest("begin", "_from").alias("begin"),
            F.least("end", "_until").alias("end"),
        )
        .where("end > begin")
    )


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows in scope."""
    occupancy = gym_occupancy(
        scope.keep(read(GYM_LOGS, scope.spans, "login", "logout"), gym_id="gym"),
        read(COMPLETED_WORKOUTS, scope.spans, "start_time", "end_time"),
        read(REGISTRATIONS),
        rules,
        scope,
    )
    # Visits reach beyond the hours in scope, and there not everything was read.
    return scope.keep(occupancy, **_SCOPE)


def current(table: DataFrame, scope: Scope) -> DataFrame:
    """The present rows in scope."""
    return scope.keep(table, **_SCOPE)


RECIPE = FromTables(
    GYM_OCCUPANCY,
    {
        GYM_LOGS: {
            "gym": "gym",
            "mac_address": "mac_address",
            "login": "login",
            "logout": "logout",
            "_begin": "login",
            "_end": "logout",
        },
        COMPLETED_WORKOUTS: {
            "user_id": "user_id",
            "start_time": "start_time",
            "end_time": "end_time",
            "_begin": "start_time",
            "_end": "end_time",
        },
        REGISTRATIONS: {
            "mac_address": "mac_address",
            "registration_timestamp": "registration_timestamp",
        },
    },
    scope,
    rows,
    current,
)
