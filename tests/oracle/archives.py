"""Records as lines of archives, in the ways that Kafka Connect's converters write them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from oracle.records import KafkaRecord

NAMES = ("bpm+0+0000000000.json", "a b.json", "day=1/part-[0].json", "day=2/part:1.json")


@dataclass(frozen=True)
class Archived:
    """Archives, and the records in them.

    Attributes:
        files: Contents by name below the archives' folder.
        records: What is in them; each knows its place.
        left: Records that no JSON text can hold.
    """

    files: Mapping[str, bytes]
    records: tuple[KafkaRecord, ...]
    left: tuple[KafkaRecord, ...]


def archived(rng: Random, records: Iterable[KafkaRecord]) -> Archived:
    """Write records to a few archives, disordered, blank lines between, offsets not unique."""
    files: dict[str, list[bytes]] = {name: [] for name in NAMES}
    placed, left = [], []
    for record in rng.sample(list(records), k=len(list(records))):
        written = _written(rng, record)
        if written is None:
            left.append(record)
            continue
        name = rng.choice(NAMES)
        if rng.random() < 0.1:
            files[name].append(rng.choice((b"", b"  ", b"\r")))
        files[name].append(written + rng.choice((b"", b"", b"\r")))
        placed.append(replace(record, archived=f"{name}:{len(files[name])}"))
    contents = {name: b"\n".join(lines) + rng.choice((b"", b"\n")) for name, lines in files.items()}
    return Archived(contents, tuple(placed), tuple(left))


def _written(rng: Random, record: KafkaRecord) -> bytes | None:
    try:
        key = record.key.decode() if record.key is not None else None
        value = record.value.decode() if record.value is not None else None
    except UnicodeDecodeError:
        return None
    fields = {
        "key": json.dumps(key),
        "topic": json.dumps(record.topic),
        "partition": str(record.partition),
        "offset": str(rng.choice((record.offset, 0))),
        "timestamp": str(1_678_451_529_000 + record.offset),
        "value": value if _is_nested(rng, value) else json.dumps(value, ensure_ascii=False),
    }
    names = rng.sample(list(fields), k=len(fields))
    return ("{" + ", ".join(f'"{name}": {fields[name]}' for name in names) + "}").encode()


def _is_nested(rng: Random, value: str | None) -> bool:
    """Whether to write the value as the object that it is; only an object on one line can be."""
    if value is None or "\n" in value or "\r" in value or rng.random() < 0.5:
        return False
    try:
        return isinstance(json.loads(value, parse_constant=_refuse), dict)
    except (ValueError, RecursionError):
        return False


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
