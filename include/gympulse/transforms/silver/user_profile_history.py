"""Profile history: one row per unbroken stretch of equal profiles."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from gympulse.model.silver import PROFILE
from gympulse.model.tables import USER_PROFILE_EVENTS, USER_PROFILE_HISTORY
from gympulse.settings import Rules
from gympulse.transforms.recipe import Changes, FromTables, Read, Scope

_RANKS = {"new": 0, "append": 1, "update": 2, "delete": 3}
TOUCHES = {USER_PROFILE_EVENTS: {"user_id": "user_id"}}


def last_events(events: DataFrame) -> DataFrame:
    """The event that counts at each instant of each user.

    Of the change events only the last in the log counts; among it and the flat ones the
    higher action, then the greater columns, nulls lowest.

    Returns:
        ``user_id``, ``time``, ``is_delete`` and the profile's columns, null for a delete.
    """
    at = Window.partitionBy("user_id", "time")
    position = F.when(F.col("log_position").isNotNull(), _position())
    rank = F.coalesce(*(F.when(F.col("action") == a, F.lit(r)) for a, r in _RANKS.items()))
    last = (
        events.withColumn("_position", position)
        .withColumn("_last_position", F.max("_position").over(at))
        .where("log_position IS NULL OR _position = _last_position")
        .groupBy("user_id", "time")
        .agg(F.max(F.struct(rank.alias("rank"), *PROFILE)).alias("_last"))
    )
    is_delete = F.col("_last.rank") == _RANKS["delete"]
    profile = [F.when(~is_delete, F.col(f"_last.{name}")).alias(name) for name in PROFILE]
    return last.select("user_id", "time", is_delete.alias("is_delete"), *profile)


def _position() -> Column:
    """Orders positions in the log: decimal numbers by size, equally long texts by letter."""
    commit, change = (
        F.coalesce(F.get(F.split("log_position", "/"), F.lit(i)), F.lit("")) for i in (0, 1)
    )
    return F.struct(F.length(commit), commit, F.length(change), change)


def stretches(events: DataFrame) -> DataFrame:
    """Unbroken stretches of equal profiles, those after a delete included.

    Args:
        events: Rows of ``silver_db.user_profile_events``, all of each user asked about.

    Returns:
        ``user_id``, ``valid_from``, ``valid_to`` (exclusive, null while open), ``is_delete``
        and the profile's columns, null after a delete.
    """
    in_order = Window.partitionBy("user_id").orderBy("time")
    state = F.struct("is_delete", *PROFILE)
    return (
        last_events(events)
        .withColumn("_before", F.lag(state).over(in_order))
        .where(F.col("_before").isNull() | ~state.eqNullSafe(F.col("_before")))
        .withColumn("valid_to", F.lead("time").over(in_order))
        .select("user_id", F.col("time").alias("valid_from"), "valid_to", "is_delete", *PROFILE)
    )


def user_profile_history(events: DataFrame) -> DataFrame:
    """Rows of ``silver_db.user_profile_history``: a delete closes a stretch and adds no row."""
    return (
        stretches(events)
        .where("NOT is_delete")
        .withColumn("is_current", F.col("valid_to").isNull())
        .select(*USER_PROFILE_HISTORY.columns)
    )


def scope(changes: Changes, read: Read, rules: Rules) -> DataFrame:
    """A changed event touches its user."""
    return changes.frame.select("user_id")


def events_in(scope: Scope, read: Read) -> DataFrame:
    """All events of the users in scope."""
    return scope.keep(read(USER_PROFILE_EVENTS), user_id="user_id")


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows of the users in scope."""
    return user_profile_history(events_in(scope, read))


def current(table: DataFrame, scope: Scope) -> DataFrame:
    """The present rows of the users in scope."""
    return scope.keep(table, user_id="user_id")


RECIPE = FromTables(USER_PROFILE_HISTORY, TOUCHES, scope, rows, current)
