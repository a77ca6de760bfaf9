"""Every table of the lake, declared once: grain, key, columns, layout.

Schemas, read frames, merge conditions, the order of the streams and the README's
data dictionary are computed from here.
"""

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


def _text(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "string")


KAFKA_MULTIPLEX = Table(
    name="bronze_db.kafka_multiplex",
    grain="one Kafka record as received, or one line of an archive",
    key=("topic", "partition", "offset", "source"),
    columns=(
        "key",
        "value",
        "encoding",
        "topic",
        "partition",
        "offset",
        "timestamp",
        "date",
        "source",
        "load_time",
    ),
    partitioned_by=("topic",),
    # Nobody looks a payload up by its text: bounds of long strings cost more than they skip.
    # The source tells files of archives from those of the hourly runs.
    statistics=("partition", "offset", "timestamp", "source"),
)
REGISTERED_USERS = Table(
    name="bronze_db.registered_users",
    grain="one line of a landed registration file, as received",
    key=("source_file", "line"),
    columns=(
        "user_id",
        "device_id",
        "mac_address",
        "registration_timestamp",
        "raw_line",
        "encoding",
        "source_file",
        "line",
        "load_time",
    ),
    statistics=("source_file", "line"),
    types=_text("user_id", "device_id", "mac_address", "registration_timestamp"),
)
GYM_LOGINS = Table(
    name="bronze_db.gym_logins",
    grain="one line of a landed login file, as received",
    key=("source_file", "line"),
    columns=(
        "mac_address",
        "gym",
        "login",
        "logout",
        "raw_line",
        "encoding",
        "source_file",
        "line",
        "load_time",
    ),
    statistics=("source_file", "line"),
    types=_text("mac_address", "gym", "login", "logout"),
)

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

LEDGER = Table(
    name="ops_db.ledger",
    grain="one batch of one stream, for one table",
    key=("table", "stream", "batch_id"),
    columns=(
        "run_id",
        "layer",
        "table",
        "stream",
        "batch_id",
        "rows_read",
        "inserted",
        "superseding",
        "duplicate",
        "quarantined",
        "finished_at",
    ),
)
QUARANTINE = Table(
    name="ops_db.quarantine",
    grain="one record and one rule it breaks",
    key=("source", "source_id", "rule"),
    columns=("source", "source_id", "rule", "payload", "quarantined_at", "status"),
    statistics=("source", "source_id", "rule", "status"),
)
LAYER_RUNS = Table(
    name="ops_db.layer_runs",
    grain="one finished run of one layer's job",
    key=("run_id", "layer"),
    columns=("run_id", "layer", "began_at", "complete_through", "finished_at"),
)
OPERATIONS = Table(
    name="ops_db.operations",
    grain="one phase of one backfill, rebuild or verification",
    key=("operation_id", "phase"),
    columns=(
        "operation_id",
        "phase",
        "job",
        "mode",
        "from_date",
        "to_date",
        "reason",
        "is_dry_run",
        "outcome",
        "files_to_read",
        "rows_to_read",
        "bytes_to_read",
        "began_at",
        "finished_at",
    ),
)
COMPARISONS = Table(
    name="ops_db.comparisons",
    grain="one table as an operation compared it with what it should be",
    key=("operation_id", "phase", "table"),
    columns=(
        "operation_id",
        "phase",
        "table",
        "rows_expected",
        "missing",
        "extra",
        "different",
        "first_date",
        "last_date",
        "examples",
        "finished_at",
    ),
)

BRONZE = (KAFKA_MULTIPLEX, REGISTERED_USERS, GYM_LOGINS)
SILVER = (
    REGISTRATIONS,
    USERS,
    USER_PROFILE_EVENTS,
    USER_PROFILE,
    USER_PROFILE_HISTORY,
    GYM_LOGS,
    HEART_RATE,
    WORKOUTS,
    COMPLETED_WORKOUTS,
    WORKOUT_BPM,
)
GOLD = (WORKOUT_BPM_SUMMARY, GYM_SUMMARY)
OPS = (LEDGER, QUARANTINE, LAYER_RUNS, OPERATIONS, COMPARISONS)
LAYERS = {"bronze": BRONZE, "silver": SILVER, "gold": GOLD}
TABLES = {table.name: table for table in (*BRONZE, *SILVER, *GOLD, *OPS)}
BELOW = {"silver": "bronze", "gold": "silver"}
