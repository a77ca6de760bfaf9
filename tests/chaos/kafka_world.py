"""A broker of its own, the jobs beside it, and what is known of both."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic
from deltalake import DeltaTable
from pyspark.errors import PySparkException

from chaos.chaos import Chaos
from chaos.kafka_book import Book, Place
from chaos.kafka_producers import Placed, deliver
from chaos.outcome import Outcome
from gympulse.errors import GympulseError
from gympulse.local.platform import Platform, local_platform
from gympulse.model.bronze import TOPICS
from gympulse.model.tables import KAFKA_MULTIPLEX, LAYER_RUNS, LAYERS
from oracle.happenings import Message
from oracle.histories import Batch, cut, seeded_history
from oracle.records import CsvFile
from streams.readings import positions
from streams.runs import PARTITIONS, Runner, broker_at, land

# Hours from one in which all layers run to the next.
_BETWEEN_WHOLE = 12


@dataclass(frozen=True)
class Failure:
    """A run that had to fail.

    Attributes:
        expected: The parts of what it had to say.
        said: What it said; nothing where it did not fail.
        has_changed: Whether anything was written of Kafka.
        seconds: How long it took.
        most_seconds: How long it may take.
    """

    expected: Sequence[str]
    said: str
    has_changed: bool
    seconds: float
    most_seconds: float = 60

    @property
    def problem(self) -> str:
        """What is not as it has to be; empty where all is."""
        missing = [part for part in self.expected if part not in self.said]
        if missing:
            return f"a run said '{self.said}', and not '{missing[0]}'"
        return f"a run that failed has written: {self.said}" if self.has_changed else ""


@dataclass
class World:
    """Hours of a gym chain whose Kafka is out of order.

    Attributes:
        chaos: What the part was given.
        outcome: Where injections are counted.
        random: What is drawn.
        platform: The broker's processes.
        runner: The jobs.
        hours: What arrives in each hour to come.
        book: What the platform has to have in the end.
        losses: Runs that had to fail for what was lost.
        away: Runs that had to fail for the broker was away.
        gaps: (source, expected, found) of each gap that the ledger has to show.
        runs: The numbers of the runs to come.
    """

    chaos: Chaos
    outcome: Outcome
    random: Random
    platform: Platform
    runner: Runner
    hours: list[Batch]
    book: Book = field(default_factory=Book)
    losses: list[Failure] = field(default_factory=list)
    away: list[Failure] = field(default_factory=list)
    gaps: list[tuple[str, int, int]] = field(default_factory=list)
    runs: Iterator[int] = field(default_factory=count)

    @property
    def servers(self) -> str:
        """The broker's address."""
        return self.runner.broker.servers

    def hour(self) -> list[Placed]:
        """What producers have in the next hour; its files land."""
        batch = self.hours.pop(0)
        for file in batch:
            if isinstance(file, CsvFile):
                land(self.runner.lake, file)
                self.book.files.append(file)
        return self.place(item for item in batch if isinstance(item, Message))

    def place(self, messages: Iterable[Message]) -> list[Placed]:
        """Choose a partition for each message, among those that its topic has now."""
        counts = {topic: self.runner.broker.partitions(topic) for topic in TOPICS}
        return [(each, self.random.randrange(counts[each.topic])) for each in messages]

    def send(self, placed: Iterable[Placed], by: Producer | None = None) -> None:
        """Send messages for good."""
        for record in deliver(by or self.runner.broker.producer, placed):
            self.book.arrive(record)

    def run(self, *accepted: str) -> None:
        """Let the jobs of an hour run."""
        # The others take most of the time, and bronze alone reads Kafka.
        is_whole = not self.chaos.is_short and next(self.runs) % _BETWEEN_WHOLE == 0
        layers = tuple(LAYERS) if is_whole else ("bronze",)
        replace(self.runner, accepted_losses=accepted).run(*layers)
        self.book.is_read_up_to(ends(self.servers))

    def failed(self, *expected: str, accepted: Sequence[str] = ()) -> Failure:
        """Let bronze run, which has to fail and to leave Kafka's table as it is.

        Args:
            expected: The parts of what it has to say.
            accepted: Topics whose loss is accepted.
        """
        before, began, said = self.state(), time.monotonic(), ""
        try:
            replace(self.runner, accepted_losses=tuple(accepted)).run("bronze")
        except (GympulseError, PySparkException) as error:
            said = str(error)
        return Failure(expected, said, self.state() != before, time.monotonic() - began)

    def state(self) -> object:
        """What a run that fails for Kafka leaves as it is."""
        lake = self.runner.lake
        paths = map(lake.path, (KAFKA_MULTIPLEX, LAYER_RUNS))
        return [DeltaTable(path).version() for path in paths], positions(lake)


@contextmanager
def kafka_world(chaos: Chaos, outcome: Outcome, hours: int, happened: int) -> Iterator[World]:
    """A broker with empty topics, an empty lake, and what will happen in so many hours."""
    random = chaos.random("kafka")
    platform = local_platform(chaos.folder / "own kafka", ("kafka",))
    try:
        platform.start()
        broker = broker_at(platform.settings.kafka_bootstrap_servers)
        broker.empty([NewTopic(name, PARTITIONS, 1) for name in TOPICS])
        history = seeded_history(random.randrange(2**32), happened)
        batches = cut(history, random.randrange(2**32), hours)
        runner = Runner(chaos.lake("kafka"), broker, chaos.session)
        yield World(chaos, outcome, random, platform, runner, batches)
    finally:
        platform.stop()


def ends(servers: str) -> dict[Place, int]:
    """By partition, the offset up to which all is decided: committed, or aborted."""
    settings = {"bootstrap.servers": servers, "group.id": "ends", "log_level": 0}
    consumer = Consumer({**settings, "isolation.level": "read_committed"})
    there = consumer.list_topics(timeout=10).topics
    places = [
        (name, number) for name in TOPICS if name in there for number in there[name].partitions
    ]
    found = {
        place: consumer.get_watermark_offsets(TopicPartition(*place), timeout=10)[1]
        for place in places
    }
    consumer.close()
    return found
