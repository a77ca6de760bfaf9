"""Every table of the lake, by layer, in the order in which they are filled.

Each is declared once, in its layer's module: grain, key, columns, layout. Schemas, read
frames, merge conditions, the order of the streams and the README's data dictionary are
computed from here.
"""

from gympulse.model.bronze import GYM_LOGINS, KAFKA_MULTIPLEX, REGISTERED_USERS
from gympulse.model.gold import (
    ABNORMAL_HEART_RATES,
    GYM_OCCUPANCY,
    GYM_SUMMARY,
    WORKOUT_BPM_SUMMARY,
)
from gympulse.model.ops import (
    COMPARISONS,
    ERASURES,
    LAYER_RUNS,
    LEDGER,
    MAINTENANCE,
    NEW_FIELDS,
    OPERATIONS,
    QUALITY,
    QUARANTINE,
    RESTORE_POINTS,
    SUPPRESSIONS,
)
from gympulse.model.silver import (
    COMPLETED_WORKOUTS,
    GYM_LOGS,
    HEART_RATE,
    REGISTRATIONS,
    USER_PROFILE,
    USER_PROFILE_EVENTS,
    USER_PROFILE_HISTORY,
    USERS,
    WORKOUT_BPM,
    WORKOUTS,
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
GOLD = (WORKOUT_BPM_SUMMARY, GYM_SUMMARY, GYM_OCCUPANCY, ABNORMAL_HEART_RATES)
OPS = (
    LEDGER,
    QUARANTINE,
    QUALITY,
    NEW_FIELDS,
    LAYER_RUNS,
    OPERATIONS,
    COMPARISONS,
    MAINTENANCE,
    RESTORE_POINTS,
    SUPPRESSIONS,
    ERASURES,
)
LAYERS = {"bronze": BRONZE, "silver": SILVER, "gold": GOLD}
TABLES = {table.name: table for table in (*BRONZE, *SILVER, *GOLD, *OPS)}
BELOW = {"silver": "bronze", "gold": "silver"}
