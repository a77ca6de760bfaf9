"""Kafka's connection reaches bronze's job by the environment, and its secrets no log."""

import copy
import json
import sys
from types import SimpleNamespace

import pytest
from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from gympulse_airflow import kafka, on_spark
from gympulse_airflow.kafka import kafka_environment
from gympulse_airflow.spark import JobHook

SECRET = r"canary\"key=\'é"


@pytest.fixture
def masked(monkeypatch) -> set[str]:
    """What was masked."""
    found = set()
    monkeypatch.setattr(kafka, "mask_secret", found.add)
    return found


@pytest.fixture
def connect(monkeypatch, masked):
    """Let Airflow have a connection, or none."""

    def have(extra: dict | None, **fields) -> None:
        def get(conn_id):
            if conn_id == "spark":
                return Connection(conn_id=conn_id, conn_type="spark")
            assert conn_id == "kafka"
            if extra is None:
                raise AirflowNotFoundException("none")
            return Connection(
                conn_id=conn_id, conn_type="generic", extra=json.dumps(extra), **fields
            )

        monkeypatch.setattr(BaseHook, "get_connection", get)

    return have


@pytest.mark.parametrize(
    ("extra", "fields", "options"),
    [
        pytest.param(None, {}, None, id="no connection"),
        pytest.param({"bootstrap.servers": "h:1"}, {"host": "h", "port": 1}, None, id="an address"),
        pytest.param(
            {"bootstrap.servers": "h:1", "security.protocol": "SASL_SSL", "sasl.password": SECRET},
            {},
            {"security.protocol": "SASL_SSL", "sasl.password": SECRET},
            id="all in the extra",
        ),
        pytest.param(
            {"sasl.mechanism": "PLAIN"},
            {"login": "$ConnectionString", "password": SECRET},
            {
                "sasl.mechanism": "PLAIN",
                "sasl.username": "$ConnectionString",
                "sasl.password": SECRET,
            },
            id="login and password",
        ),
        pytest.param(
            {"sasl.username": "extra"},
            {"login": "login"},
            {"sasl.username": "extra"},
            id="the extra counts more",
        ),
    ],
)
def test_the_connections_settings_are_the_jobs_environment(connect, extra, fields, options):
    connect(extra, **fields)

    made = kafka_environment()

    assert {name: json.loads(text) for name, text in made.items()} == (
        {} if options is None else {"GYMPULSE_KAFKA_OPTIONS": options}
    )


def test_secrets_are_masked_as_they_are_and_as_they_are_written(connect, masked):
    connect({"sasl.oauthbearer.client.secret": "canary 2", "client.id": "seen"}, password=SECRET)

    kafka_environment()

    assert masked == {SECRET, r"canary\\\"key=\\'é", "canary 2"}


def test_a_key_that_airflow_would_show_is_refused(connect):
    connect({"ssl.key.pem": SECRET})

    with pytest.raises(AirflowException) as refusal:
        kafka_environment()

    assert "ssl.key.location" in str(refusal.value)
    assert "canary" not in str(refusal.value)
    assert str(refusal.value).endswith("breaks: A setting or a form is refused.")


@pytest.fixture
def run_bronze(connect, dags, monkeypatch, tmp_path):
    """Run the bronze task with a ``spark-submit`` that writes what it is told."""

    # These tests are to outlive whoever started them.
    monkeypatch.setattr(on_spark, "end_with_parent", lambda: None)

    def run() -> dict[str, str]:
        binary = tmp_path / "bin" / "spark-submit"
        binary.parent.mkdir()
        binary.write_text(f'#!/bin/sh\nenv > {tmp_path}/environment; echo "$@" > {tmp_path}/words')
        binary.chmod(0o755)
        monkeypatch.setattr(sys, "prefix", str(tmp_path))
        master = SimpleNamespace(
            conn_type="spark",
            host="local[2]",
            port=None,
            extra_dejson={"deploy-mode": "client"},
        )
        monkeypatch.setattr(JobHook, "get_connection", lambda *_: master)
        task = copy.copy(dags["bronze"].get_task("run_bronze"))
        task.rules, task.connection = "", "spark"
        task.execute({"params": {"accept_kafka_loss": None}})
        return {each.name: each.read_text() for each in tmp_path.iterdir() if each.is_file()}

    return run


def test_the_job_has_the_secret_in_its_environment_alone(connect, run_bronze, caplog):
    connect({"sasl.password": "canary"})

    told = run_bronze()

    assert '\nGYMPULSE_KAFKA_OPTIONS={"sasl.password": "canary"}\n' in "\n" + told["environment"]
    assert "\nPATH=" in "\n" + told["environment"]
    assert "bronze.py" in told["words"]
    assert "canary" not in told["words"]
    assert "canary" not in caplog.text
