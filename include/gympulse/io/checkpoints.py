"""Does a stream have anything to do? Read from its checkpoint, without starting it.

A query that finds nothing costs half a second, and a Spark session seconds: an hour
without data should cost neither. Whatever cannot be read for certain counts as
something to do, and is left to Spark.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import unquote

from deltalake import DeltaTable

from gympulse.io import files
from gympulse.io.changes import has_changes

Offsets = list[dict | None]


@dataclass(frozen=True)
class Position:
    """What a stream of Kafka reads next, by topic and partition.

    Attributes:
        next: The first offset of the next batch.
        planned: The end of a batch that was planned and not finished; otherwise as ``next``.
    """

    next: Mapping[str, Mapping[int, int]]
    planned: Mapping[str, Mapping[int, int]]


class Checkpoint:
    """The checkpoint folder of one stream."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether the stream has ever planned a batch."""
        return self._latest("offsets") is not None

    @property
    def stream(self) -> str | None:
        """The id of the stream; None where there is none, or that cannot be read."""
        try:
            return json.loads(files.read(f"{self.path}/metadata"))["id"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def offsets(self) -> Offsets | None:
        """What each source was read up to; None unless the last batch was finished."""
        lines = self.finished()
        return None if lines is None else lines[1:]

    def finished(self) -> Offsets | None:
        """The lines of the last batch's plan, its settings first; None unless it was finished."""
        last = self._latest("offsets")
        if last is None or last != self._latest("commits"):
            return None
        return self._read(f"offsets/{last}")

    def looked_at_again(self) -> Offsets | None:
        """What each source had been read up to before the last finished batch.

        When a stream starts, Spark looks up that batch in the sources' logs once more.

        Returns:
            None where that is unknown, and while the first batch is the last.
        """
        done = self._latest("commits")
        return None if done is None else self.begun(done)

    def planned(self, batch_id: int) -> Offsets | None:
        """What each source is read up to in a batch; None where that cannot be read."""
        lines = self._read(f"offsets/{batch_id}")
        return None if lines is None else lines[1:]

    def begun(self, batch_id: int) -> Offsets | None:
        """What each source had been read up to before a batch; None where that cannot be read.

        Only Kafka's streams note where their first batch begins.
        """
        return self.planned(batch_id - 1) if batch_id else self._read("sources/0/0")

    def kafka_position(self) -> Position | None:
        """What a stream of Kafka reads next; None where it has not begun, or that is unknown."""
        last = self._latest("offsets")
        if last is None:
            planned = begun = self._read("sources/0/0")
        else:
            planned = self.planned(last)
            begun = planned if last == self._latest("commits") else self.begun(last)
        if not planned or not begun:
            return None
        return Position(_by_number(begun[0]), _by_number(planned[0]))

    def unfinished(self) -> tuple[str, int] | None:
        """A batch that was planned and not finished; None without any, or where it is unknown.

        Returns:
            The stream's id and the batch's number.
        """
        last = self._latest("offsets")
        if last is None or last == self._latest("commits"):
            return None
        stream = self.stream
        return stream and (stream, last)

    def move_aside(self) -> None:
        """Make room for a new stream; what is there is kept under a name with a number.

        Replay: does nothing where there is nothing.
        """
        if not files.is_folder(self.path):
            return
        done = self._latest("commits")
        # Where that takes several steps, what the stream reads next stays as it is until, with
        # the offsets of its last finished batch, the whole stream is gone.
        last = ["sources/0/0", f"offsets/{done}", f"commits/{done}"]
        names = (f"{self.path}.{number}" for number in count(1))
        to = next(name for name in names if not files.is_folder(name))
        files.move(self.path, to, last)

    def versions(self) -> dict[str, tuple[int | None, int | None]]:
        """By Delta table's id, the version and the file of it that are read next."""
        return {
            offset.get("reservoirId"): (offset.get("reservoirVersion"), offset.get("index"))
            for offset in self.offsets() or ()
            if offset
        }

    def seen_files(self) -> set[str] | None:
        """Names of the files that a file source has taken; None where that is unknown."""
        noted = self.noted_files()
        return None if noted is None else {name_of(file) for file in noted}

    def noted_files(self) -> list[dict[str, Any]] | None:
        """The files that a file source has taken, as it notes them; None where that is unknown.

        The source notes files before their batch is planned. Those of a batch that a kill
        kept from being planned are not taken yet.
        """
        offsets = self.offsets()
        log = f"{self.path}/sources/0"
        if not offsets or not files.is_folder(log):
            return None
        try:
            return [
                noted
                for batch in files.names(log)
                if not batch.startswith(".")
                for noted in map(json.loads, files.read(f"{log}/{batch}").splitlines()[1:])
                if name_of(noted) and noted["batchId"] <= offsets[0]["logOffset"]
            ]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _read(self, name: str) -> Offsets | None:
        """The lines of one of Spark's files, but the first; None where it cannot be read."""
        try:
            # Where Kafka's first batch begins stands behind a zero byte.
            lines = files.read(f"{self.path}/{name}").decode().lstrip("\0").splitlines()
            if not lines or lines[0] != "v1":
                return None
            return [None if line == "-" else json.loads(line) for line in lines[1:]]
        except (OSError, ValueError):
            return None

    def _latest(self, folder: str) -> int | None:
        found = files.names(f"{self.path}/{folder}")
        return max((int(name) for name in found if name.isdigit()), default=None)


def name_of(noted: Mapping[str, Any]) -> str:
    """The name of a file that a file source has noted."""
    return unquote(noted["path"].rsplit("/", 1)[-1])


def tables_changed(checkpoint: Checkpoint, paths: Iterable[str]) -> bool:
    """Whether any of the Delta tables at these paths has versions that were not read."""
    if not checkpoint.exists:
        # Version 0 makes a table, and holds nothing.
        return any(DeltaTable(path).version() > 0 for path in paths)
    offsets = checkpoint.offsets()
    if offsets is None or any(offset is None for offset in offsets):
        return True
    read_up_to = checkpoint.versions()
    for path in paths:
        table = DeltaTable(path)
        version, index = read_up_to.get(table.metadata().id, (None, None))
        # Everything of a version was read when the next is expected, none of its files taken.
        if version is None or index is None or index >= 0:
            return True
        # A version that only writes files anew gives a stream nothing, and so stays unread.
        if has_changes(path, version, table.version()):
            return True
    return False


def topics_grew(checkpoint: Checkpoint, ends: Mapping[str, Mapping[int, int]]) -> bool:
    """Whether any partition holds records beyond those that were read; see ``unread``."""
    return any(unread(checkpoint, ends))


def unread(checkpoint: Checkpoint, ends: Mapping[str, Mapping[int, int]]) -> list[int]:
    """How far each partition's end is from what was read; below 0 where a topic is a new one.

    Args:
        checkpoint: The stream's.
        ends: By topic and partition, the offset that the next record will get.
    """
    position = checkpoint.kafka_position()
    read = position.next if position else {}
    return [
        end - read.get(topic, {}).get(partition, 0)
        for topic, partitions in ends.items()
        for partition, end in partitions.items()
    ]


def unread_by_topic(
    checkpoint: Checkpoint, ends: Mapping[str, Mapping[int, int]]
) -> dict[str, int]:
    """How many offsets of each topic lie beyond what was read; see ``unread``."""
    return {topic: sum(unread(checkpoint, {topic: ends[topic]})) for topic in ends}


def _by_number(offsets: dict | None) -> dict[str, dict[int, int]]:
    return {
        topic: {int(partition): offset for partition, offset in of_topic.items()}
        for topic, of_topic in (offsets or {}).items()
    }


def files_landed(checkpoint: Checkpoint, folder: str) -> bool:
    """Whether a landing folder holds files that were not read."""
    names = {name for name in files.names(folder) if name[0] not in "._"}
    if not names:
        return False
    seen = checkpoint.seen_files()
    return seen is None or bool(names - seen)
