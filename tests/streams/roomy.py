"""Topics that take records of some megabytes."""

from dataclasses import replace

from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from gympulse.model.bronze import TOPICS
from streams.runs import PARTITIONS, Broker

# A megabyte, and what was around it.
_LARGEST_RECORD = 2**22


def roomy(broker: Broker) -> Broker:
    """The broker with empty topics that take large records."""
    config = {"max.message.bytes": str(_LARGEST_RECORD)}
    broker.empty([NewTopic(name, PARTITIONS, 1, config=config) for name in TOPICS])
    sending = {"bootstrap.servers": broker.servers, "message.max.bytes": _LARGEST_RECORD}
    return replace(broker, producer=Producer({**sending, "linger.ms": 5, "log_level": 0}))
