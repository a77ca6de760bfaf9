"""Bronze: what came, as it came."""

from gympulse.model.table import Table

# The Kafka topics that are read.
TOPICS = ("bpm", "user_info", "workout")


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
        "extra_fields",
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
        "extra_fields",
        "raw_line",
        "encoding",
        "source_file",
        "line",
        "load_time",
    ),
    statistics=("source_file", "line"),
    types=_text("mac_address", "gym", "login", "logout"),
)
