"""A lake that reads Kafka, without either: what a test says they are."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from gympulse import intake
from gympulse.io import kafka_topics
from gympulse.io.checkpoints import Checkpoint
from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.settings import Kafka, Settings

GOES_ON, EARLIEST = "goes on", "earliest"


class Bronze:
    """A lake, its stream of Kafka and the broker, as a test says they are."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lake, self.found, self.rows = Lake(str(root)), {}, {}
        self.newest = None
        self.path = Path(self.lake.checkpoint(KAFKA_MULTIPLEX.short_name))
        monkeypatch.setattr(intake.kafka, "topics", lambda kafka: self.found)
        monkeypatch.setattr(intake.bronze, "held", self._held)
        monkeypatch.setattr(intake.bronze, "newest", lambda lake: self.newest)
        monkeypatch.setattr(intake.bronze, "kafka_stream", self._stream)

    def read_up_to(self, **offsets: dict[int, int]) -> None:
        """Write the checkpoint of a stream that has finished its first batch there."""
        for name, line in (("offsets/0", json.dumps(offsets)), ("commits/0", "{}")):
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(f"v1\n{{}}\n{line}")

    def begins(self, *accepted: str):
        """What a run does: None where it has nothing to read, or where its stream begins."""
        settings = Settings(self.lake, kafka=Kafka("h:1", accepted_losses=accepted))
        checkpoint = Checkpoint(str(self.path))
        return intake.kafka_rows(
            SimpleNamespace(settings=settings, read=None, checkpoint=lambda table: checkpoint)
        )

    @property
    def known(self) -> dict:
        """The file of topics."""
        return kafka_topics.read(self.lake.topics)

    @property
    def ids(self) -> dict:
        """The ids in it."""
        return {name: topic.id for name, topic in self.known.items()}

    def _held(self, read, known):
        """Rows count unless they were there when a loss was accepted."""
        begins = {name: {p: b.offset for p, b in of.begins.items()} for name, of in known.items()}
        return {
            name: {**self.rows.get(name, {}), **begins.get(name, {})}
            for name in self.rows | begins
            if name in self.rows or begins[name]
        }

    def _stream(self, read, kafka, begin, not_before):
        self.not_before = not_before
        if begin is None:
            return GOES_ON if (self.path / "offsets").exists() else EARLIEST
        return begin
