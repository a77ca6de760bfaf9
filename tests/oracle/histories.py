"""Made histories: few people, much trouble; from Hypothesis, or from a seed.

A history is a list of happenings, each a kind and a seed of its own, so that Hypothesis
can leave out what a failure does not need. ``cut`` deals it into batches, ``place`` says
where the broker will put each record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from zlib import crc32

from hypothesis import strategies as st

from oracle import happenings, malformed, profile_happenings
from oracle.happenings import Happening, Line, Message
from oracle.landing import odd_files, written_files
from oracle.records import CsvFile, KafkaRecord
from oracle.world import World

KINDS: dict[str, tuple[int, Happening]] = {
    "registration": (5, happenings.registration),
    "session": (6, happenings.session),
    "readings": (2, happenings.readings),
    "lone_event": (2, happenings.lone_event),
    "back_to_back": (1, happenings.back_to_back),
    "visit": (3, happenings.visit),
    "disputed_visit": (2, happenings.disputed_visit),
    "flat_event": (4, profile_happenings.flat_event),
    "debezium_events": (3, profile_happenings.debezium_events),
    "snapshot": (1, profile_happenings.snapshot),
    "unusable_change": (1, profile_happenings.unusable_change),
    "doubtful_message": (4, malformed.doubtful_message),
    "damaged_message": (2, malformed.damaged_message),
    "doubtful_line": (3, malformed.doubtful_line),
    "tombstone": (1, malformed.tombstone),
}
"""Each kind's weight, and what makes its records."""
WEIGHTED = tuple(kind for kind, (weight, _) in KINDS.items() for _ in range(weight))


@dataclass(frozen=True)
class History:
    """What happens, before it is dealt into batches."""

    world: World
    happened: tuple[tuple[str, int], ...]

    def items(self) -> list[Message | Line]:
        """Return all records, those of one happening side by side."""
        return [
            item
            for kind, seed in self.happened
            for item in KINDS[kind][1](Random(f"{kind} {seed}"), self.world)
        ]


Batch = list[Message | CsvFile]
PlacedBatch = list[KafkaRecord | CsvFile]


def histories(least: int = 8, most: int = 50) -> st.SearchStrategy[History]:
    """Return a strategy of histories with so many happenings."""
    worlds = st.builds(World, st.booleans(), st.sampled_from(("postgresql", "sqlserver")))
    happening = st.tuples(st.sampled_from(WEIGHTED), st.integers(0, 2**16))
    return st.builds(History, worlds, st.lists(happening, min_size=least, max_size=most).map(tuple))


def batched_histories(runs: int = 4, least: int = 8, most: int = 50) -> st.SearchStrategy:
    """Return a strategy of histories already cut into up to so many batches."""
    return st.builds(cut, histories(least, most), st.integers(0, 2**16), st.integers(1, runs))


def seeded_history(seed: int, happened: int = 40) -> History:
    """Return the history of a seed, without Hypothesis."""
    rng = Random(f"history {seed}")
    world = World(rng.random() < 0.5, rng.choice(("postgresql", "sqlserver")))
    kinds = rng.choices(WEIGHTED, k=happened)
    return History(world, tuple((kind, rng.randrange(2**16)) for kind in kinds))


def cut(history: History, seed: int, runs: int) -> list[Batch]:
    """Deal a history into batches: disordered, late, and partly twice.

    Args:
        history: What happened.
        seed: Of the way it is dealt.
        runs: How many batches; some may be empty. A file lies wholly in one.
    """
    rng = Random(f"cut {seed}")
    items = history.items()
    items += [item for item in items if rng.random() < 0.15]
    if rng.random() < 0.7:
        rng.shuffle(items)
    units: Batch = [item for item in items if isinstance(item, Message)]
    units += written_files(rng, [item for item in items if isinstance(item, Line)])
    units += odd_files(rng)
    batches: list[Batch] = [[] for _ in range(runs)]
    for unit in units:
        batches[rng.randrange(runs)].append(unit)
    return batches


def place(
    batches: Iterable[Batch],
    partitions: int = 2,
    first_offsets: Mapping[tuple[str, int], int] | None = None,
) -> list[PlacedBatch]:
    """Give every message the partition to produce it to, and the offset it will have.

    Messages of one partition must be produced in the order of the batches and of the
    records within them.

    Args:
        batches: What ``cut`` made.
        partitions: Of each topic.
        first_offsets: Next free offset by topic and partition, 0 where not given.
    """
    following = dict(first_offsets or {})
    return [[_placed(unit, partitions, following) for unit in batch] for batch in batches]


def _placed(
    unit: Message | CsvFile, partitions: int, following: dict[tuple[str, int], int]
) -> KafkaRecord | CsvFile:
    if isinstance(unit, CsvFile):
        return unit
    partition = crc32(unit.value or b"") % partitions
    offset = following.get((unit.topic, partition), 0)
    following[unit.topic, partition] = offset + 1
    return KafkaRecord(unit.topic, partition, offset, unit.key, unit.value)


def records_and_files(
    batches: Iterable[PlacedBatch],
) -> tuple[list[KafkaRecord], list[CsvFile]]:
    """Return all batches as the arguments of ``expected.expect``."""
    units = [unit for batch in batches for unit in batch]
    records = [unit for unit in units if isinstance(unit, KafkaRecord)]
    return records, [unit for unit in units if isinstance(unit, CsvFile)]
