"""What bronze can be told of Kafka, and what is refused by its name and without its value."""

import json

import pytest
from event_hubs import BY_ENTRA, BY_STRING, HUB

from gympulse.errors import BadSettings
from gympulse.kafka_options import find_problems
from gympulse.kafka_settings import Kafka, of_environment
from gympulse.settings import parse_arguments

TLS = {"security.protocol": "SASL_SSL"}
PASSWORD = {"sasl.username": "u", "sasl.password": "canary"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"bootstrap.servers": "canary"}, "bootstrap.servers is said with"),
        ({"isolation.level": "canary"}, "isolation.level is bronze's own to decide"),
        ({"sasl.jaas.config": "canary"}, "sasl.jaas.config is Java's: give sasl.username"),
        ({"ssl.truststore.location": "canary"}, "ssl.truststore.location is Java's: give ssl.ca"),
        ({"ssl.keystore.key": "canary"}, "ssl.keystore.key is Java's: give ssl.certificate"),
        ({"enable.ssl.certificate.verification": "canary"}, "none that bronze can say to its"),
        ({"security.protocol": "CANARY"}, "security.protocol has to be one of PLAINTEXT, SSL,"),
        (PASSWORD, "sasl.password needs SASL, but security.protocol is PLAINTEXT"),
        ({"ssl.ca.pem": "canary"}, "ssl.ca.pem needs TLS, but security.protocol is PLAINTEXT"),
        (TLS | PASSWORD, "sasl.mechanism has to be one of PLAIN, SCRAM-SHA-256,"),
        (TLS | PASSWORD | {"sasl.mechanism": "GSSAPI"}, "sasl.mechanism has to be one of"),
        (TLS | {"sasl.mechanism": "PLAIN", "sasl.username": "canary"}, "sasl.password is missing"),
        (BY_ENTRA | PASSWORD, "sasl.password has no meaning with sasl.mechanism OAUTHBEARER"),
        (BY_ENTRA | {"sasl.oauthbearer.method": "canary"}, "method has to be oidc"),
        (
            BY_ENTRA | {"sasl.oauthbearer.token.endpoint.url": "https://a -Dcanary"},
            "sasl.oauthbearer.token.endpoint.url is no address",
        ),
        (
            BY_ENTRA | {"sasl.oauthbearer.extensions": 'a=1,b" canary="'},
            "sasl.oauthbearer.extensions has to be NAME=VALUE",
        ),
        (BY_STRING | {"ssl.ca.location": "/canary"}, "ssl.ca.location names no file that is here"),
        (
            BY_STRING | {"ssl.ca.location": __file__, "ssl.ca.pem": "canary"},
            "ssl.ca.pem stands beside ssl.ca.location",
        ),
        (BY_STRING | {"ssl.certificate.pem": "canary"}, "ssl.key.location or ssl.key.pem is miss"),
        (BY_STRING | {"ssl.key.pem": "canary"}, "ssl.certificate.location or .pem is missing"),
        (
            BY_STRING | {"ssl.endpoint.identification.algorithm": "canary"},
            "ssl.endpoint.identification.algorithm has to be https or none",
        ),
    ],
)
def test_what_cannot_be_used_is_named_without_its_value(options, problem):
    problems = find_problems(options)

    assert any(problem in found for found in problems), problems
    assert all(found.startswith("Kafka's setting ") for found in problems)
    assert not any("canary" in found.lower() for found in problems), problems


ARGUMENTS = ["--lake", "l", "--kafka-bootstrap-servers", HUB]


def test_the_environment_and_the_command_line_are_one(monkeypatch):
    kept = {"sasl.mechanisms": "scram-sha-512", "security.protocol": "sasl_ssl", "client.id": "a"}
    kept |= PASSWORD | {"max.poll.records": 7, "check.crcs": True, "client.rack": None}
    monkeypatch.setenv("GYMPULSE_KAFKA_OPTIONS", json.dumps(kept))
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")

    kafka = parse_arguments("bronze", [*ARGUMENTS, "--kafka-option=client.id=b"]).kafka

    options = {
        "sasl.mechanism": "SCRAM-SHA-512",
        "security.protocol": "SASL_SSL",
        "client.id": "b",
        "max.poll.records": "7",
        "check.crcs": "true",
        **PASSWORD,
    }
    assert kafka == Kafka(HUB, options, is_shaded=True)
    assert "canary" not in repr(kafka)


@pytest.mark.parametrize(
    "name",
    ["sasl.password", "sasl.oauthbearer.client.secret", "ssl.key.password", "ssl.key.pem"],
)
def test_a_secret_on_the_command_line_is_refused(name):
    with pytest.raises(BadSettings) as refusal:
        parse_arguments("bronze", [*ARGUMENTS, f"--kafka-option={name}=canary"])

    assert refusal.value.problems == (
        f"--kafka-option says {name}, which is a secret: everybody on the machine may read a "
        "command line. Put it into the environment's GYMPULSE_KAFKA_OPTIONS, or into Airflow's "
        "connection kafka.",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("canary", "GYMPULSE_KAFKA_OPTIONS is no JSON object"),
        ('["canary"]', "GYMPULSE_KAFKA_OPTIONS is no JSON object"),
        ('{"client.id": ["canary"]}', "GYMPULSE_KAFKA_OPTIONS: client.id is no text and no number"),
        ('{"sasl.password": "canary"}', "Kafka's setting sasl.password needs SASL"),
    ],
)
def test_an_environment_that_cannot_be_used(text, problem):
    with pytest.raises(BadSettings, match=problem) as refusal:
        of_environment(HUB, {"GYMPULSE_KAFKA_OPTIONS": text})

    assert "canary" not in str(refusal.value)
