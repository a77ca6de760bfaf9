"""A loss is said, and can be accepted, also after a kill between any two steps."""

import logging
from datetime import UTC, datetime

import pytest

from gympulse.errors import KafkaLoss
from gympulse.io import kafka_topics
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.kafka import Topic

EXPIRED = Topic("a", {0: 12}, {0: 12})
SHORT = Topic("a", {0: 0}, {0: 3})
LONGER = Topic("b", {0: 0}, {0: 99})

lost = pytest.mark.parametrize(
    ("topic", "sentence", "begin"),
    [
        pytest.param(
            EXPIRED,
            "offset 9 is next, but the earliest there is 12; 3 records expired before they were "
            "read.",
            12,
            id="records expired",
        ),
        pytest.param(
            SHORT,
            "offset 9 is next, but the partition ends at 3; 6 records that were there are gone, "
            "and new ones take their offsets.",
            0,
            id="offsets went backwards",
        ),
        pytest.param(
            LONGER,
            "the topic was deleted and made anew (its id was a, and is b); offset 9 of the old "
            "one was to be read next, the new one holds 99 records from offset 0 on.",
            0,
            id="a topic made anew that has more records",
        ),
    ],
)


@lost
def test_a_loss_is_said_and_changes_nothing(bronze, topic, sentence, begin):
    bronze.found["bpm"] = topic
    before = sorted(bronze.path.parent.rglob("*")), bronze.known

    for accepted in ([], ["workout"]):
        with pytest.raises(KafkaLoss) as caught:
            bronze.begins(*accepted)

        assert str(caught.value) == (
            "Kafka no longer holds what bronze is to read next:\n"
            f"  - bpm, partition 0: {sentence}\n"
            "Nothing was read of any topic. Restore the records if they can be restored. If not, "
            "run the bronze job with --accept-kafka-loss bpm, or trigger the DAG bronze with "
            "these topics under 'Accept loss': it goes on with what Kafka holds, and the ledger "
            "shows the gap."
        )
        assert (sorted(bronze.path.parent.rglob("*")), bronze.known) == before


@lost
def test_accepted_it_lets_a_new_stream_begin(bronze, caplog, topic, sentence, begin):
    """The old checkpoint is kept, and the hours after need no leave, come records or not."""
    bronze.found["bpm"] = topic

    with caplog.at_level(logging.WARNING):
        assert bronze.begins("bpm") == {"bpm": {0: begin}, "workout": {0: 4}}

    assert [record.getMessage() for record in caplog.records] == [
        f"Accepted: bpm, partition 0: {sentence} Bronze goes on at offset {begin}."
    ]
    kept = Checkpoint(f"{bronze.path}.1").kafka_position()
    assert (kept.next, bronze.path.exists()) == ({"bpm": {0: 9}, "workout": {0: 4}}, False)
    assert bronze.ids == {"bpm": topic.id, "workout": "w"}
    assert bronze.begins() == {"bpm": {0: begin}, "workout": {0: 4}}


@lost
@pytest.mark.parametrize(
    ("step", "module"), [("move_aside", Checkpoint), ("write", kafka_topics)], ids=str
)
def test_killed_while_it_is_accepted_it_is_a_loss_still(
    bronze, monkeypatch, topic, sentence, begin, step, module
):
    """Killed before either step, the next run fails too, and accepts as the first would have."""
    bronze.found["bpm"] = topic
    with monkeypatch.context() as killed:
        killed.setattr(module, step, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bronze.begins("bpm")

    with pytest.raises(KafkaLoss, match=r"bpm, partition 0: (offset 9|.* offset 9 of the old one)"):
        bronze.begins()
    assert bronze.begins("bpm") == {"bpm": {0: begin}, "workout": {0: 4}}
    assert bronze.begins() == {"bpm": {0: begin}, "workout": {0: 4}}


def test_all_topics_that_lost_records_must_be_accepted(bronze):
    bronze.found = {"bpm": EXPIRED, "workout": Topic("w", {0: 5}, {0: 6})}

    with pytest.raises(KafkaLoss) as caught:
        bronze.begins("bpm")

    assert caught.value.topics == ("bpm", "workout")
    assert bronze.begins("bpm", "workout") == {"bpm": {0: 12}, "workout": {0: 5}}


def test_partitions_of_the_same_topic_that_lost_nothing_are_not_read_twice(bronze):
    bronze.read_up_to(bpm={0: 9, 1: 5}, workout={0: 4})
    bronze.rows["bpm"] = {0: 9, 1: 5}
    bronze.found["bpm"] = Topic("a", {0: 12, 1: 0}, {0: 12, 1: 7})

    assert bronze.begins("bpm") == {"bpm": {0: 12, 1: 5}, "workout": {0: 4}}


def test_a_topic_made_anew_twice_is_a_loss_twice(bronze):
    bronze.found["bpm"] = LONGER
    bronze.begins("bpm")
    bronze.read_up_to(bpm={0: 99}, workout={0: 4})
    bronze.found["bpm"] = Topic("c", {0: 2}, {0: 200})

    with pytest.raises(KafkaLoss, match=r"its id was b, and is c\); offset 99 of the old one"):
        bronze.begins()
    assert bronze.begins("bpm") == {"bpm": {0: 2}, "workout": {0: 4}}
    assert sorted(each.name for each in bronze.path.parent.iterdir()) == [
        "kafka_multiplex.1",
        "kafka_multiplex.2",
        "topics.json",
    ]


def test_no_clock_puts_what_came_before_a_loss_after_it(bronze):
    """Rows that a clock ahead has taken in are older, and those that follow are not."""
    bronze.found["bpm"] = LONGER
    bronze.newest = datetime(2100, 1, 1, 0, 0, 0, 999, tzinfo=UTC)

    bronze.begins("bpm")

    at = datetime.fromisoformat(bronze.known["bpm"].begins[0].at)
    assert bronze.newest < at == bronze.not_before
