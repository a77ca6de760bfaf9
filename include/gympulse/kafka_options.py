"""Which settings of Kafka's clients bronze takes, and which of them go together.

They have librdkafka's names, as in Airflow's connections to Kafka.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

SECRETS = frozenset(
    {"sasl.password", "sasl.oauthbearer.client.secret", "ssl.key.password", "ssl.key.pem"}
)
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_OAUTH = "sasl.oauthbearer"
# By mechanism, what it cannot do without, and what else belongs to it.
_WITH_PASSWORD = ("sasl.username", "sasl.password"), ()
MECHANISMS = {
    "PLAIN": _WITH_PASSWORD,
    "SCRAM-SHA-256": _WITH_PASSWORD,
    "SCRAM-SHA-512": _WITH_PASSWORD,
    "OAUTHBEARER": (
        (f"{_OAUTH}.client.id", f"{_OAUTH}.client.secret", f"{_OAUTH}.token.endpoint.url"),
        (f"{_OAUTH}.method", f"{_OAUTH}.scope", f"{_OAUTH}.extensions"),
    ),
}
_SASL = frozenset(name for needed, more in MECHANISMS.values() for name in (*needed, *more))
_TLS = frozenset(
    f"ssl.{name}"
    for name in (
        "ca.location",
        "ca.pem",
        "certificate.location",
        "certificate.pem",
        "endpoint.identification.algorithm",
        "key.location",
        "key.password",
        "key.pem",
    )
)
SECURITY = frozenset({"security.protocol", "sasl.mechanism"}) | _SASL | _TLS
# Of the others: what both clients know, what only Spark's does, and what only librdkafka.
BOTH = frozenset(
    {
        "client.dns.lookup",
        "client.id",
        "client.rack",
        "connections.max.idle.ms",
        "metadata.max.age.ms",
        "reconnect.backoff.max.ms",
        "reconnect.backoff.ms",
        "retry.backoff.max.ms",
        "retry.backoff.ms",
        "socket.connection.setup.timeout.ms",
    }
)
SPARK = frozenset(
    {
        "check.crcs",
        "default.api.timeout.ms",
        "fetch.max.bytes",
        "fetch.max.wait.ms",
        "fetch.min.bytes",
        "group.id",
        "heartbeat.interval.ms",
        "max.partition.fetch.bytes",
        "max.poll.interval.ms",
        "max.poll.records",
        "receive.buffer.bytes",
        "request.timeout.ms",
        "sasl.login.connect.timeout.ms",
        "sasl.login.read.timeout.ms",
        "sasl.login.retry.backoff.max.ms",
        "sasl.login.retry.backoff.ms",
        "send.buffer.bytes",
        "session.timeout.ms",
    }
)
LIBRDKAFKA = frozenset({"broker.address.family", "socket.keepalive.enable", "socket.timeout.ms"})
_KNOWN = SECURITY | BOTH | SPARK | LIBRDKAFKA
_DECIDED = frozenset(
    {"auto.offset.reset", "enable.auto.commit", "isolation.level"}
    | {"key.deserializer", "value.deserializer"}
)
# How Java says what here has another name.
_JAVAS = {
    "sasl.jaas": "sasl.username and sasl.password, or those of sasl.oauthbearer",
    "sasl.login.c": "sasl.mechanism",
    "ssl.truststore": "ssl.ca.location or ssl.ca.pem",
    "ssl.keystore": "ssl.certificate.location and ssl.key.location",
}
# It is said to Java on a command line, in a list with commas.
_URL = re.compile(r"https?://[^\s,\"'\\]+")
_EXTENSION = re.compile(r"[A-Za-z]+=.+")


def find_problems(options: Mapping[str, str]) -> list[str]:
    """Say of settings why they cannot be used, by name and never by value."""
    unusable = [problem for name in options if (problem := _unusable(name))]
    return unusable or [f"Kafka's setting {problem}" for problem in _unfit(options)]


def _unusable(name: str) -> str | None:
    if name in _KNOWN:
        return None
    if name == "bootstrap.servers":
        return f"Kafka's setting {name} is said with --kafka-bootstrap-servers."
    if name in _DECIDED:
        return f"Kafka's setting {name} is bronze's own to decide: leave it out."
    for prefix, others in _JAVAS.items():
        if name.startswith(prefix):
            return f"Kafka's setting {name} is Java's: give {others} in its place."
    known = ", ".join(sorted(_KNOWN))
    return f"Kafka's setting {name} is none that bronze can say to its clients; known: {known}."


def _unfit(options: Mapping[str, str]) -> Iterator[str]:
    protocol = options.get("security.protocol", "PLAINTEXT")
    if protocol not in PROTOCOLS:
        yield f"security.protocol has to be one of {', '.join(PROTOCOLS)}."
        return
    if not protocol.endswith("SSL"):
        for name in sorted(_TLS & options.keys()):
            yield f"{name} needs TLS, but security.protocol is {protocol}; say SSL or SASL_SSL."
    yield from _unfit_tls(options)
    if protocol.startswith("SASL"):
        yield from _unfit_sasl(options)
        return
    for name in sorted((_SASL | {"sasl.mechanism"}) & options.keys()):
        yield f"{name} needs SASL, but security.protocol is {protocol}; say SASL_SSL."


def _unfit_tls(options: Mapping[str, str]) -> Iterator[str]:
    for name in ("ca", "certificate", "key"):
        if {f"ssl.{name}.location", f"ssl.{name}.pem"} <= options.keys():
            yield f"ssl.{name}.pem stands beside ssl.{name}.location; give one of them."
        path = options.get(f"ssl.{name}.location")
        if path is not None and not Path(path).is_file():
            yield f"ssl.{name}.location names no file that is here; a PEM file is needed."
    has_certificate, has_key = (
        bool({f"ssl.{name}.location", f"ssl.{name}.pem"} & options.keys())
        for name in ("certificate", "key")
    )
    if has_certificate and not has_key:
        yield "ssl.key.location or ssl.key.pem is missing: the certificate's key is needed."
    if has_key and not has_certificate:
        yield "ssl.certificate.location or .pem is missing: the key's certificate is needed."
    if options.get("ssl.endpoint.identification.algorithm", "https") not in ("https", "none"):
        yield "ssl.endpoint.identification.algorithm has to be https or none."


def _unfit_sasl(options: Mapping[str, str]) -> Iterator[str]:
    mechanism = options.get("sasl.mechanism")
    if mechanism not in MECHANISMS:
        yield f"sasl.mechanism has to be one of {', '.join(MECHANISMS)}."
        return
    needed, more = MECHANISMS[mechanism]
    for name in needed:
        if not options.get(name):
            yield f"{name} is missing: sasl.mechanism {mechanism} needs it."
    for name in sorted((_SASL & options.keys()) - {*needed, *more}):
        yield f"{name} has no meaning with sasl.mechanism {mechanism}: leave it out."
    if options.get(f"{_OAUTH}.method", "oidc") != "oidc":
        yield f"{_OAUTH}.method has to be oidc."
    url = options.get(f"{_OAUTH}.token.endpoint.url")
    if url and not _URL.fullmatch(url):
        yield f"{_OAUTH}.token.endpoint.url is no address; https://HOST/PATH is needed."
    extensions = options.get(f"{_OAUTH}.extensions")
    if extensions and not all(map(_EXTENSION.fullmatch, extensions.split(","))):
        yield f"{_OAUTH}.extensions has to be NAME=VALUE, several with commas between."
