"""Archives of spoilt records, some of whose lines are no records at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from chaos.outcome import Outcome
from oracle.archives import Archived, archived
from oracle.histories import place
from oracle.mutations import mutated_messages
from oracle.records import KafkaRecord
from oracle.spoiling import NOT_UTF_8
from streams.operating import land_archives, operate
from streams.runs import PARTITIONS, Runner


@dataclass(frozen=True)
class Archives:
    """Archives, and what is in them.

    Attributes:
        files: Contents by name.
        records: The records in them.
        strays: ``file:line`` of what is no record.
    """

    files: Mapping[str, bytes]
    records: tuple[KafkaRecord, ...]
    strays: tuple[str, ...]


def archives(random: Random, count: int, outcome: Outcome) -> Archives:
    """Give archives of so many spoilt records, and one of as many tenths that are broken."""
    spoilt = [
        each.received for each in mutated_messages(random.randrange(2**32), count, count // 400)
    ]
    [records] = place([spoilt], partitions=PARTITIONS)
    made = archived(random, records)
    whole = [line for content in made.files.values() for line in content.split(b"\n")]
    whole = [line.strip() for line in whole if line.strip()]
    broken = [_broken(random, line) for line in random.sample(whole, k=count // 10)]
    files = {**made.files, "broken.json": b"\n".join(broken)}
    outcome.injected["spoilt records in archives"] += len(made.records)
    outcome.injected["broken lines in archives"] += len(broken)
    strays = tuple(f"broken.json:{number}" for number in range(1, len(broken) + 1))
    return Archives(files, made.records, strays)


def load(runner: Runner, loaded: Archives, name: str) -> None:
    """Load them, by an operation of a name."""
    land_archives(runner.lake, Archived(loaded.files, loaded.records, ()))
    operate(runner, "backfill", name)


def _broken(random: Random, line: bytes) -> bytes:
    """A line of an archive that is no longer one: it does not end, or not begin, or is no text."""
    at = random.randrange(1, len(line) - 1)
    return random.choice(
        (line[:at], line[at:] if line[at:].strip() else b"}", line[:-1] + random.choice(NOT_UTF_8))
    )
