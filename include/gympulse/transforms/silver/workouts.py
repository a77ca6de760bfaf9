"""Workouts: every start and stop once."""

from collections.abc import Mapping

from pyspark.sql import DataFrame

from gympulse.model.tables import KAFKA_MULTIPLEX, WORKOUTS
from gympulse.settings import Rules
from gympulse.transforms.payloads import INSTANT, TEXT, WHOLE, read_fields
from gympulse.transforms.recipe import FromRecords
from gympulse.transforms.rules import UNREADABLE, not_an_instant

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


def rules(limits: Rules) -> Mapping[str, str]:
    """Every field is required; actions are exact words."""
    return {
        "unreadable_bytes": UNREADABLE,
        "bad_user_id": "user_id IS NULL",
        "bad_workout_id": "workout_id IS NULL",
        "bad_session_id": "session_id IS NULL",
        "bad_timestamp": not_an_instant("time"),
        "unknown_action": "action IS NULL OR action NOT IN ('start', 'stop')",
    }


RECIPE = FromRecords(WORKOUTS, KAFKA_MULTIPLEX, parse, rules, PAYLOAD, topic="workout")
