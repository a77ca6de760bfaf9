"""Registrations: every registration of a wearable and a phone once, and who owns what when."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from gympulse.model.tables import REGISTERED_USERS, REGISTRATIONS
from gympulse.settings import Rules
from gympulse.transforms.expectations import (
    like_its_header,
    readable_bytes,
    required,
    valid_instant,
)
from gympulse.transforms.other_fields import OTHERS, fields_of
from gympulse.transforms.payloads import instant, mac_address, whole
from gympulse.transforms.recipe import FromRecords


def parse(lines: DataFrame, rules: Rules) -> DataFrame:
    """Turn the texts of registration lines into values; what cannot be read is null."""
    return lines.select(
        "raw_line",
        "encoding",
        "source_file",
        "line",
        "load_time",
        F.to_csv(F.struct("user_id", "device_id", "mac_address", "registration_timestamp")).alias(
            "_texts"
        ),
        whole(F.col("user_id")).alias("user_id"),
        whole(F.col("device_id")).alias("device_id"),
        mac_address(F.col("mac_address")).alias("mac_address"),
        instant(F.col("registration_timestamp")).alias("registration_timestamp"),
        fields_of(F.try_parse_json("extra_fields")).alias(OTHERS),
    )


_UNREAD = "raw_line IS NOT NULL"
EXPECTATIONS = (
    readable_bytes(),
    like_its_header(),
    required("bad_user_id", "user_id", "`user_id` is a whole number of 64 bits.", _UNREAD),
    required("bad_device_id", "device_id", "`device_id` is a whole number of 64 bits.", _UNREAD),
    required("bad_mac_address", "mac_address", "`mac_address` is six hex pairs.", _UNREAD),
    valid_instant("bad_registration_timestamp", "registration_timestamp", _UNREAD),
)


def ownership(registrations: DataFrame, thing: str) -> DataFrame:
    """Who owns a device, or a MAC address, from when until when.

    A thing belongs to its latest registration at or before an instant (equal instants: the
    greater user), and before its first to the first.

    Args:
        registrations: Rows of ``silver_db.registrations``, all of each thing asked about.
        thing: ``device_id`` or ``mac_address``.

    Returns:
        ``thing``, ``user_id``, ``owned_from`` (inclusive; null: since ever), ``owned_until``
        (exclusive; null: for ever); the stretches of a thing neither overlap nor leave a gap.
    """
    in_order = Window.partitionBy(thing).orderBy("registration_timestamp")
    return (
        registrations.groupBy(thing, "registration_timestamp")
        .agg(F.max("user_id").alias("user_id"))
        .select(
            thing,
            "user_id",
            F.when(F.row_number().over(in_order) > 1, F.col("registration_timestamp")).alias(
                "owned_from"
            ),
            F.lead("registration_timestamp").over(in_order).alias("owned_until"),
        )
    )


def owns_at(instant: str) -> str:
    """The SQL condition that a stretch of ``ownership`` covers an instant."""
    return (
        f"(owned_from IS NULL OR owned_from <= {instant}) AND "
        f"(owned_until IS NULL OR {instant} < owned_until)"
    )


RECIPE = FromRecords(
    REGISTRATIONS, REGISTERED_USERS, parse, EXPECTATIONS, known=REGISTERED_USERS.types
)
