"""Ways to spoil a JSON payload, some of which leave it valid."""

import json
import re
from collections.abc import Callable, Sequence
from random import Random

from oracle import spelling
from oracle.spoiling import LARGE, OF_ANY_BYTES, STRANGE_CHARACTERS, Mutation, inserted, long_noise

TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
NUMBER = re.compile(rb"(?<![\w.\\-])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
FIELD = re.compile(rb'"(\w+)"(\s*:\s*)("(?:[^"\\]|\\.)*"|[^\s,{}\[\]"]+)')
PUNCTUATION = re.compile(rb'[{}\[\]",:]')
HUGE = (
    *("9" * 19, "-" + "9" * 19, "9" * 38, "9" * 39, "9" * 400, "9" * 400 + ".5", "9" * 1500),
    *("1e18", "1e19", "1e38", "1e39", "1e308", "1E+309", "-1e400", "1e9999", "1e999999999"),
    *("1e2147483648", "1e" + "9" * 20, "-1e-5", "5e-324", "1e-400", "1e-9999", "1e-999999999"),
    *("0.1e11", "1" + "0" * 18 + "e-9", "-0.0", "0e5"),
)
OTHER_VALUES = (*spelling.NO_NUMBERS, *spelling.NO_JSON, *spelling.NO_TEXTS, *spelling.NO_WORDS)
# 900 levels are still read; from 1000 on they are not.
DEPTHS = (3, 100, 900, 1100, 10_000)
NESTS = (("[", "]"), ('{"x":', "}"), ('[{"x":[', "]}]"), ('{"payload":', "}"))


def replaced(
    rng: Random, pattern: re.Pattern[bytes], value: bytes, make: Callable[[re.Match[bytes]], bytes]
) -> bytes:
    """Change one of the pattern's matches; without one, nothing."""
    found = list(pattern.finditer(value))
    if not found:
        return value
    match = rng.choice(found)
    return value[: match.start()] + make(match) + value[match.end() :]


def with_field(rng: Random, value: bytes, field: str) -> bytes:
    """Add a field to some object, at its beginning or at its end."""
    if rng.random() < 0.5:
        return replaced(rng, re.compile(rb"\{"), value, lambda _: f"{{{field}, ".encode())
    return replaced(rng, re.compile(rb"\}"), value, lambda _: f", {field}}}".encode())


def within_text(rng: Random, value: bytes, more: bytes) -> bytes:
    """Put bytes into some text, be it a value or a name."""
    return replaced(rng, TEXT, value, lambda text: text[0][:-1] + more + b'"')


def huge_number(rng: Random, value: bytes) -> bytes:
    """Write a number with far more digits, or a far greater exponent."""
    return replaced(rng, NUMBER, value, lambda _: rng.choice(HUGE).encode())


def huge_number_in_text(rng: Random, value: bytes) -> bytes:
    """Write such a number as text."""
    return replaced(rng, NUMBER, value, lambda _: f'"{rng.choice(HUGE)}"'.encode())


def huge_number_aside(rng: Random, value: bytes) -> bytes:
    """Add a field that nobody knows, with such a number."""
    return with_field(rng, value, f'"firmware": {rng.choice(HUGE)}')


def number_reworded(rng: Random, value: bytes) -> bytes:
    """Write something like a number that JSON does not know."""
    return replaced(rng, NUMBER, value, lambda _: rng.choice(spelling.NO_JSON).encode())


def nested_aside(rng: Random, value: bytes) -> bytes:
    """Add a field that nobody knows, nested deeply."""
    return with_field(rng, value, f'"firmware": {_nest(rng)}')


def nested_instead(rng: Random, value: bytes) -> bytes:
    """Put a deep nest in a value's place."""
    return replaced(rng, FIELD, value, lambda m: b'"%b": %b' % (m[1], _nest(rng).encode()))


def nested_whole(rng: Random, value: bytes) -> bytes:
    """Wrap the payload in many layers."""
    opening, closing = (part.encode() for part in rng.choice(NESTS))
    depth = rng.choice((1, 2, *DEPTHS))
    return opening * depth + value + closing * depth


def opened_only(rng: Random, value: bytes) -> bytes:
    """Open many brackets that are never closed."""
    return rng.choice((value, b"")) + rng.choice(NESTS)[0].encode() * rng.choice(DEPTHS)


def _nest(rng: Random) -> str:
    (opening, closing), depth = rng.choice(NESTS), rng.choice(DEPTHS)
    return opening * depth + rng.choice(("1", "null", '"}"')) + closing * depth


def nul_escaped(rng: Random, value: bytes) -> bytes:
    """Put an escaped NUL into a text, which JSON allows."""
    return within_text(rng, value, rb"\u0000")


def strange_text(rng: Random, value: bytes) -> bytes:
    """Put unusual characters into a text."""
    character = rng.choice(STRANGE_CHARACTERS)
    escaped = json.dumps(character)[1:-1]
    return within_text(rng, value, rng.choice((character, escaped)).encode())


def badly_escaped(rng: Random, value: bytes) -> bytes:
    """Put an escape into a text that is none, or half of a pair."""
    return within_text(rng, value, rng.choice((rb"\x41", rb"\u12", rb"\'", b"\\", rb"\ud800")))


def names_escaped(rng: Random, value: bytes) -> bytes:
    """Write a letter of a name as an escape, which changes nothing."""
    name = re.compile(rb'(?<=")[a-z](?=\w*"\s*:)')
    return replaced(rng, name, value, lambda letter: b"\\u%04x" % ord(letter[0]))


def name_changed(rng: Random, value: bytes) -> bytes:
    """Give a field a name in capitals, and perhaps with more about it."""
    form = rng.choice((b'"%b "%b%b', b'"_%b"%b%b', b'"%b.x"%b%b', b'"%b"%b%b'))
    return replaced(rng, FIELD, value, lambda m: form % (m[1].upper(), m[2], m[3]))


def value_changed(rng: Random, value: bytes) -> bytes:
    """Give a field a value of another kind."""
    other = rng.choice(OTHER_VALUES).encode()
    return replaced(rng, FIELD, value, lambda m: b'"%b"%b%b' % (m[1], m[2], other))


def values_swapped(rng: Random, value: bytes) -> bytes:
    """Give a field the value of another."""
    others = [match[3] for match in FIELD.finditer(value)] or [b"1"]
    return replaced(rng, FIELD, value, lambda m: b'"%b"%b%b' % (m[1], m[2], rng.choice(others)))


def field_repeated(rng: Random, value: bytes) -> bytes:
    """Give a field twice, the second time perhaps with another value; the last counts."""
    other = rng.choice((*OTHER_VALUES, *HUGE[:2], "1")).encode()
    return replaced(
        rng, FIELD, value, lambda m: b'%b, "%b": %b' % (m[0], m[1], rng.choice((m[3], other)))
    )


def punctuation_lost(rng: Random, value: bytes) -> bytes:
    """Lose a bracket, quote, comma or colon."""
    return replaced(rng, PUNCTUATION, value, lambda _: b"")


def punctuation_changed(rng: Random, value: bytes) -> bytes:
    """Double a bracket, quote, comma or colon, or write another."""
    others = (b"}", b"]", b"{", b"'", b";", b"=", b",}", b",]")
    return replaced(rng, PUNCTUATION, value, lambda m: rng.choice((m[0] * 2, *others)))


def loosely_written(rng: Random, value: bytes) -> bytes:
    """Write what JavaScript or Python would take, and JSON does not."""
    return rng.choice(
        (
            value.replace(b'"', b"'"),
            re.sub(rb'"(\w+)"(\s*:)', rb"\1\2", value),
            value + b" // sent by a band",
            b"/* sent by a band */" + value,
            value.replace(b"}", b",}"),
            b"(" + value + b")",
            b"\x1e" + value,
            value.replace(b"null", b"None").replace(b"true", b"True"),
        )
    )


def wrapped(rng: Random, value: bytes) -> bytes:
    """Put the payload into a list, a text, or an envelope."""
    text = json.dumps(value.decode(errors="replace")).encode()
    envelope = b'{"schema": null, "payload": %b}' % rng.choice((value, text))
    return rng.choice((b"[" + value + b"]", text, envelope))


def spaced(rng: Random, value: bytes) -> bytes:
    """Put white space wherever JSON allows it."""
    space = rng.choice((b" ", b"\n\t", b"\r\n    "))
    return space + re.sub(rb'("(?:[^"\\]|\\.)*")', rb"\1" + space, value) + space


OF_PAYLOADS: Sequence[Mutation] = (
    *OF_ANY_BYTES,
    *(huge_number, huge_number_in_text, huge_number_aside, number_reworded),
    *(nested_aside, nested_instead, nested_whole, opened_only),
    *(nul_escaped, strange_text, badly_escaped, names_escaped),
    *(name_changed, value_changed, values_swapped, field_repeated),
    *(punctuation_lost, punctuation_changed, loosely_written, wrapped, spaced),
)


def long_text_aside(rng: Random, value: bytes) -> bytes:
    """Add a field that nobody knows, with a text of a megabyte."""
    return with_field(rng, value, f'"firmware": "{rng.choice("x}") * LARGE}"')


def long_text(rng: Random, value: bytes) -> bytes:
    """Make some text a megabyte longer."""
    return within_text(rng, value, rng.choice((b"x", b"7")) * LARGE)


def long_number(rng: Random, value: bytes) -> bytes:
    """Write a number of a megabyte, as text or not."""
    quote = rng.choice(("", '"', '"'))
    return replaced(rng, NUMBER, value, lambda _: f"{quote}{'7' * LARGE}{quote}".encode())


def long_list_aside(rng: Random, value: bytes) -> bytes:
    """Add a field that nobody knows, with a list of half a million numbers."""
    return with_field(rng, value, f'"firmware": [{"1," * (LARGE // 2)}1]')


def long_space(rng: Random, value: bytes) -> bytes:
    """Put a megabyte of white space between."""
    return inserted(rng, value, b" " * LARGE)


LARGE_PAYLOADS: Sequence[Mutation] = (
    *(long_text_aside, long_text, long_number, long_list_aside, long_space, long_noise),
)
