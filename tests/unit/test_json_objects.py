"""A field of a JSON object is replaced, and all the rest stays to the letter."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gympulse.transforms.json_objects import members, replaced, texts

READING = '{"device_id": 118440, "time": 1678581900.50, "heartrate": 7e2}'
PROFILE = '{"user_id":7,"address":{"city":"Köln","zip":"02139"}}'


@pytest.mark.parametrize(
    ("text", "path", "written", "expected"),
    [
        pytest.param(
            READING,
            "heartrate",
            "70.0",
            '{"device_id": 118440, "time": 1678581900.50, "heartrate": 70.0}',
            id="a number; the others keep their digits",
        ),
        pytest.param(
            '{"a":12345678901234567890123.10,"b":1E+2,"c":0.10}',
            "c",
            "1",
            '{"a":12345678901234567890123.10,"b":1E+2,"c":1}',
            id="numbers that no type holds",
        ),
        pytest.param(
            '{"a":"\\u00e9 \\"x\\"","b":"é 💪"}',
            "b",
            '"ü"',
            '{"a":"\\u00e9 \\"x\\"","b":"ü"}',
            id="escapes stay, characters come",
        ),
        pytest.param(' {"a" : 1 }\n', "a", "2", ' {"a" : 2 }\n', id="blanks stay"),
        pytest.param('{"a":1}', "b", '"x"', '{"a":1, "b": "x"}', id="an absent field is added"),
        pytest.param("{ }", "a", "1", '{"a": 1 }', id="to an empty object"),
        pytest.param('{"a":1}', "a", "null", '{"a":null}', id="null in place of a value"),
        pytest.param('{"a":1}', "b", "null", '{"a":1}', id="null for what is absent"),
        pytest.param(
            '{"a":1,"a":2,"b":3}', "a", "9", '{"a":1,"a":9,"b":3}', id="of two the last counts"
        ),
        pytest.param(
            PROFILE,
            "address.zip",
            '"50667"',
            '{"user_id":7,"address":{"city":"Köln","zip":"50667"}}',
            id="nested",
        ),
        pytest.param(
            PROFILE,
            "address.state",
            '"NW"',
            '{"user_id":7,"address":{"city":"Köln","zip":"02139", "state": "NW"}}',
            id="absent in an object within",
        ),
        pytest.param(
            '{"payload":{"after":{"dob":1.50},"before":null}}',
            "payload.after.dob",
            "19000",
            '{"payload":{"after":{"dob":19000},"before":null}}',
            id="nested twice",
        ),
        pytest.param(
            '{"a":{"x":1},"a":{"x":2}}', "a.x", "9", '{"a":{"x":1},"a":{"x":9}}', id="in the last"
        ),
        pytest.param(
            '{"user_id":7}',
            "address.zip",
            '"1"',
            '{"user_id":7, "address": {"zip": "1"}}',
            id="an absent object is made",
        ),
        pytest.param(
            '{"a":null}', "a.b.c", "1", '{"a":{"b": {"c": 1}}}', id="so are those of null"
        ),
        pytest.param('{"a":null}', "a.b", "null", '{"a":null}', id="but not for a null"),
        pytest.param('{"a":{}}', "a.b", "null", '{"a":{}}', id="null for what is absent within"),
        pytest.param('{"a":{"b":1}}', "a.b", "null", '{"a":{"b":null}}', id="null within"),
        pytest.param('{"a":"x"}', "a.b", "1", '{"a":"x"}', id="a text in the way"),
        pytest.param('{"a":[{"b":2}]}', "a.b", "1", '{"a":[{"b":2}]}', id="a list in the way"),
        pytest.param('{"é\\u0000":1}', "é\0", "2", '{"é\\u0000":2}', id="a name by its meaning"),
        pytest.param('{"a":1', "a", "2", '{"a":1', id="cut off"),
        pytest.param('{"a":1}{"a":1}', "a", "2", '{"a":1}{"a":1}', id="two objects"),
        pytest.param('[{"a":1}]', "a", "2", '[{"a":1}]', id="a list"),
        pytest.param('{"a":NaN}', "a", "2", '{"a":NaN}', id="what is no JSON"),
        pytest.param('{"a":1,}', "a", "2", '{"a":1,}', id="a comma too many"),
        pytest.param("", "a", "2", "", id="nothing"),
        pytest.param('{"a":' + "[" * 100_000, "a", "2", '{"a":' + "[" * 100_000, id="too deep"),
        pytest.param(
            '{"n":' + "9" * 5000 + ',"a":1}',
            "a",
            "2",
            '{"n":' + "9" * 5000 + ',"a":2}',
            id="a number of thousands of digits",
        ),
    ],
)
def test_a_field_is_replaced(text, path, written, expected):
    assert replaced(text, path.split("."), written) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            '{"t": "é", "n": 1.50, "b": true, "z": null, "o": {"x": [1.0]}}',
            {"t": "é", "n": "1.50", "b": "true", "z": None, "o": '{"x": [1.0]}'},
            id="as written",
        ),
        pytest.param('{"a": 1, "a": "2"}', {"a": "2"}, id="of two the last"),
        pytest.param('{"a": "\\ud800"}', {"a": "?"}, id="half of a surrogate pair"),
        pytest.param("{}", {}, id="an empty object"),
        pytest.param('"text"', None, id="no object"),
        pytest.param('{"a": 1} x', None, id="something follows"),
    ],
)
def test_fields_as_texts(text, expected):
    assert texts(text) == expected


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values, max_size=4), st.text(), values)
def test_what_json_reads_is_the_object_with_the_field_set(found, name, value):
    text = replaced(json.dumps(found), [name], json.dumps(value))

    expected = found | ({name: value} if name in found or value is not None else {})
    assert json.loads(text) == expected
    assert [member.name for member in members(text)] == list(expected)
