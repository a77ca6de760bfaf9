"""Starts and stops: what is accepted of topic ``workout``."""

import json

import pytest

from gympulse.settings import Rules
from gympulse.transforms.silver import workouts
from spark.frames import NOON, assert_judged, at, judged, kafka_records, noon

T = 1_709_208_000
EVENT = {
    "user_id": "12474",
    "workout_id": "1",
    "timestamp": str(T),
    "action": '"start"',
    "session_id": "2",
}
KEPT = (12474, 1, 2, "start", NOON)
BAD = {
    "user_id": "bad_user_id",
    "workout_id": "bad_workout_id",
    "timestamp": "bad_timestamp",
    "action": "unknown_action",
    "session_id": "bad_session_id",
}


def event(**raw):
    """A payload with some of its fields written otherwise, or left out."""
    fields = {name: text for name, text in (EVENT | raw).items() if text is not None}
    return "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"


CASES = {
    "a start": (event(), KEPT),
    "a stop": (event(action='"stop"'), (*KEPT[:3], "stop", NOON)),
    "ids in other forms": (event(user_id='"12474.0"', workout_id="1e0", session_id="2.0"), KEPT),
    "unknown fields lose nothing": (event(band='"x"', more='{"action": "stop"}'), KEPT),
    "an instant to the microsecond": (
        event(timestamp=f'"{T}.0000005"'),
        (*KEPT[:4], noon(0.000001)),
    ),
    "the first instant": (event(timestamp="946684800"), (*KEPT[:4], at("2000-01-01"))),
    "just before it": (event(timestamp="946684799.999999"), {"bad_timestamp"}),
    "the last instant": (
        event(timestamp="4102444799.999999"),
        (*KEPT[:4], at("2099-12-31 23:59:59.999999")),
    ),
    "just after it": (event(timestamp="4102444800"), {"bad_timestamp"}),
    "milliseconds": (event(timestamp=f"{T}000"), {"bad_timestamp"}),
    **{f"no {name}": (event(**{name: None}), {rule}) for name, rule in BAD.items()},
    **{f"{name} is null": (event(**{name: "null"}), {rule}) for name, rule in BAD.items()},
    **{f"{name} is true": (event(**{name: "true"}), {rule}) for name, rule in BAD.items()},
    **{f"{name} is blank": (event(**{name: '""'}), {rule}) for name, rule in BAD.items()},
    **{f"{name} is an array": (event(**{name: "[1]"}), {rule}) for name, rule in BAD.items()},
    **{
        f"the action {word}": (event(action=json.dumps(word)), {"unknown_action"})
        for word in ("START", "Stop", "start ", " start", "pause", "start\n", ["start"], 1)
    },
    "text after the object": (event() + "}", set(BAD.values())),
    "no object": ("null", set(BAD.values())),
    "bytes that are not UTF-8": ("base64:/w==", {*BAD.values(), "unreadable_bytes"}),
}


@pytest.fixture(scope="module")
def found(spark):
    records = kafka_records(spark, "workout", (value for value, _ in CASES.values()))
    judgements = judged(workouts.RECIPE, records, "offset", Rules())
    return dict(zip(CASES, judgements, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_workout_events(found, name):
    assert_judged(found[name], CASES[name][1])
