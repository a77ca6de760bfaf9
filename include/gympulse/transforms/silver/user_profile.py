"""User profile: what holds of each member now."""

from pyspark.sql import DataFrame

from gympulse.model.tables import USER_PROFILE
from gympulse.settings import Rules
from gympulse.transforms.recipe import FromTables, Read, Scope
from gympulse.transforms.silver.user_profile_history import (
    TOUCHES,
    current,
    events_in,
    scope,
    user_profile_history,
)


def user_profile(events: DataFrame) -> DataFrame:
    """Rows of ``silver_db.user_profile``: the open stretch of each user, none after a delete."""
    return (
        user_profile_history(events)
        .where("is_current")
        .withColumnRenamed("valid_from", "updated")
        .select(*USER_PROFILE.columns)
    )


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows of the users in scope."""
    return user_profile(events_in(scope, read))


RECIPE = FromTables(USER_PROFILE, TOUCHES, scope, rows, current)
