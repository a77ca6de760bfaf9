"""Hourly runs without a broker: it is ended, and does not come back; or it hangs."""

import os
import signal
import time
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from confluent_kafka import KafkaError
from pyspark.sql import DataFrame

from chaos.kafka_losing import BRONZE
from chaos.kafka_producers import producer, queue
from chaos.kafka_sending import marked
from chaos.kafka_world import Failure, World
from gympulse.io import bronze
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX
from oracle.records import KafkaRecord
from streams.processes import submit
from streams.runs import wait_until

HOURS = 3


def broker_away(world: World) -> None:
    """Ended for hours, in which every job of bronze fails; producers keep what they have."""
    placed, by = world.hour(), producer(world.servers)
    told: list[KafkaRecord | KafkaError] = []
    stop(world)
    queue(by, placed, told)
    world.away += [world.failed(*away(world)) for _ in range(HOURS)]
    world.away.append(as_a_process(world))
    world.outcome.injected["hourly runs without a broker"] += HOURS + 1
    world.platform.start()
    assert by.flush(60) == 0
    for each in told:
        assert isinstance(each, KafkaRecord), each
        world.book.arrive(each)
    world.outcome.injected["records that waited for the broker"] += len(told)
    world.run()


def broker_dies_while_it_is_read(world: World) -> None:
    """Ended after a batch was planned, before the first of its records is read."""
    world.send([*world.hour(), *marked(world, "bpm")])
    write = bronze.write_raw

    def without_broker(batch: DataFrame, table: Table, *given: Any) -> int:
        if table is KAFKA_MULTIPLEX:
            stop(world)
        return write(batch, table, *given)

    with patch.object(bronze, "write_raw", without_broker):
        failure = world.failed(*away(world))
    # Spark asks a broker that has gone for two minutes, in which another may take its place.
    world.away.append(replace(failure, most_seconds=240))
    world.platform.start()
    world.outcome.injected["brokers that died while they were read"] += 1
    world.run()


def broker_hangs(world: World) -> None:
    """Its process stands still: it takes connections, and answers nobody."""
    placed = world.hour()
    pid = broker_of(world)
    os.kill(pid, signal.SIGSTOP)
    try:
        world.away.append(world.failed(*away(world)))
    finally:
        os.kill(pid, signal.SIGCONT)
    world.outcome.injected["hours with a broker that hangs"] += 1
    world.send(placed)
    world.run()


def stop(world: World) -> None:
    """End the broker's process, and let nobody start it again."""
    os.kill(broker_of(world), signal.SIGKILL)
    supervisor = world.platform.supervisor

    def is_stopped() -> bool:
        supervisor.stop(world.platform.services["kafka"])
        return supervisor.states()["kafka"]["statename"] == "STOPPED"

    wait_until(is_stopped)
    world.outcome.injected["brokers ended with SIGKILL"] += 1


def broker_of(world: World) -> int:
    """The broker's process."""
    pid = world.platform.supervisor.states()["kafka"]["pid"]
    assert pid, "the broker does not run"
    return pid


def as_a_process(world: World) -> Failure:
    """Run the job as Airflow does, and take what it prints."""
    before, began = world.state(), time.monotonic()
    lake = world.runner.lake
    job = submit(BRONZE, "--lake", lake.root, "--kafka-bootstrap-servers", world.servers)
    printed, _ = job.communicate(timeout=300)
    said = f"{printed}exit code {job.returncode}"
    has_changed = world.state() != before
    return Failure((*away(world), "exit code 1"), said, has_changed, time.monotonic() - began)


def away(world: World) -> tuple[str, str]:
    """What a job says where the broker does not answer."""
    return (
        f"Kafka at {world.servers} does not answer (",
        "). Start it or correct the address; the next run takes all that has gathered meanwhile.",
    )
