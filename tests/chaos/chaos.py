"""What every part is given: a seed, a folder, a broker, Spark, and somebody to tell."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random

from confluent_kafka.admin import NewTopic

from gympulse.lake import Lake
from gympulse.local.platform import kafka_broker
from gympulse.model.bronze import TOPICS
from gympulse.session import Session
from streams.runs import PARTITIONS, Broker, Runner, broker_at


@dataclass
class Chaos:
    """One run of the suite.

    Attributes:
        seed: What is drawn follows from it alone.
        folder: Where lakes and logs go.
        session: Spark in this process, for parts that need no process of their own.
        is_short: Whether each part does only enough to see that it works.
        tell: Takes a line for whoever looks on.
        ending: Ends what was started.
    """

    seed: int
    folder: Path
    session: Session
    is_short: bool = False
    tell: Callable[[str], None] = print
    ending: ExitStack = field(default_factory=ExitStack)

    def random(self, name: str) -> Random:
        """Chance for one purpose, whatever else is drawn."""
        return Random(f"{self.seed} {name}")

    def often(self, full: int, short: int) -> int:
        """How often something is done."""
        return short if self.is_short else full

    def lake(self, name: str) -> Lake:
        """An empty lake of a part."""
        place = self.folder / name
        place.mkdir()
        return Lake(str(place))

    @cached_property
    def servers(self) -> str:
        """The broker's address; it is started when first asked for."""
        return self.ending.enter_context(kafka_broker(self.folder / "broker"))

    def broker(self) -> Broker:
        """The broker, with empty topics."""
        broker = broker_at(self.servers)
        broker.empty([NewTopic(name, PARTITIONS, 1) for name in TOPICS])
        return broker

    def runner(self, name: str) -> Runner:
        """The jobs of an empty lake, run in this process, beside empty topics."""
        return Runner(self.lake(name), self.broker(), self.session)
