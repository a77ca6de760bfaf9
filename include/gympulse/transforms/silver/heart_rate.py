"""Heart rate: one reading per wearable and instant, the highest of those that disagree."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.model.tables import HEART_RATE, KAFKA_MULTIPLEX
from gympulse.settings import Rules
from gympulse.transforms.business_time import date_of
from gympulse.transforms.payloads import INSTANT, REAL, WHOLE, read_fields
from gympulse.transforms.recipe import FromRecords
from gympulse.transforms.rules import UNREADABLE, not_an_instant

PAYLOAD = {"device_id": WHOLE, "time": INSTANT, "heartrate": REAL}


def parse(records: DataFrame, rules: Rules) -> DataFrame:
    """Add a reading's columns to records of topic ``bpm``; what cannot be read is null."""
    readings = read_fields(records, PAYLOAD)
    return readings.withColumn("date", date_of(F.col("time"), rules.time_zone))


def rules(limits: Rules) -> Mapping[str, str]:
    """Below the least plausible rate the sensor is off the wrist, above it counts motion."""
    return {
        "unreadable_bytes": UNREADABLE,
        "bad_device_id": "device_id IS NULL",
        "bad_time": not_an_instant("time"),
        "bad_heartrate": "heartrate IS NULL OR heartrate NOT BETWEEN "
        f"{limits.min_heartrate}D AND {limits.max_heartrate}D",
    }


RECIPE = FromRecords(HEART_RATE, KAFKA_MULTIPLEX, parse, rules, PAYLOAD, topic="bpm")
