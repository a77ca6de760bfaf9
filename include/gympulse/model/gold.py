"""Gold: what analysts read."""

from gympulse.model.silver import (
    COMPLETED_WORKOUTS,
    GYM_LOGS,
    REGISTRATIONS,
    SESSION,
    USER_PROFILE_EVENTS,
    WORKOUT_BPM,
)
from gympulse.model.table import Table

WORKOUT_BPM_SUMMARY = Table(
    name="gold_db.workout_bpm_summary",
    grain="one completed workout with readings",
    key=SESSION,
    columns=(
        *SESSION,
        "end_time",
        "date",
        "age_band",
        "sex",
        "city",
        "state",
        "num_records",
        "min_bpm",
        "avg_bpm",
        "max_bpm",
    ),
    reads=(WORKOUT_BPM.name, USER_PROFILE_EVENTS.name),
    spans=("start_time", "end_time"),
    pruned_by="start_time",
    statistics=("user_id", "date"),
)
GYM_SUMMARY = Table(
    name="gold_db.gym_summary",
    grain="one member's phone in one gym on one day",
    key=("gym_id", "mac_address", "date"),
    columns=(
        "gym_id",
        "mac_address",
        "date",
        "workouts",
        "minutes_in_gym",
        "minutes_exercising",
    ),
    reads=(GYM_LOGS.name, COMPLETED_WORKOUTS.name, REGISTRATIONS.name),
    pruned_by="date",
)
GYM_OCCUPANCY = Table(
    name="gold_db.gym_occupancy",
    grain="one hour of one gym, if anybody was there",
    key=("gym_id", "date", "hour"),
    columns=(
        "gym_id",
        "date",
        "hour",
        "visit_count",
        "visitor_count",
        "peak_count",
        "minutes_in_gym",
        "minutes_exercising",
    ),
    reads=(GYM_LOGS.name, COMPLETED_WORKOUTS.name, REGISTRATIONS.name),
    pruned_by="date",
)
ABNORMAL_HEART_RATES = Table(
    name="gold_db.abnormal_heart_rates",
    grain="one completed workout with an abnormal heart rate",
    key=SESSION,
    columns=(
        *SESSION,
        "end_time",
        "date",
        "age_years",
        "predicted_max_bpm",
        "num_records",
        "min_bpm",
        "max_bpm",
        "above_max_seconds",
        "resting_seconds",
        "jump_count",
        "severity",
    ),
    reads=(WORKOUT_BPM.name, USER_PROFILE_EVENTS.name),
    spans=("start_time", "end_time"),
    pruned_by="start_time",
    statistics=("user_id", "date"),
)
