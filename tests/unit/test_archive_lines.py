"""Lines of archives: what is a record, and that nothing of a payload is lost."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gympulse.transforms.bronze.archive_lines import ArchiveLine, archive_line

TOPICS = ("bpm", "workout", "user_info")
AT = datetime(2023, 3, 11, 12, 0, 0, 123_000, tzinfo=UTC)


def of_bpm(value, **others):
    """A record of topic ``bpm``."""
    return ArchiveLine(value, topic="bpm", **others)


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(b"", None, id="an empty line"),
        pytest.param(b" \t\r", None, id="a blank line"),
        pytest.param(b'{"topic":"bpm","value":"{}"}', of_bpm("{}"), id="a text as value"),
        pytest.param(
            b'{"key":"7","value":"v","topic":"bpm","partition":1,"offset":2,'
            b'"timestamp":1678536000123}\r',
            of_bpm("v", key="7", partition=1, offset=2, timestamp=AT),
            id="every field, and a carriage return",
        ),
        pytest.param(
            b'{"topic":"bpm","value": {"time": 1.10, "x":[1e2, "\\u00e9"]} }',
            of_bpm('{"time": 1.10, "x":[1e2, "\\u00e9"]}'),
            id="a nested value is kept to the letter",
        ),
        pytest.param(b'{"topic":"bpm","value":null}', of_bpm(None), id="a tombstone"),
        pytest.param(b'{"topic":"bpm","value":12.50}', of_bpm("12.50"), id="a number as value"),
        pytest.param(
            b'{"topic":"bpm","value":"1","value":"2"}', of_bpm("2"), id="of two values the last"
        ),
        pytest.param(
            b'{"topic":"bpm","value":"","key":118440}', of_bpm("", key="118440"), id="a number key"
        ),
        pytest.param(
            b'{"topic":"bpm","value":"","partition":"1","offset":true,"timestamp":1.5}',
            of_bpm(""),
            id="places of other types are unknown",
        ),
        pytest.param(
            b'{"topic":"bpm","value":"","partition":2147483648,"offset":9223372036854775808,'
            b'"timestamp":253402300800000}',
            of_bpm(""),
            id="places beyond their columns are unknown",
        ),
        pytest.param(
            b'{"topic":"bpm","value":"","timestamp":"2023-03-11T12:00:00.123Z"}',
            of_bpm("", timestamp=AT),
            id="a timestamp as text",
        ),
        pytest.param(
            b'{"topic":"bpm","value":"","timestamp":"soon"}', of_bpm(""), id="a timestamp unread"
        ),
        pytest.param(
            b'\xef\xbb\xbf{"topic":"bpm","value":"x"}', of_bpm("x"), id="a byte-order mark"
        ),
        pytest.param(
            b'{"topic":"bpm","value":"\\ud800"}',
            of_bpm(base64_of(b"\xed\xa0\x80"), encoding="base64"),
            id="half a surrogate pair",
        ),
        pytest.param(
            b'{"topic":"bpm","value":"\xff"}',
            ArchiveLine(base64_of(b'{"topic":"bpm","value":"\xff"}'), "base64"),
            id="bytes that are not UTF-8",
        ),
        *(
            pytest.param(line.encode(), ArchiveLine(line), id=name)
            for name, line in {
                "no JSON": "hello",
                "no object": '["topic"]',
                "cut short": '{"topic":"bpm","value":"x"',
                "two objects": '{"topic":"bpm","value":"x"} {}',
                "a comma too many": '{"topic":"bpm","value":"x",}',
                "a comma too few": '{"topic":"bpm" "value":"x"}',
                "a name that is none": '{1:"bpm","value":"x"}',
                "not a number": '{"topic":"bpm","value":NaN}',
                "no topic": '{"value":"x"}',
                "no value": '{"topic":"bpm"}',
                "another topic": '{"topic":"clicks","value":"x"}',
                "a topic that is no text": '{"topic":["bpm"],"value":"x"}',
                "single quotes": "{'topic':'bpm','value':'x'}",
            }.items()
        ),
    ],
)
def test_a_line(line, expected):
    assert archive_line(line, TOPICS) == expected


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from([None, 1]),
)
def test_whatever_json_writes_is_read(value, indent):
    """Nested payloads come back as they were written, texts as what they say."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    line = json.dumps({"value": value, "topic": "bpm"}, indent=indent).replace("\n", " ").encode()
    found = archive_line(line, TOPICS)
    assert found.topic == "bpm"
    assert (found.value if isinstance(value, str | None) else json.loads(found.value)) == value


@given(st.binary())
def test_no_line_is_lost(line):
    """A line that is no record is kept whole."""
    found = archive_line(line, TOPICS)
    text = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        assert found is None
    elif found.topic is None:
        kept = found.value.encode() if found.encoding == "utf-8" else base64.b64decode(found.value)
        assert kept == text
