"""What arrived in Kafka and by file, and what of it was lost, as the oracle takes it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oracle.expected import Expected, expect
from oracle.records import CsvFile, KafkaRecord

Place = tuple[str, int]
"""A topic and one of its partitions."""

_ANEW = re.compile(r"#\d+$")


@dataclass
class Book:
    """What the platform has to have in the end.

    Attributes:
        records: All that was sent, acknowledged, committed and not lost.
        aborted: What was sent in transactions that were aborted.
        files: What landed.
        read: By partition, the offset that bronze reads next.
        anew: How often each topic was made anew.
    """

    records: list[KafkaRecord] = field(default_factory=list)
    aborted: list[KafkaRecord] = field(default_factory=list)
    files: list[CsvFile] = field(default_factory=list)
    read: dict[Place, int] = field(default_factory=dict)
    anew: Counter[str] = field(default_factory=Counter)

    def arrive(self, record: KafkaRecord) -> None:
        """Enter a record, as one of the topic as it is now."""
        self.records.append(replace(record, archived=self._mark(record)))

    def expire(self, place: Place, before: int) -> None:
        """Strike out what was not read, and now is gone from a partition."""
        self._lose(place, before)
        self.read[place] = before

    def make_anew(self, topic: str) -> None:
        """Strike out what was not read of a topic, which begins at offset 0 again."""
        for place in [place for place in self.places() if place[0] == topic]:
            self._lose(place, before=2**63)
            self.read.pop(place, None)
        self.anew[topic] += 1

    def is_read_up_to(self, ends: Mapping[Place, int]) -> None:
        """Note what bronze has read."""
        self.read |= ends

    def following(self, topic: str) -> dict[int, int]:
        """By partition of a topic, the offset that bronze reads next."""
        return {number: at for (name, number), at in self.read.items() if name == topic}

    def held(self, topic: str) -> dict[int, int]:
        """By partition of a topic, the offset after the last record that bronze has of it."""
        found: dict[int, int] = {}
        for record in self.records:
            if record.topic == topic and record.archived == self._mark(record):
                number = record.partition
                if record.offset < self.read.get((topic, number), 0):
                    found[number] = max(found.get(number, 0), record.offset + 1)
        return found

    def places(self) -> set[Place]:
        """The partitions that records came to."""
        return {(record.topic, record.partition) for record in self.records} | self.read.keys()

    def expected(self) -> Expected:
        """What follows from all of it.

        The quarantine calls a record by topic, partition and offset, which two of one topic
        made anew may share.
        """
        found = expect(self.records, self.files)
        named = {(source, _ANEW.sub("", source_id)) for source, source_id in found.quarantined}
        return replace(found, quarantined=named)

    def _lose(self, place: Place, before: int) -> None:
        gone = range(self.read.get(place, 0), before)
        self.records = [
            record
            for record in self.records
            if (record.topic, record.partition) != place
            or record.archived != self._mark(record)
            or record.offset not in gone
        ]

    def _mark(self, record: KafkaRecord) -> str | None:
        """The name that tells a record from that of a topic of old."""
        number = self.anew[record.topic]
        place = replace(record, archived=None).source_id
        return f"{place}#{number}" if number else None
