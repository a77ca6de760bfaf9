"""What is decided before bronze reads Kafka: go on, begin anew, or fail; also after a kill."""

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from gympulse import intake
from gympulse.errors import KafkaLoss
from gympulse.io import kafka_topics
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.kafka import Topic
from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.settings import Kafka, Settings

GOES_ON, EARLIEST = "goes on", "earliest"


class Bronze:
    """A lake, its stream of Kafka and the broker, as a test says they are."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lake, self.found, self.rows = Lake(str(root)), {}, {}
        self.path = Path(self.lake.checkpoint(KAFKA_MULTIPLEX.short_name))
        monkeypatch.setattr(intake.kafka, "topics", lambda kafka: self.found)
        monkeypatch.setattr(intake.bronze, "held", self._held)
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

    def _stream(self, read, kafka, begin):
        if begin is None:
            return GOES_ON if (self.path / "offsets").exists() else EARLIEST
        return begin


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
