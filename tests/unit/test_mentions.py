"""Whom a record names, however it spells it."""

import base64

import pytest

from gympulse.transforms.mentions import (
    DEVICE,
    PHONE,
    USER,
    Mention,
    in_fields,
    in_key,
    in_words,
    instant_of,
    micros,
    phones,
    readable,
    whole,
)

MEMBER, WEARABLE = Mention(USER, "12474"), Mention(DEVICE, "118440")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param('{"user_id": 12474, "timestamp": 1}', [MEMBER], id="a number"),
        pytest.param('{"user_id":"12474"}', [MEMBER], id="a text"),
        pytest.param('{"user_id" : 1.2474e4}', [MEMBER], id="an exponent"),
        pytest.param('{"user_id": 12474.0}', [MEMBER], id="a decimal that is whole"),
        pytest.param('{"user_id": 12474.5}', [], id="a decimal that is not"),
        pytest.param('{"device_id": 118440, "time": 12474}', [WEARABLE], id="a wearable"),
        pytest.param('{"before": {"user_id": 12474}, "after": null}', [MEMBER], id="within"),
        pytest.param(r'{"payload": "{\"user_id\": 12474}"}', [MEMBER], id="an object as text"),
        pytest.param(r'{"\u0075ser_id": "\u00312474"}', [MEMBER], id="escapes"),
        pytest.param('{"user_id": 12474, "act', [MEMBER], id="a text that ends too soon"),
        pytest.param('{"user_id": 124', [Mention(USER, "124")], id="and within the number"),
        pytest.param('{"friend_user_id": 12474}', [], id="a field of another name"),
        pytest.param('{"user_id": 124740}', [Mention(USER, "124740")], id="a longer number"),
        pytest.param('{"user_id": null}', [], id="null"),
        pytest.param("", [], id="nothing"),
        pytest.param(
            f'{{"user_id": {2**63 - 1}}}', [Mention(USER, str(2**63 - 1))], id="no double holds it"
        ),
        pytest.param('{"user_id": 1e99999999}', [], id="no column holds it"),
    ],
)
def test_fields_name_whom_they_say(text, found):
    assert list(in_fields(text)) == found


@pytest.mark.parametrize(
    ("key", "topic", "found"),
    [
        pytest.param("12474", "workout", [MEMBER], id="a member"),
        pytest.param('"12474"', "user_info", [MEMBER], id="in quotes"),
        pytest.param("118440", "bpm", [WEARABLE], id="a wearable"),
        pytest.param('{"user_id": 12474}', "user_info", [MEMBER], id="an object"),
        pytest.param("12474", None, [], id="of no topic"),
        pytest.param(None, "bpm", [], id="none"),
        pytest.param("a name", "bpm", [], id="a text"),
        pytest.param(
            (12345).to_bytes(8, "big").decode(),
            "workout",
            [Mention(USER, "12345")],
            id="eight bytes",
        ),
        pytest.param(
            base64.b64encode((2**62 + 255).to_bytes(8, "big")).decode(),
            "workout",
            [Mention(USER, str(2**62 + 255))],
            id="eight bytes that are no text",
        ),
    ],
)
def test_keys_name_whom_their_topic_is_about(key, topic, found):
    assert list(in_key(key, topic)) == found


def test_words_may_name_anybody():
    found = set(in_words("12474, x118440,118440ab,AA:00:00:00:00:0F, 1.5, 3-4"))

    assert {MEMBER, Mention(DEVICE, "12474"), Mention(PHONE, "aa:00:00:00:00:0f")} <= found
    assert WEARABLE not in found
    assert Mention(USER, "1") not in found


def test_a_longer_row_of_pairs_is_no_phone():
    assert list(phones("aa:00:00:00:00:0f:11 aa:00:00:00:00")) == []


@pytest.mark.parametrize(
    ("value", "topic", "instant"),
    [
        pytest.param('{"time": 1.5}', "bpm", 1_500_000, id="a reading"),
        pytest.param('{"timestamp": "2"}', "workout", 2_000_000, id="an event"),
        pytest.param('{"timestamp": 2}', "user_info", 2_000_000, id="a flat event"),
        pytest.param('{"source": {"ts_ms": 1500}, "ts_ms": 9}', "user_info", 1_500_000, id="a row"),
        pytest.param(
            '{"payload": {"source": {"ts_ms": 1500}}}', "user_info", 1_500_000, id="Connect's"
        ),
        pytest.param('{"time": true}', "bpm", None, id="no number"),
        pytest.param('{"time": 1', "bpm", None, id="no object"),
        pytest.param(None, "bpm", None, id="nothing"),
    ],
)
def test_a_payload_has_an_instant(value, topic, instant):
    assert instant_of(value, topic) == instant


def test_bytes_that_are_no_text_can_be_looked_through():
    value = base64.b64encode(b'{"user_id": 12474\xff').decode()

    assert list(in_fields(readable(value, "base64"))) == [MEMBER]
    assert readable(None, "utf-8") is None
    assert readable("a", "utf-8") == "a"


@pytest.mark.parametrize(
    ("text", "number"), [("-0", "0"), (" 7 ", "7"), ("NaN", None), ("7x", None)]
)
def test_whole_numbers_are_spelled_in_one_way(text, number):
    assert whole(text) == number


def test_instants_are_to_the_nearest_microsecond():
    assert micros("1678451529.0000005") == 1678451529000001
    assert micros("1e30") is None
