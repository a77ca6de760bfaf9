"""What a broker can do to a topic: each loss is said, nothing is written, and the way out works."""

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import NewTopic
from pyspark.errors import PySparkException

from gympulse import intake
from gympulse.errors import GympulseError, KafkaLoss
from gympulse.io import ops
from gympulse.io.kafka import topics
from gympulse.io.positions import gaps
from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX, LEDGER
from gympulse.session import Session
from oracle.compare import read_rows
from streams.losses import loss
from streams.readings import held, positions, readings, refined
from streams.runs import PARTITIONS, Broker, Runner, versions

READ = range(10)
"""Readings that bronze has taken in before anything happens, all from partition 0."""


@pytest.fixture
def runner(tmp_path: Path, session: Session, broker: Broker) -> Runner:
    """A bronze job that has taken in ten readings."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive(readings(READ))
    runner.run("bronze")
    return runner


def expire(runner: Runner) -> None:
    """Ten more come, and seven of them expire."""
    runner.receive(readings(range(10, 20)))
    runner.broker.expire("bpm", 0, before=17)


def make_anew(runner: Runner, numbers: Iterable[int]) -> None:
    """The topic is deleted and made anew, and other readings come."""
    runner.broker.empty([NewTopic("bpm", PARTITIONS, 1)])
    runner.receive(readings(numbers))


def forget_and_make_anew(runner: Runner) -> None:
    """The same, on a lake that has not kept the topics' ids."""
    Path(runner.lake.topics).unlink()
    make_anew(runner, range(20, 24))


# What happens; what is said of it, where the ids are; what bronze then holds.
FAULTS = [
    pytest.param(
        expire,
        [
            "bpm, partition 0: offset 10 is next, but the earliest there is 17; 7 records expired "
            "before they were read."
        ],
        [(number, 0, number) for number in (*READ, 17, 18, 19)],
        [("bpm/0", 10, 17)],
        id="records expire",
    ),
    pytest.param(
        forget_and_make_anew,
        [
            "bpm, partition 0: offset 10 is next, but the partition ends at 4; 6 records that were "
            "there are gone, and new ones take their offsets."
        ],
        [*((number, 0, number) for number in READ), *((20 + at, 0, at) for at in range(4))],
        [],
        id="offsets go backwards",
    ),
    *(
        pytest.param(
            lambda runner, count=count: make_anew(runner, range(20, 20 + count)),
            [
                "bpm, partition 0: the topic was deleted and made anew (its id was {before}, and "
                "is {after}); offset 10 of the old one was to be read next, the new one holds "
                f"{count} records from offset 0 on.",
                "bpm, partition 1: the topic was deleted and made anew (its id was {before}, and "
                "is {after}); offset 0 of the old one was to be read next, the new one holds 0 "
                "records from offset 0 on.",
            ],
            [*((number, 0, number) for number in READ), *((20 + n, 0, n) for n in range(count))],
            [],
            id=f"a topic is made anew, and has {has} records",
        )
        for count, has in ((4, "fewer"), (10, "as many"), (15, "more"))
    ),
]


@pytest.mark.parametrize(("happens", "said", "expected", "gap"), FAULTS)
def test_a_loss_is_said_and_can_be_accepted(
    runner: Runner,
    happens: Callable[[Runner], None],
    said: list[str],
    expected: list[tuple[int, int, int]],
    gap: list[tuple[str, int, int]],
) -> None:
    """Until it is accepted nothing is written; then bronze goes on, and forgets nothing."""
    before = runner.broker.topic_id("bpm")
    happens(runner)
    ids = {"before": before, "after": runner.broker.topic_id("bpm")}
    tables, entered = versions(runner.lake, "bronze"), positions(runner.lake)
    for _ in range(2):
        with pytest.raises(KafkaLoss) as caught:
            runner.run("bronze")
        sentences = [sentence.format(**ids) for sentence in said]
        assert str(caught.value) == loss(sentences, "bpm")
        assert (versions(runner.lake, "bronze"), positions(runner.lake)) == (tables, entered)

    accepting = replace(runner, accepted_losses=("bpm",))
    accepting.run("bronze", "silver")
    assert held(runner.lake) == sorted(expected)
    assert refined(runner.lake) == sorted(number for number, *_ in expected)
    assert [(found.source, found.expected, found.found) for found in gaps(runner.lake)] == gap

    # Accepted again, and not at all: there is nothing left to accept.
    runner.receive(readings([40]))
    accepting.run("bronze")
    runner.receive(readings([41]))
    runner.run("bronze")
    assert [number for number, *_ in held(runner.lake)] == [
        *sorted(number for number, *_ in expected),
        40,
        41,
    ]
    assert len(gaps(runner.lake)) == len(gap)


def test_silver_takes_what_comes_after_a_loss(runner: Runner) -> None:
    """Beside the readings whose offsets those of the new topic repeat."""
    runner.run("silver")
    make_anew(runner, range(20, 30))
    replace(runner, accepted_losses=("bpm",)).run("bronze", "silver")
    assert refined(runner.lake) == [*READ, *range(20, 30)]


def test_after_a_loss_a_lost_checkpoint_is_no_loss(runner: Runner) -> None:
    """Of a topic made anew, bronze knows which offsets are the new one's."""
    make_anew(runner, range(20, 24))
    replace(runner, accepted_losses=("bpm",)).run("bronze")
    Path(runner.lake.checkpoint(KAFKA_MULTIPLEX.short_name)).rename(runner.lake.root + "/lost")
    runner.receive(readings([24]))
    runner.run("bronze")
    assert held(runner.lake) == [
        *((number, 0, number) for number in READ),
        *((20 + at, 0, at) for at in range(5)),
    ]


def test_a_partition_that_is_added_is_read(runner: Runner) -> None:
    """From its beginning."""
    runner.broker.add_partition("bpm")
    runner.receive([*readings([10]), *readings([11, 12], partition=2)])
    runner.run("bronze")
    assert held(runner.lake)[10:] == [(10, 0, 10), (11, 2, 0), (12, 2, 1)]
    begin, end = positions(runner.lake)[-1]
    assert (begin["bpm"], end["bpm"]) == ({"0": 10, "1": 0, "2": 0}, {"0": 11, "1": 0, "2": 2})
    assert gaps(runner.lake) == []


def test_a_topic_that_is_deleted_is_missed_and_the_others_are_read(
    runner: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    """Back as another, it is a loss; accepted, it is read."""
    before = runner.broker.topic_id("workout")
    runner.broker.delete("workout")
    missing = (
        "Kafka has no topic workout, which bronze has read before. The others are read; once it is "
        "back, bronze goes on where it stopped."
    )
    for numbers in ([], [10], [11]):
        runner.receive(readings(numbers))
        caplog.clear()
        with caplog.at_level(logging.WARNING, logger=intake.__name__):
            runner.run("bronze")
        said = [record for record in caplog.records if record.name == intake.__name__]
        assert [record.getMessage() for record in said] == [missing]
    runner.broker.empty([NewTopic("workout", PARTITIONS, 1)])
    with pytest.raises(KafkaLoss, match=re.escape(f"(its id was {before}, and is")):
        runner.run("bronze")
    replace(runner, accepted_losses=("workout",)).run("bronze")
    runner.receive(readings([12]))
    runner.run("bronze")
    assert held(runner.lake) == [(number, 0, number) for number in range(13)]
    assert gaps(runner.lake) == []


def test_records_that_go_while_they_are_read_are_said(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spark fails, as it does by default, and the job says why; nothing is passed over."""
    runner.receive(readings(range(10, 20)))
    answers = [topics(runner.settings.kafka)]
    runner.broker.expire("bpm", 0, before=17)
    monkeypatch.setattr(
        intake.kafka, "topics", lambda kafka: answers.pop() if answers else topics(kafka)
    )
    for _ in range(2):
        with pytest.raises(KafkaLoss, match="offset 10 is next, but the earliest there is 17"):
            runner.run("bronze")
    assert held(runner.lake) == [(number, 0, number) for number in READ]
    replace(runner, accepted_losses=("bpm",)).run("bronze")
    assert held(runner.lake)[10:] == [(17, 0, 17), (18, 0, 18), (19, 0, 19)]
    assert [(gap.expected, gap.found) for gap in gaps(runner.lake)] == [(10, 17)]


class _Killed(GympulseError):
    """Stands for ``kill -9``."""


def _kill(*_: object) -> None:
    raise _Killed


@pytest.mark.parametrize("is_lost", [False, True], ids=["replayed", "its records expire"])
def test_a_batch_that_was_killed_before_its_entry_is_entered_once(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    """Also where a new stream takes the place of the one that would have repeated it."""
    runner.receive(readings(range(10, 20)))
    with monkeypatch.context() as killed:
        killed.setattr(ops, "record", _kill)
        with pytest.raises(PySparkException, match="_Killed"):
            runner.run("bronze")
    assert len(held(runner.lake)) == 20
    runner.receive(readings(range(20, 25)))
    if is_lost:
        runner.broker.expire("bpm", 0, before=22)
    replace(runner, accepted_losses=("bpm",)).run("bronze")
    left = range(22, 25) if is_lost else range(20, 25)
    assert held(runner.lake) == [(number, 0, number) for number in (*range(20), *left)]
    entries = read_rows(runner.lake, LEDGER.name, ("table", "rows_read"))
    kafka = [rows for table, rows in entries if table == KAFKA_MULTIPLEX.short_name]
    assert sorted(kafka) == sorted([10, 10, len(left)])
    found = [(gap.expected, gap.found) for gap in gaps(runner.lake)]
    assert found == ([(20, 22)] if is_lost else [])
