"""Lines of landed files: every one is a record once, and read as the oracle reads it."""

import base64
import json
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gympulse.transforms.bronze.landed_lines import Line, landed_lines
from oracle import csv_lines
from oracle.records import Invalid

COLUMNS = ("mac_address", "gym", "login", "logout")
HEADER = b"mac_address,gym,login,logout\n"
BOM = b"\xef\xbb\xbf"
FIELDS = ("m", "1", "2", "")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", [], id="an empty file"),
        pytest.param(HEADER, [], id="a header alone"),
        pytest.param(HEADER + b"m,1,2,\n", [Line(2, FIELDS)], id="a line"),
        pytest.param(HEADER + b"m,1,2,", [Line(2, FIELDS)], id="without a last line end"),
        pytest.param(BOM + HEADER + b"m,1,2,", [Line(2, FIELDS)], id="a byte-order mark"),
        pytest.param(HEADER.replace(b"\n", b"\r\n") + b"m,1,2,\r\n", [Line(2, FIELDS)], id="CRLF"),
        pytest.param(
            b"\n" + HEADER + b"\n \t\nm,1,2,\n\r\n", [Line(5, FIELDS)], id="blank lines are none"
        ),
        pytest.param(
            b"logout,x,login, gym ,mac_address\n,?,2,1,m",
            [Line(2, FIELDS, extra='{"x": "?"}')],
            id="any order, more columns, spaces about names",
        ),
        pytest.param(
            HEADER + b"m,1,2,,more",
            [Line(2, FIELDS, extra='{"": "more"}')],
            id="longer than the header",
        ),
        pytest.param(
            HEADER + b"m,1,2,,,a,",
            [Line(2, FIELDS, extra='{"": ["", "a", ""]}')],
            id="longer by several",
        ),
        pytest.param(
            b'mac_address,,gym,login,logout,\xc3\xa9\nm,a,1,2,,"""",b',
            [Line(2, FIELDS, extra='{"": ["a", "b"], "é": "\\""}')],
            id="names that are none, or no letters, and quotes",
        ),
        pytest.param(
            b"x,mac_address,gym,login,logout,x\na,m,1,2,,b\n,m,1,2,,",
            [
                Line(2, FIELDS, extra='{"x": ["a", "b"]}'),
                Line(3, FIELDS, extra='{"x": ["", ""]}'),
            ],
            id="two more columns with one name",
        ),
        pytest.param(HEADER + b"m,1,2", [Line(2, None, "m,1,2")], id="shorter than the header"),
        pytest.param(
            b"mac_address,gym,login\nm,1,2,\n\nm,1,2",
            [Line(2, None, "m,1,2,"), Line(4, None, "m,1,2")],
            id="a header that lacks a column",
        ),
        pytest.param(
            b"MAC_ADDRESS,gym,login,logout\nm,1,2,",
            [Line(2, None, "m,1,2,")],
            id="names are exact",
        ),
        pytest.param(
            b"gym,mac_address,gym,login,logout\n1,m,9,2,",
            [Line(2, FIELDS, extra='{"gym": "9"}')],
            id="of two columns with one name the first",
        ),
        pytest.param(HEADER + b'"m","1","2",""', [Line(2, FIELDS)], id="quotes"),
        pytest.param(
            HEADER + b'"a ""b"", c",1,2,',
            [Line(2, ('a "b", c', "1", "2", ""))],
            id="quotes and commas within quotes",
        ),
        pytest.param(
            HEADER + b'"m\n,1",2,3,\n',
            [Line(2, None, '"m'), Line(3, ("", '1"', "2", "3"), extra='{"": ""}')],
            id="a record is one line, even within quotes",
        ),
        pytest.param(
            HEADER + b"m,1,\xff,\n",
            [Line(2, None, base64.b64encode(b"m,1,\xff,").decode(), "base64")],
            id="bytes that are not UTF-8",
        ),
        pytest.param(
            b"mac\xff,gym,login,logout\nm,1,2,",
            [Line(2, None, "m,1,2,")],
            id="a header that is not UTF-8",
        ),
        pytest.param(HEADER + b"m\rm,1,2,\n", [Line(2, None, "m\rm,1,2,")], id="a lone CR"),
    ],
)
def test_lines(content, expected):
    assert list(landed_lines(content, COLUMNS)) == expected


def test_a_field_of_any_length_is_a_field():
    long = "x" * 200_000

    assert list(landed_lines(f"a\n{long}".encode(), ("a",))) == [Line(2, (long,))]


pieces = st.sampled_from(
    [
        *(b"m", b"1", b"2", b",", b",", b",", b"\n", b"\r\n", b"\r", b'"', b'""', b" ", b"\t"),
        *(b"\xff", b"\xc3\xa9", b"\x00", b"\x0b", b"\x85", b"\xe2\x80\xa8", BOM, HEADER, b"x"),
    ]
)
contents = st.one_of(
    st.binary(max_size=60),
    st.lists(pieces, max_size=30).map(b"".join),
    st.lists(pieces, max_size=30).map(lambda found: HEADER + b"".join(found)),
)


@given(contents)
@example(HEADER + b"m\r1,1,2,")
@example(b"a\rb\n1,2")
def test_every_line_after_the_header_is_one_record(content):
    """None is lost and none is made, whatever the bytes."""
    lines = list(landed_lines(content, COLUMNS))
    expected = [number for number, _ in csv_lines.numbered_lines(content)][1:]

    assert [line.number for line in lines] == expected


@given(contents)
def test_a_line_that_does_not_fit_is_kept_as_it_came(content):
    came = dict(csv_lines.numbered_lines(content))
    for line in landed_lines(content, COLUMNS):
        assert (line.raw is None) == (line.fields is not None)
        if line.raw is not None:
            is_text = line.encoding == "utf-8"
            raw = line.raw.encode() if is_text else base64.b64decode(line.raw)
            assert raw == came[line.number]


def texts_of(line):
    """All texts of a line that fits, whatever their names."""
    others = json.loads(line.extra or "{}").values()
    found = Counter(line.fields)
    for each in others:
        found.update([each] if isinstance(each, str) else each)
    return found


@given(contents)
def test_a_line_that_fits_loses_no_field(content):
    came = dict(csv_lines.numbered_lines(content))
    for line in landed_lines(content, COLUMNS):
        if line.fields is not None:
            assert line.extra != "{}"
            assert texts_of(line) == Counter(csv_lines.fields_of(came[line.number]))


def of_oracle(header, line):
    """A line's fields to the oracle, None where it does not fit."""
    try:
        found = csv_lines.by_name(header, line)
    except Invalid:
        return None
    return tuple(found[name] for name in COLUMNS) if set(COLUMNS) <= set(found) else None


@given(contents)
def test_fields_are_those_of_the_oracle(content):
    numbered = list(csv_lines.numbered_lines(content))
    header = numbered[0][1] if numbered else b""

    assert {line.number: line.fields for line in landed_lines(content, COLUMNS)} == {
        number: of_oracle(header, line) for number, line in numbered[1:]
    }
