"""Send records as the oracle places them, and run the jobs over them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic
from tenacity import (
    Retrying,
    retry,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from gympulse.lake import Lake
from gympulse.layers import run_layer
from gympulse.model.tables import LAYERS
from gympulse.session import Session
from gympulse.settings import Kafka, Rules, Settings
from oracle.records import CsvFile, KafkaRecord

PARTITIONS = 2


def wait_until(is_so: Callable[[], bool], seconds: float = 120) -> None:
    """Ask again and again until something is so; fail if it is not in time."""
    Retrying(
        retry=retry_if_result(lambda answer: not answer),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(0.1),
    )(is_so)


@dataclass(frozen=True)
class Broker:
    """A broker whose topics a test may empty."""

    servers: str
    admin: AdminClient
    producer: Producer

    def empty(self, topics: Sequence[NewTopic]) -> None:
        """Delete and make topics, so that offsets begin at 0 again."""
        # Whether they are there the broker may not know yet, but its controller does.
        for deletion in self.admin.delete_topics([topic.topic for topic in topics]).values():
            try:
                deletion.result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise
        # The broker follows its controller with a delay, and takes records for a topic of old
        # until it has heard that it is gone.
        names = {topic.topic for topic in topics}
        wait_until(lambda: not names & self._known())
        for topic in topics:
            self._make(topic)
        wait_until(lambda: names <= self._known())

    def _known(self) -> set[str]:
        return set(self.admin.list_topics(timeout=10).topics)

    @retry(
        retry=retry_if_exception_type(KafkaException),
        stop=stop_after_delay(20),
        wait=wait_fixed(0.1),
    )
    def _make(self, topic: NewTopic) -> None:
        self.admin.create_topics([topic])[topic.topic].result()

    def expire(self, topic: str, partition: int, before: int) -> None:
        """Let a partition begin at an offset, as retention does."""
        # One that was added since it last looked has no leader for the client.
        self.admin.list_topics(topic, timeout=10)
        place = TopicPartition(topic, partition, before)
        self.admin.delete_records([place])[place].result()

    def delete(self, topic: str) -> None:
        """Delete a topic."""
        self.admin.delete_topics([topic])[topic].result()

    def add_partition(self, topic: str) -> int:
        """Give a topic one partition more, and return its number."""
        number = self.partitions(topic)
        self.admin.create_partitions([NewPartitions(topic, number + 1)])[topic].result()
        # Whoever sends to it must have heard of it.
        wait_until(lambda: self.partitions(topic) > number)
        return number

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        return len(self.producer.list_topics(topic, timeout=10).topics[topic].partitions)

    def topic_id(self, topic: str) -> str:
        """Kafka's own name of a topic."""
        described = self.admin.describe_topics(TopicCollection([topic]))[topic]
        return str(described.result().topic_id)

    def send(self, records: Iterable[KafkaRecord]) -> None:
        """Send records to the partitions that they name, in order, and see them arrive."""
        failed: list[KafkaError] = []
        for record in records:
            self.producer.produce(
                record.topic,
                value=record.value,
                key=record.key,
                partition=record.partition,
                on_delivery=lambda error, _: failed.append(error) if error else None,
            )
            self.producer.poll(0)
        self.producer.flush()
        assert not failed, failed


def broker_at(servers: str) -> Broker:
    """The broker at an address."""
    where = {"bootstrap.servers": servers, "log_level": 0}
    return Broker(servers, AdminClient(where), Producer(where | {"linger.ms": 5}))


def held(servers: str, *topics: str) -> list[KafkaRecord]:
    """All that topics hold now, without what was aborted or is not committed yet."""
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "test",
            "log_level": 0,
            "isolation.level": "read_committed",
            # Offsets may be of what is no record, so that only the broker knows the end.
            "enable.partition.eof": True,
        }
    )
    there = consumer.list_topics(timeout=10).topics
    places = [
        TopicPartition(name, number, OFFSET_BEGINNING)
        for name in topics
        for number in there[name].partitions
    ]
    consumer.assign(places)
    found: list[Message] = []
    ended: set[tuple[str, int]] = set()
    while len(ended) < len(places):
        told = consumer.poll(30)
        assert told is not None, f"{topics}: {len(found)} records came, and {len(ended)} ends"
        if told.error() is None:
            found.append(told)
        else:
            assert told.error().code() == KafkaError._PARTITION_EOF, told.error()
            ended.add((told.topic(), told.partition()))
    consumer.close()
    return [KafkaRecord(m.topic(), m.partition(), m.offset(), m.key(), m.value()) for m in found]


@dataclass(frozen=True)
class Runner:
    """Runs the jobs of one lake in this process."""

    lake: Lake
    broker: Broker
    session: Session
    rules: Rules = Rules()
    accepted_losses: tuple[str, ...] = ()

    @property
    def settings(self) -> Settings:
        """What the jobs are told."""
        kafka = Kafka(self.broker.servers, accepted_losses=self.accepted_losses)
        return Settings(self.lake, self.rules, kafka)

    def receive(self, batch: Iterable[KafkaRecord | CsvFile]) -> None:
        """Let records arrive: in Kafka, and as landed files."""
        items = list(batch)
        self.broker.send(item for item in items if isinstance(item, KafkaRecord))
        for item in items:
            if isinstance(item, CsvFile):
                land(self.lake, item)

    def run(self, *layers: str) -> None:
        """Run the named layers, or all, in order."""
        for layer in layers or tuple(LAYERS):
            run_layer(layer, self.settings, self.session)


def land(lake: Lake, file: CsvFile) -> None:
    """Let a file land whole."""
    folder = Path(lake.landing(file.folder))
    folder.mkdir(parents=True, exist_ok=True)
    hidden = folder / f".{file.name}"
    hidden.write_bytes(file.content)
    hidden.rename(folder / file.name)


def versions(lake: Lake, *layers: str) -> dict[str, int]:
    """The version of every table of the named layers, or of all."""
    from deltalake import DeltaTable

    return {
        table.name: DeltaTable(lake.path(table)).version()
        for layer in layers or tuple(LAYERS)
        for table in LAYERS[layer]
    }
