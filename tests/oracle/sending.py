"""Short forms for records in tests: one line for what one line of a table says."""

import json

from oracle.records import SECOND, CsvFile, KafkaRecord

HEADERS = {
    "registered_users": "user_id,device_id,mac_address,registration_timestamp",
    "gym_logins": "mac_address,gym,login,logout",
}


def sent(topic: str, *payloads: object) -> list[KafkaRecord]:
    """Send payloads to partition 0 from offset 0 on: bytes, None, or what becomes JSON."""
    values = [
        payload if isinstance(payload, bytes | None) else json.dumps(payload).encode()
        for payload in payloads
    ]
    return [KafkaRecord(topic, 0, at, None, value) for at, value in enumerate(values)]


def landed(folder: str, *lines: str, name: str = "a.csv") -> list[CsvFile]:
    """Land one file of lines below the usual header."""
    return [CsvFile(folder, name, "\n".join((HEADERS[folder], *lines)).encode())]


def workouts(*told: tuple) -> list[KafkaRecord]:
    """Send (user_id, workout_id, session_id, action, seconds)."""
    names = ("user_id", "workout_id", "session_id", "action", "timestamp")
    return sent("workout", *(dict(zip(names, event, strict=True)) for event in told))


def readings(*told: tuple) -> list[KafkaRecord]:
    """Send (device_id, seconds, heartrate)."""
    names = ("device_id", "time", "heartrate")
    return sent("bpm", *(dict(zip(names, reading, strict=True)) for reading in told))


def flat(user_id: int, action: str, seconds: float, **profile: object) -> dict:
    """Return a flat profile event."""
    return {"user_id": user_id, "update_type": action, "timestamp": seconds, **profile}


def change(op: str, seconds: float, position: dict | None = None, **columns: object) -> dict:
    """Return a Debezium event."""
    before, after = (columns, None) if op == "d" else (None, columns)
    source = {"ts_ms": round(seconds * 1000), **(position or {})}
    return {"op": op, "before": before, "after": after, "source": source}


def at(seconds: float) -> int:
    """Return an instant of a table."""
    return round(seconds * SECOND)
