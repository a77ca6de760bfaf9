"""Kafka's connection, said to bronze's job by its environment, for secrets have no other way."""

import json

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException
from airflow.sdk.log import mask_secret

from gympulse.kafka_options import SECRETS
from gympulse.kafka_settings import ENVIRONMENT
from gympulse.runbook import Section, more

CONNECTION = "kafka"


def kafka_environment(conn_id: str = CONNECTION) -> dict[str, str]:
    """Give what the environment of bronze's job has to hold; its secrets are masked in logs.

    The connection's extra has the settings, under librdkafka's names; login and password are
    ``sasl.username`` and ``sasl.password``. Which broker it is, the job's command line says.

    Args:
        conn_id: The connection; where there is none, the broker is one that asks nobody.

    Raises:
        AirflowException: The connection would show a secret to others.
    """
    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return {}
    pair = {"sasl.username": connection.login, "sasl.password": connection.password}
    options = {name: value for name, value in pair.items() if value} | connection.extra_dejson
    options.pop("bootstrap.servers", None)
    if "ssl.key.pem" in options:
        raise AirflowException(
            f"Connection {conn_id} has ssl.key.pem, which Airflow shows to everybody who may see "
            "connections. Keep the key in a file, name it with ssl.key.location, and renew the "
            f"key.\n{more(Section.SETTINGS)}"
        )
    for name in SECRETS & options.keys():
        secret = str(options[name])
        mask_secret(secret)
        # As it stands in JSON, and in what Java is told.
        mask_secret(json.dumps(secret, ensure_ascii=False)[1:-1])
    return {ENVIRONMENT: json.dumps(options)} if options else {}
