"""Gym logs: one row a visit, with the greatest logout that is known."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.model.tables import GYM_LOGINS, GYM_LOGS
from gympulse.settings import Rules
from gympulse.transforms.other_fields import OTHERS, fields_of
from gympulse.transforms.payloads import instant, mac_address, whole
from gympulse.transforms.recipe import FromRecords
from gympulse.transforms.rules import UNREADABLE, not_an_instant


def parse(lines: DataFrame, rules: Rules) -> DataFrame:
    """Turn the texts of login lines into values; what cannot be read is null.

    Returns:
        The visit's columns, ``_is_closed``: whether the line names a logout at all, and
        ``OTHERS``.
    """
    return lines.select(
        "raw_line",
        "encoding",
        "source_file",
        "line",
        "load_time",
        F.to_csv(F.struct("mac_address", "gym", "login", "logout")).alias("_texts"),
        mac_address(F.col("mac_address")).alias("mac_address"),
        whole(F.col("gym")).alias("gym"),
        instant(F.col("login")).alias("login"),
        instant(F.col("logout")).alias("logout"),
        (F.coalesce(F.col("logout"), F.lit("")) != "").alias("_is_closed"),
        fields_of(F.try_parse_json("extra_fields")).alias(OTHERS),
    )


def rules(limits: Rules) -> Mapping[str, str]:
    """All but the logout is required; a visit may have no length, but not a negative one."""
    return {
        "unreadable_bytes": UNREADABLE,
        "line_unlike_header": "encoding = 'utf-8' AND raw_line IS NOT NULL",
        "bad_mac_address": "raw_line IS NULL AND mac_address IS NULL",
        "bad_gym": "raw_line IS NULL AND gym IS NULL",
        "bad_login": f"raw_line IS NULL AND {not_an_instant('login')}",
        "bad_logout": f"_is_closed AND {not_an_instant('logout')}",
        "logout_before_login": "coalesce(logout < login, false)",
    }


RECIPE = FromRecords(GYM_LOGS, GYM_LOGINS, parse, rules, known=GYM_LOGINS.types)
