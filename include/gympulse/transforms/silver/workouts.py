"""Workouts: every start and stop once."""

from pyspark.sql import DataFrame

from gympulse.model.tables import KAFKA_MULTIPLEX, WORKOUTS
from gympulse.settings import Rules
from gympulse.transforms.expectations import Expectation, readable_bytes, required, valid_instant
from gympulse.transforms.payloads import INSTANT, TEXT, WHOLE, read_fields
from gympulse.transforms.recipe import FromRecords

PAYLOAD = {
    "user_id": WHOLE,
    "workout_id": WHOLE,
    "timestamp": INSTANT,
    "action": TEXT,
    "session_id": WHOLE,
}


def parse(records: DataFrame, rules: Rules) -> DataFrame:
    """Add an event's columns to records of topic ``workout``; what cannot be read is null."""
    events = read_fields(records, PAYLOAD)
    return events.withColumnRenamed("timestamp", "time")


EXPECTATIONS = (
    readable_bytes(),
    required("bad_user_id", "user_id", "`user_id` is a whole number of 64 bits."),
    required("bad_workout_id", "workout_id", "`workout_id` is a whole number of 64 bits."),
    required("bad_session_id", "session_id", "`session_id` is a whole number of 64 bits."),
    valid_instant("bad_timestamp", "time"),
    Expectation("unknown_action", "action IN ('start', 'stop')", "`action` is `start` or `stop`."),
)

RECIPE = FromRecords(WORKOUTS, KAFKA_MULTIPLEX, parse, EXPECTATIONS, known=PAYLOAD, topic="workout")
