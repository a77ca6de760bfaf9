"""The events of one hourly run, as a collector gets them."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from e2e.api import Api
from e2e.receiver import Receiver
from e2e.told_lineage import TASKS, assert_told, events_of, send_an_hour
from gympulse.local.platform import Platform
from gympulse.local.ports import free_ports
from gympulse.local.secrets_file import local_secrets
from gympulse.local.settings import LocalSettings, settings_below, write_settings
from gympulse.model.tables import LAYERS

# What tasks tell is tested beside the DAGs too; here is a platform of its own.
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def collector() -> Iterator[Receiver]:
    """Who is told."""
    with Receiver().listening() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def settings(
    collector: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalSettings]:
    """A platform whose first hour brings records of every kind."""
    moved = settings_below(tmp_path_factory.mktemp("lineage"), free_ports())
    settings = replace(moved, lineage_url=collector.url)
    write_settings(settings)
    platform = Platform(settings, ("postgres", "kafka", "airflow", "scheduler"))
    try:
        platform.start(["postgres", "kafka", "airflow"])
        send_an_hour(settings)
        platform.start()
        yield settings
    finally:
        platform.stop()


def test_an_hours_events_name_all_that_was_read_and_written(
    settings: LocalSettings, collector: Receiver
) -> None:
    """Each table and topic, with versions and rows."""
    with Api(settings) as airflow:
        for layer in LAYERS:
            airflow.wait_for_success(layer)
        # An hour that has begun meanwhile is another run.
        runs = {airflow.runs(layer)[-1]["dag_run_id"] for layer in LAYERS}
    assert_told(settings, events_of(collector, runs), before={})


def test_no_other_task_tells_anything_and_no_secret_is_told(
    settings: LocalSettings, collector: Receiver
) -> None:
    assert {each["job"]["name"] for each in collector.bodies} == set(TASKS)
    told = json.dumps(collector.bodies)
    secrets = local_secrets(settings.folders.state)
    assert [name for name, secret in secrets.items() if secret in told] == []
