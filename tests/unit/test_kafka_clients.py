"""What bronze is told of Kafka is told to both clients, or refused by its name."""

import json
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gympulse.errors import BadSettings
from gympulse.io.kafka_clients import for_java, for_librdkafka, java_properties
from gympulse.kafka_options import BOTH, LIBRDKAFKA, SECURITY, find_problems
from gympulse.kafka_settings import Kafka, of_environment
from gympulse.settings import parse_arguments

HUB = "gympulse.servicebus.windows.net:9093"
# The README's examples, as Microsoft documents the endpoint for both clients.
BY_STRING = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "$ConnectionString",
    "sasl.password": "Endpoint=sb://gympulse.servicebus.windows.net/;SharedAccessKey=canary=",
}
TOKEN_URL = "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
SCOPE = "https://gympulse.servicebus.windows.net/.default"
BY_ENTRA = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "OAUTHBEARER",
    "sasl.oauthbearer.client.id": "APPLICATION",
    "sasl.oauthbearer.client.secret": "canary",
    "sasl.oauthbearer.token.endpoint.url": TOKEN_URL,
    "sasl.oauthbearer.scope": SCOPE,
}
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
OAUTH = "org.apache.kafka.common.security.oauthbearer"
ALLOWED = "org.apache.kafka.sasl.oauthbearer.allowed.urls"


def of(options: dict, **more) -> Kafka:
    assert find_problems(options) == []
    return Kafka(HUB, options, **more)


def sasl(mechanism: str, password: str) -> dict[str, str]:
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.username": "u",
        "sasl.password": password,
    }


@pytest.mark.parametrize("shade", ["", "kafkashaded."])
def test_event_hubs_with_a_connection_string(shade):
    kafka = of(BY_STRING, is_shaded=bool(shade))

    assert for_librdkafka(kafka) == {"bootstrap.servers": HUB, **BY_STRING}
    assert for_java(kafka) == {
        "bootstrap.servers": HUB,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": (
            f'{shade}{PLAIN} required username="$ConnectionString" '
            f'password="{BY_STRING["sasl.password"]}";'
        ),
    }
    assert java_properties(kafka) == {}


@pytest.mark.parametrize("shade", ["", "kafkashaded."])
def test_event_hubs_with_entra_id(shade):
    kafka = of(BY_ENTRA, is_shaded=bool(shade))

    oidc = {"sasl.oauthbearer.method": "oidc"}
    assert for_librdkafka(kafka) == {"bootstrap.servers": HUB, **BY_ENTRA, **oidc}
    assert for_java(kafka) == {
        "bootstrap.servers": HUB,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.jaas.config": (
            f'{shade}{OAUTH}.OAuthBearerLoginModule required clientId="APPLICATION" '
            f'clientSecret="canary" scope="{SCOPE}";'
        ),
        "sasl.login.callback.handler.class": f"{shade}{OAUTH}.OAuthBearerLoginCallbackHandler",
        "sasl.oauthbearer.token.endpoint.url": TOKEN_URL,
    }
    names = {ALLOWED, shade + ALLOWED}
    assert java_properties(kafka) == dict.fromkeys(names, TOKEN_URL)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param(
            {"client.id": "a", "max.poll.records": "5", "socket.timeout.ms": "9"},
            {"client.id": "a", "max.poll.records": "5"},
            id="each client what it knows",
        ),
        pytest.param(
            sasl("SCRAM-SHA-512", "p"),
            {"sasl.jaas.config": f'{SCRAM} required username="u" password="p";'},
            id="SCRAM",
        ),
        pytest.param(
            sasl("PLAIN", 'a"b\\c\nd\re;\'=$'),
            {"sasl.jaas.config": f'{PLAIN} required username="u" password='
             r'''"a\"b\\c\nd\re;'=$";'''},
            id="what a quoted word has to escape",
        ),
        pytest.param(
            BY_ENTRA | {"sasl.oauthbearer.extensions": "logicalCluster=l=1,pool=p"},
            {
                "sasl.jaas.config": f'{OAUTH}.OAuthBearerLoginModule required '
                f'clientId="APPLICATION" clientSecret="canary" scope="{SCOPE}" '
                'extension_logicalCluster="l=1" extension_pool="p";'
            },
            id="extensions",
        ),
        pytest.param(
            {"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": "none",
             "ssl.ca.pem": "CA"},
            {
                "security.protocol": "SSL",
                "ssl.endpoint.identification.algorithm": "",
                "ssl.truststore.type": "PEM",
                "ssl.truststore.certificates": "CA",
            },
            id="TLS",
        ),
    ],
)  # fmt: skip
def test_java_is_told_in_its_own_words(options, said):
    made = for_java(of(options))

    assert {name: made.get(name) for name in said} == said
    assert set(made) - set(said) <= {
        "bootstrap.servers",
        "security.protocol",
        "sasl.mechanism",
        "sasl.login.callback.handler.class",
        "sasl.oauthbearer.token.endpoint.url",
    }


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_is_told_to_java_opened(tmp_path: Path, form):
    key, files = ec.generate_private_key(ec.SECP256R1()), [tmp_path / "c.pem", tmp_path / "k.pem"]
    files[0].write_text("CERTIFICATE")
    files[1].write_bytes(key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"canary")))
    options = {
        "security.protocol": "SSL",
        "ssl.certificate.location": str(files[0]),
        "ssl.key.location": str(files[1]),
        "ssl.key.password": "canary",
    }

    made = for_java(of(options))

    told = made.pop("ssl.keystore.key")
    assert told.startswith("-----BEGIN PRIVATE KEY-----")
    assert load_pem_private_key(told.encode(), None).private_numbers() == key.private_numbers()
    assert made == {
        "bootstrap.servers": HUB,
        "security.protocol": "SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.certificate.chain": "CERTIFICATE",
    }
    for password in ("wrong", None):
        with pytest.raises(BadSettings) as refusal:
            for_java(Kafka(HUB, options | {"ssl.key.password": password}))
        assert refusal.value.problems == (
            "Kafka's setting ssl.key is no PEM key that ssl.key.password opens.",
        )


def test_librdkafka_knows_all_that_it_is_told():
    """Java's names are held against the client itself in ``tests/streams``."""

    def complaint(name: str) -> str:
        try:
            AdminClient({"bootstrap.servers": HUB, "log_level": 0, name: "1"})
        except KafkaException as error:
            return error.args[0].str()
        return ""

    complaints = {name: complaint(name) for name in SECURITY | BOTH | LIBRDKAFKA}
    assert [name for name, said in complaints.items() if "No such configuration" in said] == []


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


def test_unencrypted_keys_stay_what_they_are():
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    options = {"security.protocol": "SSL", "ssl.certificate.pem": "C", "ssl.key.pem": pem}

    assert for_java(of(options))["ssl.keystore.key"] == pem
