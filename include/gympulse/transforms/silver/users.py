"""Users: the latest registration of each wearable by each member."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.model.tables import REGISTRATIONS, USERS
from gympulse.settings import Rules
from gympulse.transforms.recipe import Changes, FromTables, Read, Scope

_KEY = {name: name for name in USERS.key}


def users(registrations: DataFrame) -> DataFrame:
    """Keep a member's latest registration of a wearable; at equal instants the greater MAC."""
    latest = F.max(F.struct(*reversed(USERS.values))).alias("_latest")
    return (
        registrations.groupBy(*USERS.key)
        .agg(latest)
        .select(*USERS.key, *(f"_latest.{name}" for name in USERS.values))
    )


def scope(changes: Changes, read: Read, rules: Rules) -> DataFrame:
    """A registration touches its member's wearable."""
    return changes.frame.select(*USERS.key)


def rows(scope: Scope, read: Read, rules: Rules) -> DataFrame:
    """The table's rows in scope."""
    return users(scope.keep(read(REGISTRATIONS), **_KEY))


def current(table: DataFrame, scope: Scope) -> DataFrame:
    """The present rows in scope."""
    return scope.keep(table, **_KEY)


RECIPE = FromTables(USERS, {REGISTRATIONS: _KEY}, scope, rows, current)
