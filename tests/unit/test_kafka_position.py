"""Where a stream of Kafka goes on, and how its checkpoint makes room for another."""

from pathlib import Path

import pytest
from checkpoint_files import TORN

from gympulse.io.checkpoints import Checkpoint, Position

BEGUN = b'\x00v1\n{"bpm":{"0":3}}'


@pytest.mark.parametrize(
    ("batches", "finished", "begun", "expected"),
    [
        pytest.param([], 0, None, None, id="a new stream"),
        pytest.param([], 0, BEGUN, ({0: 3}, {0: 3}), id="a stream before its first batch"),
        pytest.param([{"0": 5}], 0, BEGUN, ({0: 3}, {0: 5}), id="a first batch not finished"),
        pytest.param([{"0": 5}], 0, None, None, id="a first batch of unknown beginning"),
        pytest.param([{"0": 5}], 1, BEGUN, ({0: 5}, {0: 5}), id="a first batch"),
        pytest.param(
            [{"0": 5}, {"0": 5, "1": 7}],
            1,
            BEGUN,
            ({0: 5}, {0: 5, 1: 7}),
            id="a second batch not finished",
        ),
        pytest.param(
            [{"0": 5}, {"0": 5, "1": 7}], 2, BEGUN, ({0: 5, 1: 7},) * 2, id="a second batch"
        ),
    ],
)
def test_where_a_stream_of_kafka_goes_on(write, batches, finished, begun, expected):
    """Spark notes where the first batch begins beside the batches' ends."""
    checkpoint = write(*([{"bpm": each}] for each in batches), finished=finished)
    if begun:
        write.put("sources/0", "0", begun)
    position = expected and Position(*({"bpm": offsets} for offsets in expected))

    assert checkpoint.kafka_position() == position


@pytest.mark.parametrize("name", TORN)
def test_where_it_goes_on_is_unknown_where_offsets_cannot_be_read(write, name):
    checkpoint = write([{}])
    write.put("offsets", "0", TORN[name])

    assert checkpoint.kafka_position() is None


@pytest.mark.parametrize(("finished", "expected"), [(1, ("a-stream", 1)), (2, None)])
def test_a_batch_that_was_not_finished_is_told(write, finished, expected):
    checkpoint = write([{}], [{}], finished=finished)
    write.put("", "metadata", '{"id":"a-stream"}')

    assert checkpoint.unfinished() == expected


@pytest.mark.parametrize("name", ["empty", "torn", "no text"])
def test_one_of_a_stream_that_is_unknown_is_not(write, name):
    checkpoint = write([{}], finished=0)
    write.put("", "metadata", TORN[name])

    assert checkpoint.unfinished() is None


def test_a_checkpoint_makes_room(write):
    """What was there stays, under names with numbers."""
    for n in range(2):
        write([{"bpm": {"0": n}}]).move_aside()
    checkpoint = write()
    checkpoint.move_aside()
    path = Path(checkpoint.path)
    kept = [Checkpoint(f"{path}.{n}").kafka_position().next for n in (1, 2)]

    assert kept == [{"bpm": {0: 0}}, {"bpm": {0: 1}}]
    assert sorted(each.name for each in path.parent.iterdir()) == [
        f"{path.name}.1",
        f"{path.name}.2",
    ]
