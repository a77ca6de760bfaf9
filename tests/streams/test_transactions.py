"""Records that are sent in transactions: bronze has those that are committed, and says no gap."""

from pathlib import Path

from confluent_kafka import Producer

from gympulse.io.kafka import topics
from gympulse.io.positions import gaps
from gympulse.lake import Lake
from gympulse.session import Session
from streams.readings import held, positions, readings
from streams.runs import Broker, Runner


def test_they_are_taken_in_once_they_are_committed(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """An open one is nothing to start for; offsets of what is aborted are neither gap nor loss."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.receive(readings(range(10)))
    runner.run("bronze")
    by = Producer({"bootstrap.servers": broker.servers, "transactional.id": "a"})
    by.init_transactions()
    for number, end in ((10, by.abort_transaction), (11, by.commit_transaction)):
        by.begin_transaction()
        by.produce("bpm", readings([number])[0].value, partition=0)
        by.flush()
        before = positions(runner.lake)
        assert topics(runner.settings.kafka)["bpm"].ends[0] == before[-1][1]["bpm"]["0"]
        runner.run("bronze")
        assert positions(runner.lake) == before
        end()
        runner.run("bronze")
        assert positions(runner.lake) != before
    runner.receive(readings([12]))
    runner.run("bronze")
    assert held(runner.lake)[10:] == [(11, 0, 12), (12, 0, 14)]
    assert gaps(runner.lake) == []
