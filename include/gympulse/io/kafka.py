"""Kafka, asked without Spark: which of our topics are there, and where they end."""

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from gympulse.errors import SourceAway
from gympulse.model.bronze import TOPICS
from gympulse.settings import Kafka

_TIMEOUT_SECONDS = 10


def end_offsets(kafka: Kafka) -> dict[str, dict[int, int]]:
    """By topic and partition, the offset that the next record will get; only topics that exist.

    Raises:
        SourceAway: The broker does not answer.
    """
    client = AdminClient(
        {"bootstrap.servers": kafka.bootstrap_servers, "log_level": 0, **kafka.options}
    )
    try:
        topics = client.list_topics(timeout=_TIMEOUT_SECONDS).topics
        partitions = [
            TopicPartition(name, partition)
            for name in TOPICS
            if name in topics
            for partition in topics[name].partitions
        ]
        if not partitions:
            return {}
        asked = client.list_offsets({p: OffsetSpec.latest() for p in partitions})
        ends: dict[str, dict[int, int]] = {}
        for partition, answer in asked.items():
            ends.setdefault(partition.topic, {})[partition.partition] = answer.result(
                _TIMEOUT_SECONDS
            ).offset
        return ends
    except KafkaException as error:
        raise SourceAway("Kafka", kafka.bootstrap_servers, error.args[0].str()) from error
