"""One member's visit: what is received of it, and what gold makes of it."""

import json
from datetime import UTC, date, datetime

from gympulse.model.tables import GYM_SUMMARY, WORKOUT_BPM_SUMMARY

_IN = int(datetime(2024, 3, 4, 10, tzinfo=UTC).timestamp())
_START, _STOP, _OUT = _IN + 600, _IN + 2400, _IN + 3600
_MAC = "0a:00:00:00:00:01"
_WORKOUT = {"user_id": 1, "workout_id": 7, "session_id": 1}

# Rows of the registration database, in the order of the columns of registration.sql.
ROWS = {
    "registered_users": (1, 100, _MAC, _IN - 86_400),
    "gym_logins": (_MAC, 5, _IN, _OUT),
}
# Topic and value.
_EVENTS = (
    (
        "user_info",
        {
            "user_id": 1,
            "update_type": "new",
            "timestamp": _IN - 86_400,
            "dob": "03/04/1990",
            "sex": "F",
            "gender": "F",
            "first_name": "Ada",
            "last_name": "Smoke",
            "address": {
                "street_address": "1 A St",
                "city": "Boston",
                "state": "MA",
                "zip": "02139",
            },
        },
    ),
    ("workout", {**_WORKOUT, "timestamp": _START, "action": "start"}),
    ("workout", {**_WORKOUT, "timestamp": _STOP, "action": "stop"}),
    *(
        ("bpm", {"device_id": 100, "time": _START + after, "heartrate": heartrate})
        for after, heartrate in ((60, 120.0), (120, 150.0), (180, 135.0))
    ),
)
MESSAGES = [(topic, json.dumps(value).encode()) for topic, value in _EVENTS]

_DAY = date(2024, 3, 4)
# Whole tables, in the order of their columns.
GOLD = {
    WORKOUT_BPM_SUMMARY: [
        (
            *_WORKOUT.values(),
            datetime.fromtimestamp(_START, UTC),
            datetime.fromtimestamp(_STOP, UTC),
            _DAY,
            "25-35",
            "F",
            "Boston",
            "MA",
            3,
            120.0,
            135.0,
            150.0,
        )
    ],
    GYM_SUMMARY: [(5, _MAC, _DAY, [7], 60.0, 30.0)],
}
