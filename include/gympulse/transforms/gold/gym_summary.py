"""Gym summary: one member's phone in one gym on one day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.model.tables import (
    COMPLETED_WORKOUTS,
    GYM_LOGS,
    GYM_SUMMARY,
    REGISTRATIONS,
)
from gympulse.settings import Rules
from gympulse.transforms.business_time import days_between, midnight_before
from gympulse.transforms.gold.stays import exercise, merged, micros, minutes
from gympulse.transforms.recipe import EVERYTHING, Changes, FromTables, Read, Scope
from gympulse.transforms.silver.registrations import ownership

_SCOPE = {"mac_address": "mac_address", "date": "date"}


def gym_summary(
    visits: DataFrame,
    sessions: DataFrame,
    registrations: DataFrame,
    rules: Rules,
    scope: Scope = EVERYTHING,
) -> DataFrame:
    """Time in the gym and time exercising, per gym, phone and day.

    Args:
        visits: Rows of ``silver_db.gym_logs``; open ones do not count.
        sessions: Rows of ``silver_db.completed_workouts`` that overlap the visits.
        registrations: All rows of ``silver_db.registrations``.
        rules: The business time zone, whose midnights cut visits.
        scope: Days outside its spans may be left out.

    Returns:
        Rows of ``gold_db.gym_summary``.
    """
    stays = merged(_cut_at_midnight(visits, rules.time_zone, scope))
    exercised = exercise(stays, sessions, ownership(registrations, "mac_address"))
    active = (
        merged(exercised.drop("workout_id"))
        .groupBy(*GYM_SUMMARY.key)
        .agg(F.sum(micros()).alias("_exercising"))
    )
    kinds = exercised.groupBy(*GYM_SUMMARY.key).agg(
        F.sort_array(F.collect_set("workout_id")).alias("workouts")
    )
    return (
        stays.groupBy(*GYM_SUMMARY.key)
        .agg(F.sum(micros()).alias("_in_gym"))
        .join(active, on=list(GYM_SUMMARY.key), how="left")
        .join(kinds, on=list(GYM_SUMMARY.key), how="left")
        .select(
            *GYM_SUMMARY.key,
            F.coalesce("workouts", F.expr("cast(array() AS array<bigint>)")).alias("workouts"),
            minutes(F.col("_in_gym")).alias("minutes_in_gym"),
            minutes(F.coalesce("_exercising", F.lit(0))).alias("minutes_exercising"),
        )
    )


def _cut_at_midnight(visits: DataFrame, time_zone: str, scope: Scope) -> DataFrame:
    first, last = scope.part(F.col("login"), F.col("logout"))
    days = F.explode(days_between(first, last, time_zone))
    begin = F.greatest("login", midnight_before(F.col("date"), time_zone))
    end = F.least("logout", midnight_before(F.date_add("date", 1), time_zone))
    return (
        visits.where("logout > login")
        .where(first <= last)
        .withColumn("date", days)
        .select(
            F.col("gym").alias("gym_id"),
            "mac_address",
            "date",
            begin.alias("begin"),
            end.alias("end"),
        )
        .where("end > begin")
    )


def scope(changes: Changes, read: Read, rules: Rules) -> DataFrame:
    """The phones' days that changed visits, workouts and registrations touch."""
    zone = rules.time_zone
    visits = changes.of(GYM_LOGS).select("mac_address", "login", "logout")
    phones = read(REGISTRATIONS).select("user_id", "mac_address").distinct()
    sessions = (
        changes.of(COMPLETED_WORKOUTS)
        .join(phones.withColumnRenamed("mac_address", "_phone"), on="user_id", how="inner")
        .select(
            F.col("_phone").alias("mac_address"),
            F.col("start_time").alias("login"),
            F.col("end_time").alias("logout"),
        )
    )
    stretches = visits.unionByName(sessions)
    if REGISTRATIONS.name in changes.spans:
        registered = changes.of(REGISTRATIONS).select("mac_address").distinct()
        stretches = stretches.unionByName(
            read(GYM_LOGS)
            .join(F.broadcast(registered), on="mac_address", how="left_semi")
            .select("mac_address", "login", "logout")
        )
    days = F.explode(days_between(F.col("login"), F.col("logout"), zone)).alias("date")
    return (
        stretches.where("logout > login")
        .select("mac_address", days)
        .distinct()
        .select(
            "*",
            midnight_before(F.col("date"), zone).alias("_begin"),
            midnight_before(F.date_add("date", 1), zone).alias("_end"),
        )
    )


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows in scope."""
    summary = gym_summary(
        scope.keep(read(GYM_LOGS, scope.spans, "login", "logout"), mac_address="mac_address"),
        read(COMPLETED_WORKOUTS, scope.spans, "start_time", "end_time"),
        read(REGISTRATIONS),
        rules,
        scope,
    )
    # Visits reach beyond the days in scope, and there not everything was read.
    return scope.keep(summary, **_SCOPE)


def current(table: DataFrame, scope: Scope) -> DataFrame:
    """The present rows in scope."""
    return scope.keep(table, **_SCOPE)


RECIPE = FromTables(
    GYM_SUMMARY,
    {
        GYM_LOGS: {
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
        REGISTRATIONS: {"mac_address": "mac_address"},
    },
    scope,
    rows,
    current,
)
