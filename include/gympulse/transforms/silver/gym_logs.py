"""Gym logs: one row a visit, with the greatest logout that is known."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.model.tables import GYM_LOGINS, GYM_LOGS
from gympulse.settings import Rules
from gympulse.transforms.expectations import (
    Expectation,
    like_its_header,
    not_an_instant,
    readable_bytes,
    required,
    valid_instant,
)
from gympulse.transforms.other_fields import OTHERS, fields_of
from gympulse.transforms.payloads import instant, mac_address, whole
from gympulse.transforms.recipe import FromRecords


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


_UNREAD = "raw_line IS NOT NULL"
EXPECTATIONS = (
    readable_bytes(),
    like_its_header(),
    required("bad_mac_address", "mac_address", "`mac_address` is six hex pairs.", _UNREAD),
    required("bad_gym", "gym", "`gym` is a whole number of 64 bits.", _UNREAD),
    valid_instant("bad_login", "login", _UNREAD),
    Expectation(
        "bad_logout",
        f"NOT _is_closed OR NOT {not_an_instant('logout')}",
        "`logout`, where it is given, is in epoch seconds and lies in 2000 to 2099.",
    ),
    # An equal one is a visit of no length; an open visit has none.
    Expectation(
        "logout_before_login",
        "logout >= login",
        "A visit ends when it began, or later.",
        is_met_by_null=True,
    ),
)

RECIPE = FromRecords(GYM_LOGS, GYM_LOGINS, parse, EXPECTATIONS, known=GYM_LOGINS.types)
