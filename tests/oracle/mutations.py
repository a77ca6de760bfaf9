"""Mutated payloads and files: valid ones, each spoilt in one way or two; the same from a seed.

Most of them are invalid, some are not: the oracle says which.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from oracle import spelling
from oracle.happenings import Line, Message, keyed, line, registration_fields, visit_fields
from oracle.landing import written_files
from oracle.malformed import fields_of
from oracle.profile_happenings import LOGGED, change, image_fields
from oracle.records import CsvFile
from oracle.spoiling import Mutation
from oracle.spoiling_csv import LARGE_FILES, OF_FILES
from oracle.spoiling_json import LARGE_PAYLOADS, OF_PAYLOADS
from oracle.world import USERS, World

FILE_NAMES = ("fuzz {}.csv", "fuzz-{}", "füzz+{}.csv", "fuzz%20{}.csv", "day={},#1.CSV", ".fuzz{}")
# What the platform is known to read otherwise than the contract says.
_NEARLY_WHOLE = re.compile(
    rb'"(?:\w*_id|lsn|dob)"\s*:\s*-?\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?(?=[\s,}])'
)
_ZIP_WITH_DECIMALS = re.compile(rb'"zip"\s*:\s*-?(?:\d+[.eE]|\d{19})')
_DECIMALS = 18
# In a field's name: half of a surrogate pair, which is no text.
_HALF_IN_NAME = re.compile(rb'\\u[dD][89a-fA-F][0-9a-fA-F]{2}"\s*:')


@dataclass(frozen=True)
class Mutated:
    """Something received, and the names of the ways in which it was spoilt."""

    names: tuple[str, ...]
    received: Message | CsvFile


def mutated_messages(seed: int, count: int, large: int = 0) -> list[Mutated]:
    """Return mutated records of all topics.

    Args:
        seed: Of all choices.
        count: How many.
        large: How many of them are spoilt by a megabyte.
    """
    rng, world = Random(f"mutated messages {seed}"), World()
    made = []
    for at in range(count):
        # Of the large ones each in turn, so that few are enough.
        ways = [LARGE_PAYLOADS[at % len(LARGE_PAYLOADS)]] if at < large else OF_PAYLOADS
        made.append(mutated_message(rng, world, ways, 1 if at < large else rng.choice((1, 1, 2))))
    rng.shuffle(made)
    return made


def mutated_files(seed: int, count: int, large: int = 0) -> list[Mutated]:
    """Return mutated files of both landing folders, most with names of a usual form.

    Args:
        seed: Of all choices.
        count: How many.
        large: How many of them are spoilt by a megabyte.
    """
    rng, world = Random(f"mutated files {seed}"), World()
    made = []
    for at in range(count):
        ways = [LARGE_FILES[at % len(LARGE_FILES)]] if at < large else OF_FILES
        name = rng.choice(FILE_NAMES) if rng.random() < 0.2 else "fuzz-{}.csv"
        made.append(mutated_file(rng, world, ways, name.format(at)))
    rng.shuffle(made)
    return made


def mutated_message(
    rng: Random, world: World, ways: Sequence[Mutation] = OF_PAYLOADS, times: int = 1
) -> Mutated:
    """Return a record spoilt in so many ways, one after the other."""
    while True:
        topic, value = _payload(rng, world)
        names, value = _spoilt(rng, value, ways, times)
        if not _is_known_to_differ(value):
            return Mutated(names, keyed(rng, topic, USERS[0], value))


def mutated_file(rng: Random, world: World, ways: Sequence[Mutation], name: str) -> Mutated:
    """Return a file spoilt in one way."""
    folder = rng.choice(("registered_users", "gym_logins"))
    [file] = written_files(rng, [_line(rng, world, folder)] * rng.randint(1, 6))[:1]
    names, content = _spoilt(rng, file.content, ways, 1)
    return Mutated(names, replace(file, name=name, content=content))


def _spoilt(
    rng: Random, value: bytes, ways: Sequence[Mutation], times: int
) -> tuple[tuple[str, ...], bytes]:
    chosen = rng.choices(ways, k=times)
    for way in chosen:
        value = way(rng, value)
    return tuple(way.__name__ for way in chosen), value


def _payload(rng: Random, world: World) -> tuple[str, bytes]:
    """Return a topic and a valid payload of it; every sixth is a Debezium event."""
    if rng.random() < 1 / 6:
        image = spelling.document(rng, image_fields(rng, rng.choice(USERS))).decode()
        position = rng.choice(LOGGED[world.connector])
        return "user_info", change(
            rng, rng.choice("cruud"), image, world.rare_moment(rng), position
        )
    topic, fields = fields_of(rng, world)
    return topic, spelling.document(rng, fields)


def _line(rng: Random, world: World, folder: str) -> Line:
    made = registration_fields if folder == "registered_users" else visit_fields
    return line(folder, made(rng, world))


def _is_known_to_differ(value: bytes) -> bool:
    if _HALF_IN_NAME.search(value):
        return True
    for match in _NEARLY_WHOLE.finditer(value):
        decimals, exponent = len(match[1] or b""), int((match[2] or b"0")[:6])
        if max(decimals, decimals - exponent) > _DECIMALS:
            return True
    return bool(_ZIP_WITH_DECIMALS.search(value))
