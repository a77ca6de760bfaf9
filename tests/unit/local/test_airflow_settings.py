"""``airflow_settings.yaml`` is loaded with this machine's values in place of names."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gympulse.errors import BadSettings
from gympulse.local.airflow import (
    SETTINGS_FILE,
    airflow_environment,
    passwords_file,
    placeholders,
    write_private_files,
)
from gympulse.local.airflow_settings import connection_fields, expand, is_secret, read
from gympulse.local.secrets_file import local_secrets
from gympulse.local.settings import Ports, settings_below

PORTS = Ports(airflow=8001, postgres=8002, kafka=8003, kafka_controller=8004, connect=8005)


@pytest.fixture
def settings(tmp_path):
    """A platform's settings in a folder of its own."""
    made = settings_below(tmp_path, PORTS)
    made.folders.state.mkdir()
    return made


def test_every_name_in_the_file_is_known(settings):
    told = read(SETTINGS_FILE, placeholders(settings))

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


# What the Astro CLI takes of an entry, by the types of its own (settings/types.go there).
ASTRO_TYPES = {
    "conn_id": str,
    "conn_type": str,
    "conn_host": str,
    "conn_schema": str,
    "conn_login": str,
    "conn_password": str,
    "conn_port": int,
    "conn_extra": dict,
    "pool_name": str,
    "pool_slot": int,
    "pool_description": str,
    "variable_name": str,
    "variable_value": str,
}


def test_the_astro_cli_can_take_every_entry():
    """It replaces no names, and puts each text between single quotes for a shell."""
    told = read(SETTINGS_FILE, None)
    values = [pair for entries in told.values() for entry in entries for pair in entry.items()]

    assert {kind: len(entries) for kind, entries in told.items()} == {
        "connections": 3,
        "pools": 4,
        "variables": 4,
    }
    assert [(name, value) for name, value in values if type(value) is not ASTRO_TYPES[name]] == []
    texts = [json.dumps(value) for _, value in values]
    assert [text for text in texts if "'" in text or "${" in text] == []


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


def test_connections_with_a_password_are_in_a_private_file(settings):
    """Airflow's secrets backend is told of it, and finds there what the database lacks."""
    write_private_files(settings)
    told = airflow_environment(settings)

    [file] = json.loads(told["AIRFLOW__SECRETS__BACKEND_KWARGS"]).values()
    kept = json.loads(Path(file).read_text())

    assert Path(file).stat().st_mode & 0o777 == 0o600
    assert set(kept) == {"registration_db"}
    password = local_secrets(settings.folders.state)["registration_database"]
    assert (kept["registration_db"]["port"], kept["registration_db"]["password"]) == (
        8002,
        password,
    )
    assert [name for name, value in told.items() if password in value] == []
    entries = read(SETTINGS_FILE, placeholders(settings))["connections"]
    assert [each["conn_id"] for each in entries if is_secret(each)] == ["registration_db"]


def test_there_is_a_user_for_each_role(settings):
    """Their passwords are made up, differ, and are for their owner's eyes."""
    write_private_files(settings)
    told = airflow_environment(settings)["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"]
    file = passwords_file(settings)
    passwords = json.loads(file.read_text())

    assert set(told.split(",")) == {"admin:admin", "operator:user", "viewer:viewer"}
    assert set(passwords) == {"admin", "operator", "viewer"}
    assert len({*passwords.values()}) == 3
    assert file.stat().st_mode & 0o777 == 0o600


def test_airflow_is_told_what_the_settings_say_beside(settings):
    told = replace(settings, environment={"AIRFLOW__API__PORT": "1", "AIRFLOW_VAR_A": '{"b": 1}'})

    assert {**airflow_environment(settings), **told.environment} == airflow_environment(told)
