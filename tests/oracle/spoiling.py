"""Ways to spoil bytes, whatever they mean: in payloads and in files alike."""

import base64
import gzip
from collections.abc import Callable, Sequence
from random import Random

Mutation = Callable[[Random, bytes], bytes]

LARGE = 2**20
"""A megabyte."""
NOT_UTF_8 = (
    b"\xe9",  # Latin 1
    b"\x80",  # goes on with no character
    b"\xc3",  # begins one that does not come
    b"\xe2\x82",
    b"\xff\xfe",
    b"\xc0\x80",  # NUL, longer than it need be
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",  # half of a surrogate pair
    b"\xf4\x90\x80\x80",  # beyond Unicode
)
STRANGE_CHARACTERS = ("\u00a0", "\u2028", "\u0085", "\ufeff", "\u200d", "\ufffe", "\U0001f3cb", "İ")


def _at(rng: Random, value: bytes) -> int:
    return rng.randint(0, len(value))


def _part(rng: Random, value: bytes) -> tuple[int, int]:
    begin = _at(rng, value)
    return begin, min(len(value), begin + rng.choice((1, 1, 2, 5, 20)))


def inserted(rng: Random, value: bytes, more: bytes) -> bytes:
    """Put bytes somewhere between."""
    at = _at(rng, value)
    return value[:at] + more + value[at:]


def cut_off(rng: Random, value: bytes) -> bytes:
    """Lose the end."""
    return value[: _at(rng, value)]


def begun_late(rng: Random, value: bytes) -> bytes:
    """Lose the beginning."""
    return value[_at(rng, value) :]


def emptied(rng: Random, value: bytes) -> bytes:
    """Lose everything, or all but white space."""
    return rng.choice((b"", b" ", b"\n", b"\r\n\t "))


def holed(rng: Random, value: bytes) -> bytes:
    """Lose a part."""
    begin, end = _part(rng, value)
    return value[:begin] + value[end:]


def stuttered(rng: Random, value: bytes) -> bytes:
    """Say a part twice."""
    begin, end = _part(rng, value)
    return value[:end] + value[begin:]


def sent_twice(rng: Random, value: bytes) -> bytes:
    """Say the whole twice."""
    return value + rng.choice((b"", b"\n", b",", b"\0")) + value


def byte_changed(rng: Random, value: bytes) -> bytes:
    """Change a byte to any other."""
    at = _at(rng, value)
    return value[:at] + bytes((rng.randrange(256),)) + value[at + 1 :]


def bit_flipped(rng: Random, value: bytes) -> bytes:
    """Change a bit."""
    if not value:
        return value
    at = rng.randrange(len(value))
    return value[:at] + bytes((value[at] ^ 1 << rng.randrange(8),)) + value[at + 1 :]


def noisy(rng: Random, value: bytes) -> bytes:
    """Put random bytes between."""
    return inserted(rng, value, rng.randbytes(rng.randint(1, 30)))


def nul_inserted(rng: Random, value: bytes) -> bytes:
    """Put NUL bytes between."""
    return inserted(rng, value, b"\0" * rng.choice((1, 1, 2, 50)))


def nul_around(rng: Random, value: bytes) -> bytes:
    """Fill up with NUL bytes, as a block that was not written to its end."""
    filling = b"\0" * rng.choice((1, 512))
    return rng.choice((value + filling, filling + value, filling))


def control_inserted(rng: Random, value: bytes) -> bytes:
    """Put a control character between."""
    return inserted(rng, value, bytes((rng.choice((1, 7, 8, 9, 10, 11, 12, 13, 27, 31, 127)),)))


def not_utf_8(rng: Random, value: bytes) -> bytes:
    """Put bytes between that are no UTF-8, or half of a character."""
    return inserted(rng, value, rng.choice(NOT_UTF_8))


def strange_character(rng: Random, value: bytes) -> bytes:
    """Put a character between that is white space to some, or more than two bytes."""
    return inserted(rng, value, rng.choice(STRANGE_CHARACTERS).encode())


def marked(rng: Random, value: bytes) -> bytes:
    """Begin with a byte-order mark, or with two."""
    return b"\xef\xbb\xbf" * rng.choice((1, 1, 2)) + value


def in_wide_characters(rng: Random, value: bytes) -> bytes:
    """Write in UTF-16 or UTF-32, with a mark or without."""
    text = value.decode(errors="replace")
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")))


def in_another_code(rng: Random, value: bytes) -> bytes:
    """Write in EBCDIC, UTF-7 or Shift JIS."""
    text = value.decode(errors="replace")
    return text.encode(rng.choice(("cp037", "utf-7", "shift_jis")), errors="replace")


def packed(rng: Random, value: bytes) -> bytes:
    """Compress, or write in base64."""
    return gzip.compress(value, mtime=0) if rng.random() < 0.5 else base64.b64encode(value)


def unchanged(rng: Random, value: bytes) -> bytes:
    """Leave as it is."""
    return value


def long_noise(rng: Random, value: bytes) -> bytes:
    """Put a megabyte of random bytes between."""
    return inserted(rng, value, rng.randbytes(LARGE))


OF_ANY_BYTES: Sequence[Mutation] = (
    *(cut_off, begun_late, emptied, holed, stuttered, sent_twice),
    *(byte_changed, bit_flipped, noisy, nul_inserted, nul_around, control_inserted),
    *(not_utf_8, strange_character, marked, in_wide_characters, in_another_code, packed),
    unchanged,
)
