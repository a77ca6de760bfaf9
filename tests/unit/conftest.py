"""Checkpoints written by hand as Spark writes them, and a lake that reads Kafka by them."""

import json

import pytest
from bronze_and_kafka import Bronze

from gympulse.io import kafka_topics
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.kafka import Topic

METADATA = '{"batchWatermarkMs":0,"batchTimestampMs":1700000000000,"conf":{}}'


@pytest.fixture
def write(tmp_path):
    """Write a checkpoint's offsets, and commit those of its batches that are finished."""
    folder = tmp_path / "checkpoint"

    def planned(*batches, finished=None):
        for n, sources in enumerate(batches):
            lines = ["-" if each is None else json.dumps(each) for each in sources]
            put("offsets", str(n), "\n".join(("v1", METADATA, *lines)))
        for n in range(len(batches) if finished is None else finished):
            put("commits", str(n), 'v1\n{"nextBatchWatermarkMs":0}')
        return Checkpoint(str(folder))

    def put(of, name, text):
        (folder / of).mkdir(parents=True, exist_ok=True)
        (folder / of / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    planned.put = put
    return planned


@pytest.fixture
def bronze(tmp_path, monkeypatch) -> Bronze:
    """A lake that has read two topics, of which one has gained a record."""
    bronze = Bronze(tmp_path, monkeypatch)
    bronze.found = {"bpm": Topic("a", {0: 0}, {0: 10}), "workout": Topic("w", {0: 0}, {0: 4})}
    bronze.read_up_to(bpm={0: 9}, workout={0: 4})
    bronze.rows = {"bpm": {0: 9}, "workout": {0: 4}}
    kafka_topics.write(
        bronze.lake.topics,
        {"bpm": kafka_topics.Known("a"), "workout": kafka_topics.Known("w")},
    )
    return bronze
