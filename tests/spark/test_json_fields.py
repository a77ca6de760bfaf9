"""Fields out of JSON payloads: typed at once where they are plain, else exactly."""

import json

import pytest
from pyspark.sql import functions as F

from gympulse.transforms.other_fields import OTHERS
from gympulse.transforms.payloads import INSTANT, REAL, TEXT, WHOLE, one_object, read_fields
from spark.frames import frame
from spark.numbers import LONG_NUMBERS, NO_NUMBERS, NUMBERS

KINDS = (WHOLE, REAL, INSTANT)
# As they stand in a payload; a container or a word is no number, nor is the text of one.
NO_VALUES = ("true", "false", "null", '""', '" "', "[]", "[12]", "{}", '{"x": 12}', '"true"')
NO_JSON = ("NaN", "Infinity", "-Infinity", "007", "+1", ".5", "1.", "0x10", "'12'", "", "nan", "-")
# As decimals they would take minutes to hours; and what they are as instants.
COSTLY = {
    "1e99999999": None,
    '"1e99999999"': None,
    "1e-99999999": 0,
    '"1e-99999999"': 0,
    f'"{"7" * 500_000}"': None,
}
# Payloads that repeat a name, and what it is of each kind.
REPEATED = {
    '{"x":1,"x":"y"}': [None, None, None],
    '{"x":1,"x":[]}': [None, None, None],
    '{"x":1,"x":null}': [None, None, None],
    '{"x":1,"x":"2"}': [2, 2.0, 2_000000],
    '{"x":1,"x":2.5}': [None, 2.5, 2_500000],
    '{"x":"y","x":1}': [1, 1.0, 1_000000],
    '{"x":1,"x":2,"a":{"x":"y"}}': [2, 2.0, 2_000000],
    '{"x":"y","x":2.0}': [2, 2.0, 2_000000],
    '{"x":[],"x":9007199254740993.0}': [2**53 + 1, 2.0**53, None],
    r'{"x":".5\u12","a":1.5,"x":7}': [None, None, None],
    '{"x":"+1","x":9007199254740993409930e-1}': [None, 9.007199254740993e20, None],
}
# Payloads, and what their field x is, if there is one object.
OBJECTS = {
    '{"x": "y"}': "y",
    ' \n{"x" : "y"}\t': "y",
    '{"a": {"x": 1}, "x": "y", "b": [null, {"c": "}"}]}': "y",
    '{"x": "}{"}': "}{",
    r'{"x": "\u00e9\n\"}"}': 'é\n"}',
    '{"x": "{"}': "{",
    '{"x": ""}': "",
    '{"x": null}': None,
    '{"X": "y"}': None,
    "{}": None,
    '{"x": "a", "x": "y"}': "y",
    # Halves of surrogate pairs, the second of them after a backslash, and in a name.
    r'{"x": "y", "a": "\uD800"}': "y",
    r'{"x": "y", "a": "\udfff \\\ud800 \\ud800"}': "y",
    r'{"x": "y", "\ud83c": 1}': "y",
}
NO_OBJECTS = (
    *('[{"x": "y"}]', '{"x": "y"} x', '{"x": "y"}{"x": "y"}', '{"x": "y"},', '{"x": "y"}]'),
    *('{"x": "y"', '{"x": "y",}', "{'x': 'y'}", '{x: "y"}', '{"x": "y"} // note', '{"x": "a\nb"}'),
    *('{"x": "y"},{"x": "y"}', "null", "", " ", '"text"', "7", "not json", '{"a": NaN, "x": "y"}'),
    *(r'{"x": "y", "a": "\ud80"}', r'{"x": "y", "a": "\ud800 \x41"}'),
    *('{"x": "y"},{"_end":"1"}]', '{"x": "y"}]}', '{"x": "y"}}', '\ufeff{"x": "y"}'),
)


def payloads_of(raw):
    """A field in a payload that is read at once, and in ones that are read exactly."""
    return (f'{{"x":{raw}}}', f'{{"x": {raw}, "a": {{}}}}', f'{{"a": [1.5e3], "x":\n{raw}}} ')


def raw_numbers():
    """Every number as JSON, and in a string."""
    return [
        raw
        for text, *_ in (*NUMBERS.values(), *LONG_NUMBERS.values())
        for raw in (text, json.dumps(text))
    ]


@pytest.fixture(scope="module")
def read(spark):
    """What field x of each payload is, by kind, and what ``one_object`` makes of it."""
    raws = [*raw_numbers(), *map(json.dumps, NO_NUMBERS), *NO_VALUES, *NO_JSON, *COSTLY]
    values = {*(p for raw in raws for p in payloads_of(raw)), *OBJECTS, *NO_OBJECTS, None}
    values |= {*REPEATED}
    found = frame(spark, "value string", [(each,) for each in values]).withColumn(
        "object", one_object(F.col("value"), ["x"])
    )
    for kind in (*KINDS, TEXT):
        found = read_fields(found, {"x": kind}).drop(OTHERS).withColumnRenamed("x", kind)
    found = found.withColumn(INSTANT, F.unix_micros(INSTANT))
    return {row["value"]: row for row in found.collect()}


def kinds_of(read, raw):
    """What a raw value is by each kind, in each of its payloads."""
    return [[read[payload][kind] for kind in KINDS] for payload in payloads_of(raw)]


@pytest.mark.parametrize("name", [*NUMBERS, *LONG_NUMBERS])
def test_a_number_is_itself_in_json_and_in_a_string(read, name):
    text, *expected = (NUMBERS | LONG_NUMBERS)[name]

    assert kinds_of(read, text) == [expected] * 3
    assert kinds_of(read, json.dumps(text)) == [expected] * 3


@pytest.mark.parametrize("raw", [*NO_VALUES, *NO_JSON, *map(json.dumps, NO_NUMBERS)])
def test_what_is_no_number_is_none(read, raw):
    assert kinds_of(read, raw) == [[None] * 3] * 3


@pytest.mark.parametrize("raw", COSTLY, ids=lambda raw: raw[:20])
def test_a_costly_number_is_read_as_cheaply_as_any(read, raw):
    assert [kinds[2] for kinds in kinds_of(read, raw)] == [COSTLY[raw]] * 3


@pytest.mark.parametrize("payload", REPEATED)
def test_of_a_repeated_name_the_last_value_counts(read, payload):
    assert [read[payload][kind] for kind in KINDS] == REPEATED[payload]


@pytest.mark.parametrize("value", OBJECTS)
def test_one_object_gives_its_fields(read, value):
    assert read[value][TEXT] == OBJECTS[value]
    assert read[value]["object"]["x"] == OBJECTS[value]


@pytest.mark.parametrize("value", [*NO_OBJECTS, None])
def test_a_payload_that_is_not_one_object_gives_nothing(read, value):
    assert read[value]["object"] is None
    assert [read[value][kind] for kind in (*KINDS, TEXT)] == [None] * 4


def test_fields_of_all_kinds_stand_side_by_side(spark):
    """One ill field leaves the others as they are, and an absent one is null."""
    kinds = {"device_id": WHOLE, "time": INSTANT, "heartrate": REAL, "action": TEXT}
    rows = frame(
        spark,
        "value string",
        [
            ('{"device_id":1,"time":1678451168,"heartrate":67.17,"action":"start"}',),
            ('{"device_id":"1.0","time":1678451168.5,"heartrate":true,"action":"start"}',),
            ('{"heartrate":"67","action":null,"time":[]}',),
        ],
    )
    found = read_fields(rows, kinds).drop("value", OTHERS)
    micros = found.withColumn("time", F.unix_micros("time"))

    assert [tuple(row) for row in micros.collect()] == [
        (1, 1_678_451_168_000_000, 67.17, "start"),
        (1, 1_678_451_168_500_000, None, "start"),
        (None, None, 67.0, None),
    ]
