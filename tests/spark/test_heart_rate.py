"""Readings: what is accepted, and what of readings with one key stays."""

from datetime import date

import pytest
from pyspark.sql import functions as F
from pyspark.testing import assertDataFrameEqual

from gympulse.model.tables import HEART_RATE
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action, Expectation, broken_rules, is_bad
from gympulse.transforms.recipe import greatest_per_key
from gympulse.transforms.silver import heart_rate
from spark.frames import NOON, assert_judged, at, frame, judged, kafka_records, noon

T = 1_709_208_000
DAY = date(2024, 2, 29)


def reading(device_id="118440", time=str(T), heartrate="67.17"):
    """A payload, field by field as JSON."""
    return f'{{"device_id": {device_id}, "time": {time}, "heartrate": {heartrate}}}'


def kept(heartrate=67.17, time=NOON, device_id=118440, day=DAY):
    """The row of a reading that is accepted."""
    return (device_id, time, heartrate, day)


ALL = {"bad_device_id", "bad_time", "bad_heartrate"}
CASES = {
    "a reading": (reading(), kept()),
    "unknown fields lose nothing": (reading()[:-1] + ', "firmware": {"build": [1]}}', kept()),
    "numbers in strings": (reading('"118440"', f'"{T}.0"', '"6.717e1"'), kept()),
    "an id with a point": (reading("118440.0"), kept()),
    "a microsecond": (reading(time=f"{T}.0000005"), kept(time=noon(0.000001))),
    "the lowest rate": (reading(heartrate="20"), kept(20.0)),
    "just above the lowest rate": (reading(heartrate="20.000001"), kept(20.000001)),
    "just below the lowest rate": (reading(heartrate="19.999999"), {"bad_heartrate"}),
    "the highest rate": (reading(heartrate="2.5e2"), kept(250.0)),
    "just above the highest rate": (reading(heartrate="250.000001"), {"bad_heartrate"}),
    "a rate beyond any double": (reading(heartrate="1e400"), {"bad_heartrate"}),
    "no rate": (f'{{"device_id": 118440, "time": {T}}}', {"bad_heartrate"}),
    "a rate that is null": (reading(heartrate="null"), {"bad_heartrate"}),
    "a rate that is true": (reading(heartrate="true"), {"bad_heartrate"}),
    "a rate that is blank": (reading(heartrate='""'), {"bad_heartrate"}),
    "a rate in an array": (reading(heartrate="[67]"), {"bad_heartrate"}),
    "NaN in a string": (reading(heartrate='"NaN"'), {"bad_heartrate"}),
    "NaN is no JSON": (reading(heartrate="NaN"), ALL),
    "the first instant": (
        reading(time="946684800"),
        kept(time=at("2000-01-01"), day=date(2000, 1, 1)),
    ),
    "just before the first instant": (reading(time="946684799.999999"), {"bad_time"}),
    "the last instant": (
        reading(time="4102444799.999999"),
        kept(time=at("2099-12-31 23:59:59.999999"), day=date(2099, 12, 31)),
    ),
    "just after the last instant": (reading(time="4102444800"), {"bad_time"}),
    "milliseconds": (reading(time=f"{T}000"), {"bad_time"}),
    "milliseconds with a point": (reading(time=f"{T}000.0"), {"bad_time"}),
    "an instant beyond 64 bits": (reading(time="1e30"), {"bad_time"}),
    "an instant that is null": (reading(time="null"), {"bad_time"}),
    "an id with a fraction": (reading("118440.5"), {"bad_device_id"}),
    "the greatest id": (reading("9223372036854775807"), kept(device_id=2**63 - 1)),
    "an id beyond 64 bits": (reading("9223372036854775808"), {"bad_device_id"}),
    "an id that is null": (reading("null"), {"bad_device_id"}),
    "an id with leading noughts is no JSON": (reading("007"), ALL),
    "each field ill": (reading("[]", "true", '""'), ALL),
    "no object": (f"[{reading()}]", ALL),
    "text after the object": (reading() + " x", ALL),
    "an object cut short": (reading()[:-1], ALL),
    "no JSON": ("not json", ALL),
    "nothing": ("", ALL),
    "bytes that are not UTF-8": ("base64:/w==", ALL | {"unreadable_bytes"}),
}


@pytest.fixture(scope="module")
def found(spark):
    records = kafka_records(spark, "bpm", (value for value, _ in CASES.values()))
    judgements = judged(heart_rate.RECIPE, records, "offset", Rules())
    return dict(zip(CASES, judgements, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_readings(found, name):
    assert_judged(found[name], CASES[name][1])


def test_limits_and_time_zone_are_configured(spark):
    rules = Rules(time_zone="Asia/Tokyo", min_heartrate=60, max_heartrate=61)
    rates, time = ("59.9", "60", "61", "61.1"), str(T + 3 * 3600)
    records = kafka_records(spark, "bpm", (reading(heartrate=rate, time=time) for rate in rates))
    found = judged(heart_rate.RECIPE, records, "offset", rules)

    assert [bool(each.broken) for each in found] == [True, False, False, True]
    assert_judged(found[1], kept(60.0, noon(3 * 3600), day=date(2024, 3, 1)))


def test_a_row_is_told_of_each_rule_that_it_breaks(spark):
    rows = frame(spark, "id int, a int", [(1, 5), (2, None), (3, -1), (4, 50)])
    expected = [
        Expectation("missing", "a IS NOT NULL", ""),
        Expectation("low", "a >= 0", "", is_met_by_null=True),
        Expectation("odd", "a <> -1", ""),
        Expectation("five", "a <> 5", "", action=Action.WARN),
    ]

    assertDataFrameEqual(
        broken_rules(rows, expected, Rules()).select("id", "rule"),
        frame(
            rows.sparkSession,
            "id int, rule string",
            [
                (2, "missing"),
                (2, "odd"),
                (3, "low"),
                (3, "odd"),
            ],
        ),
    )
    found = rows.select(is_bad(expected, Rules())).collect()
    assert [row[0] for row in found] == [False, True, True, False]


GREATEST = [
    # What arrived, and what stays of it with how many rows there were.
    ([], []),
    ([("good", 1, NOON, 70.0)], [("good", 1, NOON, 70.0, 1)]),
    ([("good", 2, NOON, 70.0), ("good", 2, NOON, 75.0)], [("good", 2, NOON, 75.0, 2)]),
    ([("good", 3, NOON, 75.0), ("good", 3, NOON, 70.0)], [("good", 3, NOON, 75.0, 2)]),
    ([("good", 4, NOON, 70.0), ("good", 4, NOON, 70.0)], [("good", 4, NOON, 70.0, 2)]),
    ([("good", 5, NOON, None), ("good", 5, NOON, 70.0)], [("good", 5, NOON, 70.0, 2)]),
    ([("good", 6, NOON, None)], [("good", 6, NOON, None, 1)]),
    (
        [("good", 7, NOON, 70.0), ("good", 7, noon(0.000001), 80.0)],
        [("good", 7, NOON, 70.0, 1), ("good", 7, noon(0.000001), 80.0, 1)],
    ),
    (
        [("good", 8, NOON, 70.0), ("bad", 8, NOON, 80.0)],
        [
            ("good", 8, NOON, 70.0, 1),
            ("bad", 8, NOON, 80.0, 1),
        ],
    ),
    ([("bad", None, None, 300.0), ("bad", None, None, None)], [("bad", None, None, 300.0, 2)]),
]


def test_of_readings_that_disagree_the_highest_stays(spark):
    columns = "_outcome string, device_id bigint, time timestamp, heartrate double"
    sent = frame(spark, columns, (row for sent, _ in GREATEST for row in sent))
    sent = sent.withColumn("date", F.to_date("time"))
    expected = frame(spark, f"{columns}, _count bigint", (r for _, rows in GREATEST for r in rows))

    assertDataFrameEqual(
        greatest_per_key(sent, HEART_RATE).select(*expected.columns), expected, rtol=0, atol=0
    )
