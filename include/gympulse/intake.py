"""Before bronze's stream of Kafka starts: does Kafka still hold what is to be read next?

A stream knows topics by name and goes on at an offset. It cannot tell a topic from another of
the same name, and what it says of records that are gone helps nobody. So the broker is asked
first, and nothing is read if something is missing. Where an operator accepts that, and where a
topic is away or back, a new stream takes the place of the old one: it begins after what bronze
holds, so that nothing is read twice.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from gympulse.errors import KafkaLoss
from gympulse.io import bronze, changes, kafka, kafka_faults, kafka_topics, ops, positions
from gympulse.io.checkpoints import Checkpoint, Position, topics_grew
from gympulse.io.kafka import Offsets, Topic
from gympulse.io.kafka_faults import Fault
from gympulse.io.kafka_topics import Begin, Known
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.run import Run

log = logging.getLogger(__name__)

_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True)
class _Look:
    """What there is to read, and from where.

    Attributes:
        found: The topics that the broker has.
        known: Those that bronze has read.
        position: Where the stream goes on; None where it has none, or that is unknown.
        held: The offsets after what bronze holds, where a new stream has to begin there.
        has_grown: Whether there is anything to read.
        faults: What is missing.
    """

    found: Mapping[str, Topic]
    known: Mapping[str, Known]
    position: Position | None
    held: Offsets | None
    has_grown: bool
    faults: Collection[Fault]


def kafka_rows(run: Run) -> DataFrame | None:
    """The stream of what Kafka has gained; None where it has gained nothing.

    Raises:
        KafkaLoss: Records are gone unread, and nobody has accepted that.
        SourceAway: The broker does not answer.

    Replay: a new stream's beginning follows from the file of topics and from what bronze
    holds. The old checkpoint is moved before that file is written: after a kill between them
    the loss is found once more, and after a later one there is nothing left to accept.
    """
    look = _look(run)
    for name in sorted(look.known.keys() - look.found):
        log.warning(
            "Kafka has no topic %s, which bronze has read before. The others are read; once it "
            "is back, bronze goes on where it stopped.",
            name,
        )
    _refuse(run, look.faults)
    if not (look.has_grown or look.faults):
        _note(run, look, look.position.next if look.position else ())
        return None
    begin = None
    if look.held is not None or look.faults:
        begin = _begin(look, bronze.held(run.read, look.known) if look.held is None else look.held)
        if begin is not None or look.position is not None:
            _give_way(run)
    for fault in look.faults:
        log.warning("Accepted: %s Bronze goes on at offset %d.", fault.sentence, fault.begin)
    _note(run, look, look.found)
    topics = run.settings.lake.topics
    return bronze.kafka_stream(
        run.read, run.settings.kafka, begin, kafka_topics.accepted_at(topics)
    )


def check(run: Run, error: PySparkException) -> None:
    """Say what is missing where that is why a stream has failed.

    Raises:
        KafkaLoss: Records went while they were to be read.
    """
    try:
        _refuse(run, _look(run).faults)
    except KafkaLoss as loss:
        raise loss from error


def _look(run: Run) -> _Look:
    found = kafka.topics(run.settings.kafka)
    known = kafka_topics.read(run.settings.lake.topics)
    checkpoint = run.checkpoint(KAFKA_MULTIPLEX)
    position = checkpoint.kafka_position()
    has_grown = topics_grew(checkpoint, {name: topic.ends for name, topic in found.items()})
    held = None
    if has_grown and _has_to_begin(checkpoint, position, found, known):
        held = bronze.held(run.read, known)
    faults = kafka_faults.find(found, _expected(position, held or {}, found, known), known)
    return _Look(found, known, position, held, has_grown, faults)


def _has_to_begin(
    checkpoint: Checkpoint,
    position: Position | None,
    found: Mapping[str, Topic],
    known: Mapping[str, Known],
) -> bool:
    """Whether there is no stream, or one that cannot go on with the topics that there are.

    It fails once a topic that it has read is away, and it would read one that is back from
    its beginning.
    """
    if position is None:
        return not checkpoint.exists
    is_away = position.next.keys() - found
    is_back = (known.keys() & found) - position.next.keys()
    return bool(is_away or is_back)


def _expected(
    position: Position | None,
    held: Offsets,
    found: Mapping[str, Topic],
    known: Mapping[str, Known],
) -> Position:
    """What is to be read next of each partition that there is."""
    if position is None:
        return Position(held, held)

    def completed(offsets: Mapping[str, Mapping[int, int]]) -> Offsets:
        after = {**{name: held.get(name, {}) for name in known}, **offsets}
        # Of what a stream has not met it expects every record.
        new = {name: dict.fromkeys(topic.ends, 0) for name, topic in found.items()}
        return {name: {**partitions, **after.get(name, {})} for name, partitions in new.items()}

    return Position(completed(position.next), completed(position.planned))


def _refuse(run: Run, faults: Collection[Fault]) -> None:
    topics = sorted({fault.topic for fault in faults})
    if not set(topics) <= set(run.settings.kafka.accepted_losses):
        raise KafkaLoss([fault.sentence for fault in faults], topics)


def _begin(look: _Look, held: Offsets) -> Offsets | None:
    """Where a new stream begins; None for the earliest records of all."""
    if not held and not look.faults:
        return None
    lost = {(fault.topic, fault.partition) for fault in look.faults}

    def of(name: str, partition: int, earliest: int) -> int:
        # Offsets after the last that bronze holds may have been no records.
        after = max(held.get(name, {}).get(partition, earliest), earliest)
        return earliest if (name, partition) in lost else after

    return {
        name: {partition: of(name, partition, offset) for partition, offset in topic.begins.items()}
        for name, topic in look.found.items()
    }


def _give_way(run: Run) -> None:
    """Put the checkpoint aside, and enter what a kill has kept out of the ledger."""
    checkpoint = run.checkpoint(KAFKA_MULTIPLEX)
    if unfinished := checkpoint.unfinished():
        stream, batch_id = unfinished
        path, name = run.settings.lake.path(KAFKA_MULTIPLEX), KAFKA_MULTIPLEX.short_name
        if commit := changes.of_batch(path, stream, batch_id):
            entry = ops.Entry(name, stream, batch_id, commit.rows, commit.rows, 0, 0, 0)
            run.record(KAFKA_MULTIPLEX, entry, positions.of_topics(checkpoint, batch_id))
    checkpoint.move_aside()


def _note(run: Run, look: _Look, names: Iterable[str]) -> None:
    """Keep which topics are read from now on, and where after a loss."""
    now, newest = datetime.now(UTC), bronze.newest(run.settings.lake) if look.faults else None
    # A clock that was ahead must not let what came before the loss pass for what comes after.
    at = (max(now, newest + _TICK) if newest else now).isoformat(timespec="milliseconds")
    known = dict(look.known)
    for name in look.found.keys() & set(names):
        topic, before = look.found[name], look.known.get(name, Known(None))
        lost = {
            fault.partition: Begin(fault.begin, at) for fault in look.faults if fault.topic == name
        }
        known[name] = Known(topic.id or before.id, {**before.begins, **lost})
    if known != look.known:
        kafka_topics.write(run.settings.lake.topics, known)
