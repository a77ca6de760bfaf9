"""``airflow_settings.yaml`` is loaded with this machine's values in place of names."""

import pytest
import yaml

from gympulse.errors import BadSettings
from gympulse.local.airflow import SETTINGS_FILE, airflow_environment, placeholders
from gympulse.local.airflow_settings import connection_fields, expand
from gympulse.local.settings import Ports, settings_below

PORTS = Ports(airflow=8001, postgres=8002, kafka=8003, kafka_controller=8004, connect=8005)


@pytest.fixture
def settings(tmp_path):
    """A platform's settings in a folder of its own."""
    made = settings_below(tmp_path, PORTS)
    made.folders.state.mkdir()
    return made


def test_every_name_in_the_file_is_known(settings):
    told = expand(yaml.safe_load(SETTINGS_FILE.read_text()), placeholders(settings))["airflow"]

    variables = {each["variable_name"]: each["variable_value"] for each in told["variables"]}
    assert variables == {
        "gympulse_lake": str(settings.folders.lake),
        "gympulse_env": "dev",
        "gympulse_time_zone": "UTC",
        "gympulse_kafka_bootstrap_servers": "127.0.0.1:8003",
    }
    assert {pool["pool_name"]: pool["pool_slot"] for pool in told["pools"]} == {
        "bronze": 1,
        "silver": 1,
        "gold": 1,
        "operations": 1,
    }


def test_an_unknown_name_is_told():
    with pytest.raises(BadSettings, match="NOWHERE"):
        expand({"pools": ["${NOWHERE}"]}, {})


def test_a_connection_has_a_number_for_a_port_and_text_for_extras():
    entry = {"conn_id": "a", "conn_type": "b", "conn_port": "15432", "conn_extra": {"c": 1}}

    fields = connection_fields(entry)

    assert (fields["port"], fields["extra"], fields["host"]) == (15432, '{"c": 1}', None)


def test_airflow_listens_on_loopback_alone(settings):
    environment = airflow_environment(settings)

    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__API__PORT"] == "8001"


def test_secrets_are_kept_and_private(settings):
    first = placeholders(settings)
    kept = settings.folders.state / "secrets.json"

    assert placeholders(settings) == first
    assert kept.stat().st_mode & 0o777 == 0o600
