"""Bad records of every kind: each breaks one rule, or cannot be read at all.

Each with where it comes, and the names of the rules that it breaks.
"""

import json

from oracle.sending import change, flat

T = 1_709_226_000
READING = {"device_id": 101, "time": T, "heartrate": 60}
WORKOUT = {"user_id": 11, "workout_id": 1, "session_id": 1, "timestamp": T, "action": "start"}
EVENT = flat(11, "update", T, sex="F")
UNREAD_READING = ("bad_device_id", "bad_time", "bad_heartrate")
UNREAD_WORKOUT = (
    *("bad_user_id", "bad_workout_id", "bad_session_id", "bad_timestamp", "unknown_action"),
)
UNREAD_EVENT = ("unknown_update_type", "bad_user_id", "bad_timestamp")

_PAYLOADS = (
    ("bpm", READING | {"device_id": 101.5}, ["bad_device_id"]),
    ("bpm", READING | {"time": T * 1000}, ["bad_time"]),
    ("bpm", READING | {"heartrate": 250.1}, ["bad_heartrate"]),
    ("bpm", READING | {"heartrate": None}, ["bad_heartrate"]),
    ("bpm", b'{"device_id": 101, "time"', UNREAD_READING),
    ("bpm", b"\xff" + json.dumps(READING).encode(), ["unreadable_bytes", *UNREAD_READING]),
    ("workout", WORKOUT | {"user_id": "x"}, ["bad_user_id"]),
    ("workout", WORKOUT | {"workout_id": True}, ["bad_workout_id"]),
    ("workout", WORKOUT | {"session_id": 2**63}, ["bad_session_id"]),
    ("workout", WORKOUT | {"timestamp": 0}, ["bad_timestamp"]),
    ("workout", WORKOUT | {"action": "pause"}, ["unknown_action"]),
    ("workout", b"[]", UNREAD_WORKOUT),
    ("workout", b"\xff", ["unreadable_bytes", *UNREAD_WORKOUT]),
    ("user_info", EVENT | {"update_type": "replace"}, ["unknown_update_type"]),
    ("user_info", EVENT | {"user_id": []}, ["bad_user_id"]),
    ("user_info", EVENT | {"timestamp": "soon"}, ["bad_timestamp"]),
    ("user_info", EVENT | {"dob": "02/30/2000"}, ["bad_profile_field"]),
    ("user_info", change("u", T, {"lsn": "end"}, user_id=11), ["bad_log_position"]),
    ("user_info", change("t", T, user_id=11), ["unknown_update_type"]),
    ("user_info", b"", UNREAD_EVENT),
    ("user_info", b"\xff", ["unreadable_bytes", *UNREAD_EVENT]),
)
BAD_PAYLOADS = tuple(
    (topic, sent if isinstance(sent, bytes) else json.dumps(sent).encode(), tuple(rules))
    for topic, sent, rules in _PAYLOADS
)
"""Topic, payload and rules."""

M = "aa:00:00:00:00:01"
BAD_LINES = (
    ("registered_users", f"x,7,{M},{T}".encode(), ("bad_user_id",)),
    ("registered_users", f"1,,{M},{T}".encode(), ("bad_device_id",)),
    ("registered_users", f"1,7,{M}:02,{T}".encode(), ("bad_mac_address",)),
    ("registered_users", f"1,7,{M},{T}000".encode(), ("bad_registration_timestamp",)),
    ("registered_users", f"1,7,{M}".encode(), ("line_unlike_header",)),
    ("registered_users", f"1,7,{M},{T}".encode() + b"\xff", ("unreadable_bytes",)),
    ("gym_logins", f"aa0000000001,1,{T},".encode(), ("bad_mac_address",)),
    ("gym_logins", f"{M},1.5,{T},".encode(), ("bad_gym",)),
    ("gym_logins", f"{M},1,,".encode(), ("bad_login",)),
    ("gym_logins", f"{M},1,{T},never".encode(), ("bad_logout",)),
    ("gym_logins", f"{M},1,{T},{T - 1}".encode(), ("logout_before_login",)),
    ("gym_logins", f"{M},1,{T}".encode(), ("line_unlike_header",)),
    ("gym_logins", b"\xff\xfe", ("unreadable_bytes",)),
)
"""Folder, line below the usual header, and rules."""
