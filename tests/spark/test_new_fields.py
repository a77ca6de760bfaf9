"""Fields that the platform does not know: noticed wherever they stand, and nothing else is."""

import pytest
from deltalake import DeltaTable
from pyspark.sql import functions as F

from gympulse.io import new_fields, schema
from gympulse.io.delta import Reader
from gympulse.io.from_records import write_records
from gympulse.lake import Lake
from gympulse.model.tables import HEART_RATE, NEW_FIELDS, QUARANTINE, REGISTRATIONS
from gympulse.settings import Rules
from gympulse.transforms.other_fields import OTHERS
from gympulse.transforms.silver import (
    gym_logs,
    heart_rate,
    registrations,
    user_profile_events,
    workouts,
)
from spark.frames import NOON, frame, kafka_records, noon
from spark.profile_cases import T, change, document, flat, wrapped

READING = {"device_id": "118440", "time": str(T), "heartrate": "67.17"}
EVENT = {
    "user_id": "12474",
    "workout_id": "1",
    "timestamp": str(T),
    "action": '"start"',
    "session_id": "1",
}


def reading(more="", **raw):
    """A reading with some fields written otherwise, and more text before its end."""
    return document(READING | raw)[:-1] + more + "}"


LONG = "n" * 201
# Payloads, and by path the new fields with their values.
READINGS = {
    "known fields": (reading(), {}),
    "without spaces, in another order": (
        f'{{"heartrate":67.17,"time":{T},"device_id":118440}}',
        {},
    ),
    "a number": (reading(', "x": 80'), {"x": "80"}),
    "the first of the fields": ('{"x": 1, ' + reading()[1:], {"x": "1"}),
    "a text": (reading(', "x": "on"'), {"x": "on"}),
    "null": (reading(', "x": null'), {"x": None}),
    "a boolean": (reading(', "x": true'), {"x": "true"}),
    "a list": (reading(', "x": [1, "a"]'), {"x": '[1,"a"]'}),
    "an object, whose fields are not looked at": (
        reading(', "x": {"y": 1, "time": 2}'),
        {"x": '{"time":2,"y":1}'},
    ),
    "several": (reading(', "x": 1, "y": 2'), {"x": "1", "y": "2"}),
    "quotes, braces and colons in a text": (reading(r', "x": "\"y\": {1}, "'), {"x": '"y": {1}, '}),
    "an empty name": (reading(', "": 1'), {"": "1"}),
    "a name of quotes, dots and brackets": (
        reading(r', "a\"b.c[\"d\"]": 1'),
        {"""['a"b.c["d"]']""": "1"},
    ),
    "a name of other letters": (reading(', "é": 1'), {"é": "1"}),
    "an escaped name": (reading(r', "\u0078\u003a": 1'), {"x:": "1"}),
    "a name with a dot": (reading(', "x.y": 1'), {"['x.y']": "1"}),
    "a known name escaped": (reading().replace("device_id", r"device\u005fid"), {}),
    "a known name in capitals": (reading(', "Time": 1'), {"Time": "1"}),
    "a known name and a space": (reading(', "time ": 1'), {"time ": "1"}),
    "a known name twice": (reading(', "heartrate": 60'), {}),
    "a new name twice": (reading(', "x": 1, "x": 2'), {"x": "2"}),
    "a name of 201 characters": (reading(f', "{LONG}": 1'), {LONG[1:]: "1"}),
    "beside a number in a string": (reading(', "x": 1', heartrate='"67"'), {"x": "1"}),
    "a number in a string alone": (reading(heartrate='"67"'), {}),
    "beside an instant out of bounds": (reading(', "x": 1', time="-1"), {"x": "1"}),
    "in the place of a required field": (reading(', "x": 1', heartrate=None), {"x": "1"}),
    "a required field missing": (reading(heartrate=None), {}),
    "white space after the object": (reading(', "x": 1') + " \n", {"x": "1"}),
    "an empty object": ("{}", {}),
    "text after the object": (reading(', "x": 1') + " x", {}),
    "two objects": (reading(', "x": 1') * 2, {}),
    "no end": (reading(', "x": 1')[:-1], {}),
    "no number": (reading(', "x": NaN'), {}),
    "an array": ("[" + reading(', "x": 1') + "]", {}),
    "no JSON": ("x: 1", {}),
    "an empty payload": ("", {}),
    "a tombstone": (None, {}),
    "no UTF-8": ("base64:eyJ4IjogMX0=", {}),
}
EVENTS = {
    "known fields": (document(EVENT), {}),
    "a colon in a text": (document(EVENT | {"action": '"sto:p"'}), {}),
    "a brace in a text": (document(EVENT | {"action": '"}"'}), {}),
    "one more": (document(EVENT | {"x": "1"}), {"x": "1"}),
    "a reading's field": (document(EVENT | {"heartrate": "60"}), {"heartrate": "60"}),
}
PROFILES = {
    "known fields, flat": (flat(), {}),
    "nulls": (flat("null", dob="null"), {}),
    "a flat one more": (flat(x="[1]"), {"x": "[1]"}),
    "more in the address": (flat({"floor": "3"}), {"address.floor": "3"}),
    "both": (flat({"x": '"a"'}, x='"b"'), {"address.x": "a", "x": "b"}),
    "null in the address": (flat({"floor": "null"}), {"address.floor": None}),
    "an address that is no object": (flat('"1 Main St"', x="1"), {"x": "1"}),
    "an address that is null": (flat("null"), {}),
    "an address of nothing": (flat("{}"), {}),
    "a field of the address beside it": (flat(zip='"02139"'), {"zip": "02139"}),
    "a name that looks like a path": (flat(**{"address.zip": "1"}), {"['address.zip']": "1"}),
    "known fields of a change": (change(), {}),
    "known fields of a deletion": (change("d"), {}),
    "what Debezium adds": (
        change()[:-1] + ', "transaction": {"id": "x"}, "ts_us": 1, "ts_ns": 1, "message": null}',
        {},
    ),
    "more about the source": (change(source={"snapshot": '"true"', "x": "1"}), {}),
    "a change one more": (change()[:-1] + ', "x": 1}', {"x": "1"}),
    "a column more": (change(floor="3"), {"after.floor": "3"}),
    "a column that went": (change(before='{"user_id": 1, "floor": 2}'), {"after.floor": "2"}),
    "a column of a deletion": (change("d", floor="3"), {"after.floor": "3"}),
    "a change in an envelope": (wrapped(change()), {}),
    "a column more in an envelope": (wrapped(change(floor="3")), {"after.floor": "3"}),
    "a change one more in an envelope": (wrapped(change()[:-1] + ', "x": 1}'), {"x": "1"}),
    "an envelope one more": (wrapped(change())[:-1] + ', "x": 1}', {"x": "1"}),
    "neither flat nor a change": ('{"user_id": 1, "x": 2}', {"x": "2"}),
    "an unknown update type": (flat(update_type='"moved"', x="1"), {"x": "1"}),
    "no object": ('["x"]', {}),
    "text after the object": (flat(x="1") + "x", {}),
    "a tombstone": (None, {}),
    "no UTF-8": ("base64:eyJ4IjogMX0=", {}),
}
# Extra fields of lines, as bronze keeps them.
LINES = {
    "none": (None, {}),
    "one": ('{"door": "north"}', {"door": "north"}),
    "several": ('{"": ["a", "b"], "door": ""}', {"": '["a","b"]', "door": ""}),
    "a column's name once more": ('{"mac_address": "x"}', {}),
}
# By recipe: its cases, and the records that they are.
CASES = (
    (heart_rate.RECIPE, READINGS),
    (workouts.RECIPE, EVENTS),
    (user_profile_events.RECIPE, PROFILES),
    (registrations.RECIPE, LINES),
    (gym_logs.RECIPE, LINES),
)
EXPECTED = {
    f"{recipe.table.short_name}: {name}": new
    for recipe, cases in CASES
    for name, (_, new) in cases.items()
}


def records_of(spark, recipe, sent):
    """Bronze rows in order: payloads of a topic, or lines with these extra fields."""
    if recipe.topic:
        return kafka_records(spark, recipe.topic, sent)
    texts = (None,) * len(recipe.source.types)
    rows = [(*texts, extra, None, "utf-8", "a.csv", line, NOON) for line, extra in enumerate(sent)]
    return frame(spark, recipe.source, rows)


@pytest.fixture(scope="module")
def seen(spark):
    """By case, whether the record has new fields, and all fields that were looked at."""
    found = {}
    for recipe, cases in CASES:
        records = records_of(spark, recipe, [sent for sent, _ in cases.values()])
        parsed = recipe.parse(records, Rules()).withColumn(
            "is_new", new_fields.is_new(recipe, frozenset())
        )
        rows = parsed.select("offset" if recipe.topic else "line", "is_new", OTHERS).collect()
        for name, (_, is_new, others) in zip(cases, sorted(rows), strict=True):
            new = {path: text for path, text in others or () if path not in recipe.known}
            found[f"{recipe.table.short_name}: {name}"] = is_new, new
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_new_fields_are_seen(seen, name):
    assert seen[name] == (bool(EXPECTED[name]), EXPECTED[name])


def test_payloads_as_devices_send_them_are_not_looked_into(spark):
    """What costs time is done for those only that may have more fields."""
    for recipe, payload in ((heart_rate.RECIPE, reading()), (workouts.RECIPE, document(EVENT))):
        parsed = recipe.parse(kafka_records(spark, recipe.topic, [payload]), Rules())
        assert parsed.select(OTHERS).collect() == [(None,)]


@pytest.fixture
def lake(tmp_path):
    """A lake with the tables that readings need."""
    lake = Lake(str(tmp_path))
    schema.create(lake, [HEART_RATE, QUARANTINE, NEW_FIELDS, REGISTRATIONS])
    return lake


def take(spark, lake, payloads, loaded=NOON, first=0):
    """Take readings in as a batch; ``first`` is the first one's offset."""
    batch = kafka_records(spark, "bpm", payloads).withColumns(
        {"load_time": F.lit(loaded), "offset": F.col("offset") + first}
    )
    write_records(batch, heart_rate.RECIPE, Reader(spark, lake, "UTC"), Rules(), lambda _: None)


def noticed(lake):
    """The rows of ``ops_db.new_fields`` but their source, in order."""
    found = DeltaTable(lake.path(NEW_FIELDS)).to_pyarrow_table().sort_by("field").to_pylist()
    assert {row.pop("source") for row in found} <= {"bpm"}
    return [tuple(row.values()) for row in found]


def test_the_first_record_counts(spark, lake):
    """By what bronze took in first; of one load by offset, not by value. Replays add nothing."""
    batch = [
        reading(),
        reading(', "x": "later", "y": null'),
        reading(', "x": "a", "y": 1', heartrate="0"),
        "no JSON",
    ]
    expected = [
        ("x", NOON, "bpm/0/11", "later"),
        ("y", NOON, "bpm/0/11", None),
    ]
    for _ in range(2):
        take(spark, lake, batch, first=10)
        assert noticed(lake) == expected
    versions = DeltaTable(lake.path(NEW_FIELDS)).version()
    take(spark, lake, [reading(', "x": "b"')], loaded=noon(-1))
    assert DeltaTable(lake.path(NEW_FIELDS)).version() == versions
    take(spark, lake, [reading(', "x": 1, "z": 2')], loaded=noon(60))
    assert noticed(lake) == [*expected, ("z", noon(60), "bpm/0/0", "2")]


def test_examples_are_cut(spark, lake):
    take(spark, lake, [reading(f', "x": "{"é" * 201}"')])
    assert noticed(lake) == [("x", NOON, "bpm/0/0", "é" * 200)]


def test_data_for_names_does_not_fill_the_table(spark, lake, monkeypatch):
    """Beyond a source's share no field is recorded, nor looked for."""
    monkeypatch.setattr(new_fields, "_MOST", 3)
    take(spark, lake, [reading(f', "x{n}": {n}') for n in range(2)])
    for n in (2, 4):
        take(spark, lake, [reading(f', "x{n + m}": 0') for m in range(2)], loaded=noon(n))
        assert [row[0] for row in noticed(lake)] == ["x0", "x1", "x2"]
