"""Kafka: what brokers, topics and producers can do to it, in one history of hours."""

from collections.abc import Callable, Sequence

from chaos.chaos import Chaos
from chaos.kafka_away import broker_away, broker_dies_while_it_is_read, broker_hangs
from chaos.kafka_checks import hold
from chaos.kafka_losing import (
    partition_added_before_a_retry,
    retention_passes_unread_records,
    topic_made_anew,
    topic_made_anew_before_a_retry,
)
from chaos.kafka_sending import (
    compressed,
    in_transactions,
    nothing_but_aborted,
    of_a_megabyte,
    ordinary,
    partitions_added,
)
from chaos.kafka_world import World, kafka_world
from chaos.outcome import Outcome

Hour = Callable[[World], None]

SHORT: Sequence[Hour] = (
    in_transactions,
    retention_passes_unread_records,
    partition_added_before_a_retry,
)
HOURS: Sequence[Hour] = (
    *(*SHORT, broker_away),
    *(compressed, of_a_megabyte, partitions_added, nothing_but_aborted),
    *(topic_made_anew, topic_made_anew_before_a_retry, broker_hangs),
)
# In each hour.
_HAPPENED = 10


def inject(chaos: Chaos) -> Outcome:
    """Let hours pass in an order that the seed says, each with trouble of its own."""
    return _inject(chaos, SHORT if chaos.is_short else HOURS)


def inject_in_full(chaos: Chaos) -> Outcome:
    """The same, with what takes minutes: a broker that dies while it is read."""
    return _inject(chaos, [*HOURS, broker_dies_while_it_is_read])


def _inject(chaos: Chaos, hours: Sequence[Hour]) -> Outcome:
    outcome, troubles = Outcome("kafka"), [*hours]
    chaos.random("kafka hours").shuffle(troubles)
    happened = _HAPPENED * (len(troubles) + 2)
    with kafka_world(chaos, outcome, len(troubles) + 2, happened) as world:
        ordinary(world)
        for trouble in troubles:
            chaos.tell(f"  kafka: {trouble.__name__.replace('_', ' ')}")
            trouble(world)
        while world.hours:
            ordinary(world)
        world.runner.run()
        hold(world)
    return outcome
