"""What bronze is told of Kafka is told to both clients, each in its own words."""

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
from event_hubs import BY_ENTRA, BY_STRING, HUB, SCOPE, TOKEN_URL

from gympulse.errors import BadSettings
from gympulse.io.kafka_clients import for_java, for_librdkafka, java_properties
from gympulse.kafka_options import BOTH, LIBRDKAFKA, SECURITY, find_problems
from gympulse.kafka_settings import Kafka

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


def test_unencrypted_keys_stay_what_they_are():
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    options = {"security.protocol": "SSL", "ssl.certificate.pem": "C", "ssl.key.pem": pem}

    assert for_java(of(options))["ssl.keystore.key"] == pem


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
