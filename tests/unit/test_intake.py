"""What is decided before bronze reads Kafka: go on, begin anew, or fail."""

import logging
from pathlib import Path

import pytest
from bronze_and_kafka import EARLIEST, GOES_ON, Bronze

from gympulse.errors import KafkaLoss
from gympulse.io.kafka import Topic


def test_a_stream_goes_on(bronze):
    assert bronze.begins() == GOES_ON
    assert bronze.begins("bpm") == GOES_ON


def test_where_nothing_came_nothing_is_read(bronze):
    bronze.found["bpm"] = Topic("a", {0: 9}, {0: 9})

    assert bronze.begins() is None


def test_a_new_lake_begins_with_the_earliest_records(tmp_path, monkeypatch):
    """Whatever has expired before: nothing of it was promised."""
    bronze = Bronze(tmp_path, monkeypatch)
    assert (bronze.begins(), bronze.known) == (None, {})

    bronze.found = {"bpm": Topic("a", {0: 7}, {0: 7})}
    assert bronze.begins() == EARLIEST
    bronze.found = {"bpm": Topic("a", {0: 7}, {0: 9})}
    assert bronze.begins() == EARLIEST
    assert bronze.ids == {"bpm": "a"}


def test_a_lake_without_a_file_of_topics_takes_them_as_they_are(bronze):
    """From then on they are known, whether anything came or not."""
    Path(bronze.lake.topics).unlink()
    bronze.found["bpm"] = Topic("a", {0: 0}, {0: 9})

    assert bronze.begins() is None
    assert bronze.ids == {"bpm": "a", "workout": "w"}


def test_a_topic_is_known_before_it_is_read(bronze):
    """A stream reads all of one that it has not met."""
    bronze.found["user_info"] = Topic("u", {0: 0}, {0: 1})

    assert bronze.begins() == GOES_ON
    assert bronze.ids == {"bpm": "a", "user_info": "u", "workout": "w"}


def test_one_whose_first_records_expired_before_it_was_met_is_a_loss(bronze):
    bronze.found["user_info"] = Topic("u", {0: 3}, {0: 4})

    with pytest.raises(KafkaLoss, match="user_info, partition 0: offset 0 is next, but the ear"):
        bronze.begins()
    assert bronze.begins("user_info") == {"bpm": {0: 9}, "workout": {0: 4}, "user_info": {0: 3}}


def test_a_lost_checkpoint_begins_after_what_bronze_holds(bronze):
    """Of what bronze holds nothing of, nothing is expected; what expired unread is a loss."""
    (bronze.path / "offsets/0").unlink()
    bronze.found["user_info"] = Topic("u", {0: 3, 1: 0}, {0: 4, 1: 1})
    after = {"bpm": {0: 9}, "workout": {0: 4}, "user_info": {0: 3, 1: 0}}
    assert bronze.begins() == after

    bronze.found["bpm"] = Topic("a", {0: 10}, {0: 12})
    with pytest.raises(KafkaLoss, match="bpm, partition 0: offset 9 is next, but the earliest"):
        bronze.begins()


MISSING = (
    "Kafka has no topic workout, which bronze has read before. The others are read; once it is "
    "back, bronze goes on where it stopped."
)


def test_a_topic_that_is_missing_is_said_and_the_others_are_read(bronze, caplog):
    """By a new stream, since one that has read a topic fails without it."""
    del bronze.found["workout"]

    with caplog.at_level(logging.WARNING):
        assert bronze.begins() == {"bpm": {0: 9}}

    assert [record.getMessage() for record in caplog.records] == [MISSING]
    assert bronze.ids == {"bpm": "a", "workout": "w"}


def test_while_nothing_else_comes_its_stream_stays(bronze, caplog):
    del bronze.found["workout"]
    bronze.found["bpm"] = Topic("a", {0: 0}, {0: 9})

    assert bronze.begins() is None
    assert [record.getMessage() for record in caplog.records] == [MISSING]
    assert bronze.path.exists()


@pytest.fixture
def without_workout(bronze) -> Bronze:
    """The same lake after hours in which one topic was missing and the other was read."""
    del bronze.found["workout"]
    bronze.begins()
    bronze.read_up_to(bpm={0: 10})
    bronze.rows["bpm"] = {0: 10}
    return bronze


def test_a_topic_that_is_back_is_read_on_where_it_was(without_workout):
    without_workout.found["workout"] = Topic("w", {0: 0}, {0: 6})

    assert without_workout.begins() == {"bpm": {0: 10}, "workout": {0: 4}}


def test_what_expired_while_it_was_away_is_a_loss(without_workout):
    without_workout.found["workout"] = Topic("w", {0: 5}, {0: 6})

    with pytest.raises(KafkaLoss, match="workout, partition 0: offset 4 is next, but the earliest"):
        without_workout.begins()


def test_and_so_is_one_that_comes_back_as_another(without_workout):
    without_workout.found["workout"] = Topic("x", {0: 0}, {0: 6})

    with pytest.raises(KafkaLoss, match=r"made anew \(its id was w, and is x\); offset 4 of the"):
        without_workout.begins()
    assert without_workout.begins("workout") == {"bpm": {0: 10}, "workout": {0: 0}}
