"""What cures make of bronze rows, and the sentences that say why they cannot."""

import base64

import pytest

from gympulse.errors import BadSettings
from gympulse.model.tables import GYM_LOGINS, KAFKA_MULTIPLEX
from gympulse.operations.curing import cured
from spark.frames import NOON, at, frame

READING = '{"device_id":1,"time":1678536000.50,"heartrate":"700","note":null}'
LATIN = base64.b64encode('{"name":"Zoë"}'.encode("latin-1")).decode()
STRAY = '{"topic":"bpm","key":7,"value":{"time":1.10},"offset":9,"timestamp":1709208000500}'
EMPTY = dict.fromkeys(KAFKA_MULTIPLEX.columns)


def record(value, topic="bpm", encoding="utf-8", source_id="bpm/0/5", **others):
    """A row of the bronze table with its place."""
    source = "kafka" if "/" in source_id else source_id
    place = {"topic": topic, "partition": 0, "offset": 5, "timestamp": NOON}
    told = {"value": value, "encoding": encoding, "source": source}
    row = EMPTY | (place if topic else {}) | told | others
    return (*row.values(), source_id)


def cured_records(spark, row, cures):
    """The one row as released."""
    records = frame(spark, f"{KAFKA_MULTIPLEX.ddl}, source_id string", [row])
    (found,) = cured(records, KAFKA_MULTIPLEX, cures, "UTC").collect()
    return found


@pytest.mark.parametrize(
    ("row", "cures", "expected"),
    [
        pytest.param(record(READING), {}, (READING, "bpm", "utf-8"), id="none"),
        pytest.param(
            record(READING),
            {"heartrate": "field['heartrate'] / 10.0"},
            (READING.replace('"700"', "70.0"), "bpm", "utf-8"),
            id="a number out of a text",
        ),
        pytest.param(
            record(READING),
            {"note": "field['time']", "device_id": "offset", "heartrate": "field['note']"},
            (
                '{"device_id":5,"time":1678536000.50,"heartrate":null,"note":"1678536000.50"}',
                "bpm",
                "utf-8",
            ),
            id="columns, digits as written, and null",
        ),
        pytest.param(
            record(READING),
            {"a.b": "named_struct('c', array(1.50, 2))", "is_cured": "true"},
            (
                READING[:-1] + ', "a": {"b": {"c":[1.50,2.00]}}, "is_cured": true}',
                "bpm",
                "utf-8",
            ),
            id="fields that are new",
        ),
        pytest.param(
            record(READING[:-1]),
            {"heartrate": "1", "value": "concat(value, '}')"},
            (READING.replace('"700"', "1"), "bpm", "utf-8"),
            id="the whole payload, then a field of it",
        ),
        pytest.param(
            record("no json"),
            {"heartrate": "coalesce(field['heartrate'], 1)"},
            ("no json", "bpm", "utf-8"),
            id="no fields",
        ),
        pytest.param(
            record(LATIN, encoding="base64"),
            {"value": "decode(unbase64(value), 'ISO-8859-1')"},
            ('{"name":"Zoë"}', "bpm", "utf-8"),
            id="bytes of another encoding",
        ),
        pytest.param(
            record(LATIN, encoding="base64"),
            {"value": "unbase64(value)"},
            (None, "bpm", "utf-8"),
            id="bytes that are no text",
        ),
        pytest.param(
            record("{}"), {"topic": "'workout'"}, ("{}", "workout", "utf-8"), id="a topic"
        ),
        pytest.param(
            record("no json", topic=None, source_id="a.json:3"),
            {"topic": "nullif(value, 'no json')", "x": "1"},
            ("no json", None, "utf-8"),
            id="a line that is no record",
        ),
    ],
)
def test_kafka_records(spark, row, cures, expected):
    """Whatever is cured, the record goes where it came from, by another name."""
    found = cured_records(spark, row, cures)

    assert (found["value"], found["topic"], found["encoding"]) == expected
    assert found["source"] == f"release:{found['source_id']}"
    assert (found["before"], found["after"]) == (row[1], found["value"])


@pytest.mark.parametrize(
    ("row", "cures"),
    [
        pytest.param(record(STRAY, None, source_id="a.json:3"), {}, id="its topic is known now"),
        pytest.param(
            record(STRAY.replace("bpm", "bmp"), None, source_id="a.json:3"),
            {"value": "replace(value, 'bmp', 'bpm')"},
            id="its topic is cured",
        ),
        pytest.param(
            record(base64.b64encode(STRAY.encode()).decode(), None, "base64", "a.json:3"),
            {},
            id="in base64",
        ),
    ],
)
def test_a_line_without_a_topic_is_read_again(spark, row, cures):
    found = cured_records(spark, row, cures)
    names = ("key", "value", "encoding", "topic", "partition", "offset", "date", "source")

    assert [found[name] for name in names] == [
        *("7", '{"time":1.10}', "utf-8", "bpm", None, 9),
        at("2024-02-29 12:00:00").date(),
        "release:a.json:3",
    ]
    assert found["timestamp"].astimezone(NOON.tzinfo) == at("2024-02-29 12:00:00.5")


LINE = {"mac_address": "m", "gym": "5", "login": "x", "logout": "", "raw_line": None}
RAW = dict.fromkeys(LINE) | {"raw_line": "m,5"}


@pytest.mark.parametrize(
    ("line", "cures", "expected"),
    [
        pytest.param(LINE, {}, LINE, id="none"),
        pytest.param(
            LINE,
            {"login": "concat(login, gym)", "gym": "null"},
            LINE | {"login": "x5", "gym": None},
            id="columns",
        ),
        pytest.param(
            RAW,
            {"mac_address": "split(raw_line, ',')[0]", "gym": "6"},
            RAW | {"mac_address": "m", "gym": "6", "raw_line": None},
            id="a line that did not fit its header",
        ),
        pytest.param(RAW, {"gym": "get(split(raw_line, ','), 9)"}, RAW, id="a cure that is null"),
    ],
)
def test_lines_of_csv_files(spark, line, cures, expected):
    row = dict.fromkeys(GYM_LOGINS.columns) | line
    row |= {"encoding": "utf-8", "source_file": "l.csv", "line": 3}
    lines = frame(spark, f"{GYM_LOGINS.ddl}, source_id string", [(*row.values(), "l.csv:3")])

    (found,) = cured(lines, GYM_LOGINS, cures, "UTC").collect()

    assert {name: found[name] for name in expected} == expected
    assert (found["source_file"], found["line"]) == ("release:l.csv", 3)


BROKEN = "The cure of heartrate, {}, cannot be computed: "


@pytest.mark.parametrize(
    ("cures", "beginnings"),
    [
        pytest.param({"heartrate": "heart + 1"}, [BROKEN], id="an unknown column"),
        pytest.param({"heartrate": "(1"}, [BROKEN], id="no SQL"),
        pytest.param({"heartrate": "nothing(1)"}, [BROKEN], id="an unknown function"),
        pytest.param({"heartrate": "CAST(value AS int)"}, [BROKEN], id="a cast that fails"),
        pytest.param({"heartrate": "1 / partition"}, [BROKEN], id="a division by nought"),
        pytest.param({"heartrate": "explode(array(1, 2))"}, [BROKEN], id="several rows"),
        pytest.param({"heartrate": "max(offset)"}, [BROKEN], id="an aggregate"),
        pytest.param(
            {"value": "Reflect('java.lang.System', 'nanoTime')"},
            [
                "The cure of value, Reflect('java.lang.System', 'nanoTime'), calls Reflect; "
                "use other functions."
            ],
            id="Java",
        ),
        pytest.param(
            {"value": "array(value)"},
            ["The cure of value gives array<string>; one value is needed."],
            id="a list as payload",
        ),
        pytest.param(
            {"heartrate": "nope", "time": "1", "device_id": "(nope"},
            [BROKEN, "The cure of device_id, (nope, cannot be computed: "],
            id="all that are wrong",
        ),
    ],
)
def test_what_cannot_be_computed(spark, cures, beginnings):
    with pytest.raises(BadSettings) as refused:
        cured_records(spark, record(READING), cures)

    expected = [each.format(cures.get("heartrate")) for each in beginnings]
    problems = refused.value.problems
    assert [p[: len(e)] for p, e in zip(problems, expected, strict=True)] == expected
    assert not any("\n" in problem or "SQLSTATE" in problem for problem in problems)


def test_a_cure_that_fits_no_column_names_those_that_are_there(spark):
    lines = frame(spark, f"{GYM_LOGINS.ddl}, source_id string", [])

    with pytest.raises(BadSettings) as refused:
        cured(lines, GYM_LOGINS, {"heartrate": "1"}, "UTC")

    assert list(refused.value.problems) == [
        "The cure of heartrate fits no column of gym_logins; it has mac_address, gym, login, "
        "logout. Name the sources that the cures are for."
    ]
