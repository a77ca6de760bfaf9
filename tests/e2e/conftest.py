"""One platform for what is tested of its operation: who is told, and who may do what."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from e2e.api import Api
from e2e.receiver import Receiver
from gympulse.local.platform import local_platform
from gympulse.local.settings import LocalSettings
from oracle.records import KafkaRecord
from streams.runs import broker_at

# In tenths of beats.
UNEXPECTED = {"device_id": 118440, "time": 1_678_521_600, "heartrate": 715}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Who is told."""
    with Receiver().listening() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def told(receiver: Receiver) -> dict[str, Any]:
    """Settings of the platform that are other than the project's: short patience, few retries."""
    alerts = {"conn_type": "http", "host": receiver.url, "extra": {"path": "/alerts"}}
    environment = {
        "AIRFLOW__GYMPULSE__RETRIES": "1",
        "AIRFLOW__GYMPULSE__RETRY_SECONDS": "1",
        # Gold will wait for silver, which fails.
        "AIRFLOW__GYMPULSE__LATE_AFTER_MINUTES": json.dumps({"gold": 0.5}),
        "AIRFLOW_CONN_GYMPULSE_ALERTS": json.dumps(alerts),
    }
    return {"environment": environment}


@pytest.fixture(scope="module")
def operated(
    told: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalSettings]:
    """A platform whose first hour brings a reading that a rule lets silver fail of."""
    services = ("postgres", "kafka", "airflow", "scheduler")
    platform = local_platform(tmp_path_factory.mktemp("operated"), services, **told)
    try:
        platform.start(["postgres", "kafka", "airflow"])
        record = KafkaRecord("bpm", 0, -1, None, json.dumps(UNEXPECTED).encode())
        broker_at(platform.settings.kafka_bootstrap_servers).send([record])
        with Api(platform.settings) as airflow:
            rules = {"expectations": {"bad_heartrate": "fail"}}
            airflow.set_variable("gympulse_rules", json.dumps(rules))
        platform.start()
        yield platform.settings
    finally:
        platform.stop()
