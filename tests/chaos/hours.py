"""A made history, dealt into hours, of which a part comes by archives."""

from dataclasses import dataclass

from chaos.chaos import Chaos
from oracle.archives import Archived, archived
from oracle.happenings import Message
from oracle.histories import PlacedBatch, cut, place, records_and_files, seeded_history
from oracle.records import CsvFile
from streams.runs import PARTITIONS

_BY_ARCHIVE = 0.2


@dataclass(frozen=True)
class Hours:
    """What arrives.

    Attributes:
        batches: Hour by hour, records to be sent, without their offsets, and files to be landed.
        archives: What a backfill is to load.
    """

    batches: list[PlacedBatch]
    archives: Archived

    @property
    def files(self) -> list[CsvFile]:
        """All files of the hours."""
        return records_and_files(self.batches)[1]


def hours_of(chaos: Chaos, count: int, happened: int, *, has_archives: bool) -> Hours:
    """Deal a history of the suite's seed: disordered, late, partly twice, a fifth in archives.

    Args:
        chaos: What the suite gives.
        count: How many hours.
        happened: How much happens in each.
        has_archives: Whether anything comes by archives.
    """
    random, share = chaos.random("hours"), _BY_ARCHIVE if has_archives else 0
    dealt = cut(seeded_history(chaos.seed, happened=happened * count), chaos.seed, runs=count)
    batches, by_archive = [], []
    for batch in dealt:
        chosen = [isinstance(unit, Message) and random.random() < share for unit in batch]
        pairs = list(zip(batch, chosen, strict=True))
        batches.append([unit for unit, is_chosen in pairs if not is_chosen])
        by_archive += [unit for unit, is_chosen in pairs if is_chosen]
    records, _ = records_and_files(place([by_archive], PARTITIONS))
    found = archived(random, records)
    placed = place(batches, PARTITIONS)
    # No archive can hold them.
    placed[-1] += found.left
    return Hours(placed, found)
