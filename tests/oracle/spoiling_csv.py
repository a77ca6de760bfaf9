"""Ways to spoil a CSV file, some of which leave it valid."""

import re
from collections.abc import Sequence
from random import Random

from oracle.spoiling import LARGE, OF_ANY_BYTES, Mutation, inserted, long_noise
from oracle.spoiling_json import HUGE, replaced

CELL = re.compile(rb"[^,\r\n]+")
LINE_END = re.compile(rb"\r?\n")
CELLS = (
    b"",
    b" ",
    b"NULL",
    b"null",
    b"NaN",
    b"=1+1",
    b"-",
    b'""',
    b'"',
    b'"a,b"',
    b"\\N",
    b"\xc2\xa0",
)
SEPARATORS = (b";", b"\t", b"|", b", ", b",,", b"\x1f")
LINE_ENDS = (b"\r", b"\r\r\n", b"\n\r", b"\n\n", b"\x0b", b"\x0c", b"\x1e", b"\xe2\x80\xa8", b"")


def _lines(value: bytes) -> list[bytes]:
    return value.split(b"\n")


def cell_changed(rng: Random, value: bytes) -> bytes:
    """Write something else into a cell, perhaps into the header."""
    return replaced(rng, CELL, value, lambda _: rng.choice(CELLS))


def huge_cell(rng: Random, value: bytes) -> bytes:
    """Write a number with far more digits, or a far greater exponent."""
    return replaced(rng, CELL, value, lambda _: rng.choice(HUGE).encode())


def cell_lost(rng: Random, value: bytes) -> bytes:
    """Lose a cell, perhaps of the header."""
    return replaced(rng, re.compile(rb",[^,\r\n]*"), value, lambda _: b"")


def cells_added(rng: Random, value: bytes) -> bytes:
    """Add cells, few or many, to a line or to the header."""
    more = b",x" * rng.choice((1, 2, 5000))
    return replaced(rng, LINE_END, value, lambda end: more + end[0])


def separator_changed(rng: Random, value: bytes) -> bytes:
    """Separate cells otherwise, everywhere or once."""
    other = rng.choice(SEPARATORS)
    return value.replace(b",", other, rng.choice((-1, 1)))


def quoted_badly(rng: Random, value: bytes) -> bytes:
    """Put a quote between that opens what nothing closes, or closes nothing."""
    return inserted(rng, value, rng.choice((b'"', b'""', b'\\"', b'"\n', b"'")))


def lines_ended_otherwise(rng: Random, value: bytes) -> bytes:
    """End lines otherwise, everywhere or once."""
    other = rng.choice(LINE_ENDS)
    return LINE_END.sub(lambda _: other, value, rng.choice((0, 1)))


def header_lost(rng: Random, value: bytes) -> bytes:
    """Lose the first line."""
    return b"\n".join(_lines(value)[1:])


def lines_disordered(rng: Random, value: bytes) -> bytes:
    """Put the lines in another order, the header among them."""
    return b"\n".join(rng.sample(_lines(value), k=len(_lines(value))))


def header_repeated(rng: Random, value: bytes) -> bytes:
    """Give the header again between the lines, as joined files have it."""
    lines = _lines(value)
    lines.insert(rng.randint(0, len(lines)), lines[0])
    return b"\n".join(lines)


def header_in_capitals(rng: Random, value: bytes) -> bytes:
    """Write the header in capitals."""
    header, end, rest = value.partition(b"\n")
    return header.upper() + end + rest


def remarked(rng: Random, value: bytes) -> bytes:
    """Put a remark between the lines."""
    lines = _lines(value)
    lines.insert(rng.randint(0, len(lines)), rng.choice((b"# exported", b"sep=,", b"(6 rows)")))
    return b"\n".join(lines)


OF_FILES: Sequence[Mutation] = (
    *OF_ANY_BYTES,
    *(cell_changed, huge_cell, cell_lost, cells_added, separator_changed, quoted_badly),
    *(lines_ended_otherwise, header_lost, lines_disordered, header_repeated, header_in_capitals),
    remarked,
)


def long_cell(rng: Random, value: bytes) -> bytes:
    """Write a megabyte into a cell."""
    return replaced(rng, CELL, value, lambda _: rng.choice((b"x", b"7")) * LARGE)


def long_cell_aside(rng: Random, value: bytes) -> bytes:
    """Add a cell of a megabyte that no header names."""
    return replaced(rng, LINE_END, value, lambda end: b"," + b"x" * LARGE + end[0])


def long_emptiness(rng: Random, value: bytes) -> bytes:
    """Put a megabyte of commas, or of blank lines, between."""
    return inserted(rng, value, rng.choice((b",", b"\n", b" ")) * LARGE)


LARGE_FILES: Sequence[Mutation] = (long_cell, long_cell_aside, long_emptiness, long_noise)
