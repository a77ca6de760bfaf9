"""Kafka's two clients, told the same: librdkafka, which looks, and Java's in Spark, which reads.

What Java is told is all in its settings, so that executors need no file: certificates and keys
are read here.
"""

from collections.abc import Mapping
from pathlib import Path

from gympulse.errors import BadSettings
from gympulse.kafka_options import BOTH, LIBRDKAFKA, SECURITY, SPARK
from gympulse.kafka_settings import Kafka

_OAUTH = "sasl.oauthbearer"
_TOKEN_URL = f"{_OAUTH}.token.endpoint.url"
# Since version 3.9.1 Java's client asks no address for tokens that this does not name.
_ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls"
_CLASSES = "org.apache.kafka.common.security"
_SHADE = "kafkashaded."


def for_librdkafka(kafka: Kafka) -> dict[str, str]:
    """Give librdkafka's settings, the address among them."""
    names = SECURITY | BOTH | LIBRDKAFKA
    options = {name: value for name, value in kafka.options.items() if name in names}
    if options.get("sasl.mechanism") == "OAUTHBEARER":
        options[f"{_OAUTH}.method"] = "oidc"
    return {"bootstrap.servers": kafka.bootstrap_servers, **options}


def for_java(kafka: Kafka) -> dict[str, str]:
    """Give Java's settings, the address among them.

    Raises:
        BadSettings: A certificate or key cannot be read.
    """
    names = {"security.protocol", "sasl.mechanism"} | BOTH | SPARK
    options = {name: value for name, value in kafka.options.items() if name in names}
    return {
        "bootstrap.servers": kafka.bootstrap_servers,
        **options,
        **_tls(kafka.options),
        **_sasl(kafka),
    }


def java_properties(kafka: Kafka) -> dict[str, str]:
    """Give the system properties that all Java processes need beside."""
    url = kafka.options.get(_TOKEN_URL)
    if url is None:
        return {}
    names = [_ALLOWED_URLS, _SHADE + _ALLOWED_URLS] if kafka.is_shaded else [_ALLOWED_URLS]
    return dict.fromkeys(names, url)


def _tls(options: Mapping[str, str]) -> dict[str, str]:
    said = {}
    if (check := options.get("ssl.endpoint.identification.algorithm")) is not None:
        said["ssl.endpoint.identification.algorithm"] = "" if check == "none" else check
    if authorities := _text(options, "ssl.ca"):
        said |= {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": authorities}
    if certificate := _text(options, "ssl.certificate"):
        said |= {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": certificate,
            "ssl.keystore.key": _key(_text(options, "ssl.key"), options.get("ssl.key.password")),
        }
    return said


def _text(options: Mapping[str, str], what: str) -> str:
    if path := options.get(f"{what}.location"):
        try:
            return Path(path).read_text()
        except (OSError, UnicodeDecodeError) as error:
            problem = f"Kafka's setting {what}.location names a file that cannot be read."
            raise BadSettings([problem]) from error
    return options.get(f"{what}.pem", "")


def _key(text: str, password: str | None) -> str:
    """A key as Java takes it: PKCS #8, and in the clear, for it knows few encryptions."""
    # Only here: few connections have a key.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    try:
        key = load_pem_private_key(text.encode(), password.encode() if password else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        problem = "Kafka's setting ssl.key is no PEM key that ssl.key.password opens."
        raise BadSettings([problem]) from error
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _sasl(kafka: Kafka) -> dict[str, str]:
    options, mechanism = kafka.options, kafka.options.get("sasl.mechanism")
    if mechanism is None:
        return {}
    classes = _SHADE + _CLASSES if kafka.is_shaded else _CLASSES
    if mechanism != "OAUTHBEARER":
        module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
        told = {"username": options["sasl.username"], "password": options["sasl.password"]}
        return {"sasl.jaas.config": _jaas(f"{classes}.{module}", told)}
    module = f"{classes}.oauthbearer.OAuthBearerLoginModule"
    handler = f"{classes}.oauthbearer.OAuthBearerLoginCallbackHandler"
    return {
        "sasl.jaas.config": _jaas(module, _client(options)),
        "sasl.login.callback.handler.class": handler,
        _TOKEN_URL: options[_TOKEN_URL],
    }


def _client(options: Mapping[str, str]) -> dict[str, str]:
    told = {
        "clientId": options[f"{_OAUTH}.client.id"],
        "clientSecret": options[f"{_OAUTH}.client.secret"],
    }
    if scope := options.get(f"{_OAUTH}.scope"):
        told["scope"] = scope
    extensions = options.get(f"{_OAUTH}.extensions")
    for extension in extensions.split(",") if extensions else ():
        name, _, value = extension.partition("=")
        told[f"extension_{name}"] = value
    return told


def _jaas(module: str, told: Mapping[str, str]) -> str:
    return " ".join([module, "required", *(f"{k}={_quoted(v)}" for k, v in told.items())]) + ";"


def _quoted(text: str) -> str:
    """A word as ``java.io.StreamTokenizer`` reads it, which ends a word at a line's end."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'
