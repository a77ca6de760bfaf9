"""Heart rate: one reading per wearable and instant, the highest of those that disagree."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.model.tables import HEART_RATE, KAFKA_MULTIPLEX, REGISTRATIONS
from gympulse.settings import Rules
from gympulse.transforms.business_time import date_of
from gympulse.transforms.expectations import (
    Action,
    Expectation,
    Reference,
    readable_bytes,
    required,
    valid_instant,
)
from gympulse.transforms.payloads import INSTANT, REAL, WHOLE, read_fields
from gympulse.transforms.recipe import FromRecords

PAYLOAD = {"device_id": WHOLE, "time": INSTANT, "heartrate": REAL}


def parse(records: DataFrame, rules: Rules) -> DataFrame:
    """Add a reading's columns to records of topic ``bpm``; what cannot be read is null."""
    readings = read_fields(records, PAYLOAD)
    return readings.withColumn("date", date_of(F.col("time"), rules.time_zone))


EXPECTATIONS = (
    readable_bytes(),
    required("bad_device_id", "device_id", "`device_id` is a whole number of 64 bits."),
    valid_instant("bad_time", "time"),
    # Below the least plausible rate the sensor is off the wrist, above it counts motion.
    Expectation(
        "bad_heartrate",
        "heartrate BETWEEN {min_heartrate}D AND {max_heartrate}D",
        "`heartrate` is a number from {min_heartrate} to {max_heartrate} beats a minute.",
    ),
    Expectation(
        "clock_ahead",
        "time <= timestamp + make_dt_interval(0, 0, 0, {max_clock_ahead_seconds})",
        "A wearable's clock is at most {max_clock_ahead_seconds} s ahead of its record's "
        "Kafka timestamp.",
        is_met_by_null=True,
        action=Action.WARN,
    ),
)
REFERENCES = (
    Reference(
        Expectation(
            "unregistered_device",
            f"device_id IN (SELECT device_id FROM {REGISTRATIONS.name})",
            "Somebody registered the reading's wearable; the readings of others wait for that.",
            action=Action.WARN,
        ),
        "device_id",
        REGISTRATIONS,
    ),
)

RECIPE = FromRecords(
    HEART_RATE,
    KAFKA_MULTIPLEX,
    parse,
    EXPECTATIONS,
    known=PAYLOAD,
    topic="bpm",
    references=REFERENCES,
)
