"""Silver: what is valid, each once, and what follows from it."""

from gympulse.model.bronze import GYM_LOGINS, KAFKA_MULTIPLEX, REGISTERED_USERS
from gympulse.model.table import Table

PROFILE = (
    "dob",
    "sex",
    "gender",
    "first_name",
    "last_name",
    "street_address",
    "city",
    "state",
    "zip",
)
SESSION = ("user_id", "workout_id", "session_id", "start_time")

REGISTRATIONS = Table(
    name="silver_db.registrations",
    grain="one registration",
    key=("user_id", "device_id", "mac_address", "registration_timestamp"),
    columns=("user_id", "device_id", "mac_address", "registration_timestamp"),
    reads=(REGISTERED_USERS.name,),
    spans=("registration_timestamp", "registration_timestamp"),
    keeps_changes=True,
)
USERS = Table(
    name="silver_db.users",
    grain="the latest registration of one wearable by one member",
    key=("user_id", "device_id"),
    columns=("user_id", "device_id", "mac_address", "registration_timestamp"),
    reads=(REGISTRATIONS.name,),
    spans=("registration_timestamp", "registration_timestamp"),
)
USER_PROFILE_EVENTS = Table(
    name="silver_db.user_profile_events",
    grain="one profile event, deletes included",
    key=("user_id", "time", "log_position", "action", *PROFILE),
    columns=("user_id", "time", "log_position", "action", *PROFILE),
    reads=(KAFKA_MULTIPLEX.name,),
    spans=("time", "time"),
    statistics=("user_id", "time"),
    keeps_changes=True,
)
USER_PROFILE = Table(
    name="silver_db.user_profile",
    grain="the present profile of one member",
    key=("user_id",),
    columns=("user_id", *PROFILE, "updated"),
    reads=(USER_PROFILE_EVENTS.name,),
    spans=("updated", "updated"),
    statistics=("user_id",),
)
USER_PROFILE_HISTORY = Table(
    name="silver_db.user_profile_history",
    grain="one unbroken stretch of equal profiles of one member",
    key=("user_id", "valid_from"),
    columns=("user_id", "valid_from", "valid_to", "is_current", *PROFILE),
    reads=(USER_PROFILE_EVENTS.name,),
    spans=("valid_from", "valid_to"),
    statistics=("user_id", "valid_from", "valid_to"),
)
GYM_LOGS = Table(
    name="silver_db.gym_logs",
    grain="one visit",
    key=("mac_address", "gym", "login"),
    columns=("mac_address", "gym", "login", "logout"),
    reads=(GYM_LOGINS.name,),
    spans=("login", "logout"),
    pruned_by="login",
    statistics=("logout",),
    keeps_changes=True,
)
HEART_RATE = Table(
    name="silver_db.heart_rate",
    grain="one reading of one wearable at one instant",
    key=("device_id", "time"),
    columns=("device_id", "time", "heartrate", "date"),
    reads=(KAFKA_MULTIPLEX.name,),
    partitioned_by=("date",),
    pruned_by="time",
    statistics=("device_id",),
    keeps_changes=True,
)
WORKOUTS = Table(
    name="silver_db.workouts",
    grain="one start or stop of a workout",
    key=("user_id", "workout_id", "session_id", "action", "time"),
    columns=("user_id", "workout_id", "session_id", "action", "time"),
    reads=(KAFKA_MULTIPLEX.name,),
    pruned_by="time",
    statistics=("user_id",),
    keeps_changes=True,
)
COMPLETED_WORKOUTS = Table(
    name="silver_db.completed_workouts",
    grain="one workout with its start and its stop",
    key=SESSION,
    columns=(*SESSION, "end_time"),
    reads=(WORKOUTS.name,),
    spans=("start_time", "end_time"),
    pruned_by="start_time",
    statistics=("user_id", "end_time"),
    keeps_changes=True,
)
WORKOUT_BPM = Table(
    name="silver_db.workout_bpm",
    grain="one reading within one workout of the wearable's owner",
    key=(*SESSION, "device_id", "time"),
    columns=(*SESSION, "device_id", "time", "end_time", "heartrate"),
    reads=(HEART_RATE.name, COMPLETED_WORKOUTS.name, REGISTRATIONS.name),
    spans=("start_time", "end_time"),
    pruned_by="time",
    statistics=("start_time", "end_time"),
    keeps_changes=True,
)
