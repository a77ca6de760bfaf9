"""A broker that lets in only whom it knows, and who gives out its tokens."""

import base64
import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socket import create_server
from threading import Thread
from urllib.parse import parse_qs

import jwt
from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gympulse.local.java import java_service
from gympulse.local.settings import HOST
from gympulse.model.bronze import TOPICS
from streams.runs import PARTITIONS, wait_until

# As Event Hubs has it, with what every notation has to escape.
USER = "$ConnectionString"
PASSWORD = r"Endpoint=sb://gym.servicebus.windows.net/;Key=canary-1\"quoted\';and\n=#,${a}"
SCRAM_USER, SCRAM_PASSWORD = 'bronze "job"', r"canary-2\"\'%é"
CLIENT_ID, CLIENT_SECRET = "gympulse", r"canary-3~secret\"."
KEY_PASSWORD = "canary-4-key"
CANARY = "canary-"
SCOPE = "api://kafka/.default"
_JAAS = "org.apache.kafka.common.security"
_ALLOWED = "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True)
class Authority:
    """Signs certificates; all files lie in one folder."""

    folder: Path
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> Path:
        """The certificate that its own are checked by."""
        return self.folder / "ca.pem"

    def issue(self, name: str, password: str = "") -> tuple[Path, Path]:
        """Write a certificate and its key."""
        key = rsa.generate_private_key(65537, 2048)
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
        signed = _certificate(name, self.certificate.subject, key.public_key())
        signed = signed.add_extension(names, critical=False).sign(self.key, hashes.SHA256())
        way = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        files = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        files[0].write_bytes(signed.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, way))
        return files


def _certificate(
    name: str, issuer: x509.Name | None, key: rsa.RSAPublicKey
) -> x509.CertificateBuilder:
    subject, now = x509.Name.from_rfc4514_string(f"CN={name}"), datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


def authority(folder: Path) -> Authority:
    """Make an authority that nobody knows yet."""
    folder.mkdir()
    key = rsa.generate_private_key(65537, 2048)
    made = _certificate("ca", None, key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    made = Authority(folder, key, made.sign(key, hashes.SHA256()))
    made.file.write_bytes(made.certificate.public_bytes(Encoding.PEM))
    return made


@contextmanager
def tokens(key: rsa.RSAPrivateKey) -> Iterator[str]:
    """Give out tokens to the one client over HTTP; the address of that."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
            is_known = self.headers["Authorization"] == f"Basic {known}"
            now = int(datetime.now(UTC).timestamp())
            claims = {"sub": CLIENT_ID, "iat": now, "exp": now + 600}
            claims |= {"aud": "kafka", "scope": asked.get("scope", [""])[0]}
            token = jwt.encode(claims, key, "RS256", headers={"kid": "1"})
            answer = {"access_token": token, "token_type": "Bearer", "expires_in": 600}
            self.send_response(200 if is_known else 401)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer if is_known else {"error": "invalid"}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}/token"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Secured:
    """A broker with a listener for each way in.

    Attributes:
        open: Address that asks nobody.
        sasl: Address that asks for a password or a token, over TLS.
        mutual: Address that asks for a certificate.
        token_url: Where tokens are given out.
        authority: Whose certificates it has and takes.
    """

    open: str
    sasl: str
    mutual: str
    token_url: str
    authority: Authority


@contextmanager
def secured_broker(folder: Path) -> Iterator[Secured]:
    """Run the broker below a folder, with the platform's topics."""
    made = authority(folder / "certificates")
    with tokens(made.key) as token_url:
        listeners = [create_server((HOST, 0)) for _ in range(4)]
        ports = [each.getsockname()[1] for each in listeners]
        for each in listeners:
            each.close()
        addresses = [f"{HOST}:{port}" for port in ports]
        told = _properties(folder, made, *addresses)
        file = folder / "server.properties"
        file.write_text("".join(f"{name}={_of_java(text)}\n" for name, text in told.items()))
        _java("kafka.tools.StorageTool", "format", f"--config={file}", f"--cluster-id={_id()}")
        keys = f"{_ALLOWED}=file://{folder}/keys.json"
        log = (folder / "log.txt").open("w")
        command = java_service("kafka", "kafka.Kafka", str(file))
        process = subprocess.Popen([command[0], keys, *command[1:]], stdout=log, stderr=log)
        try:
            _furnish(addresses[0])
            yield Secured(addresses[0], addresses[2], addresses[3], token_url, made)
        finally:
            process.kill()
            process.wait()
            log.close()


def _id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def _java(*arguments: str) -> None:
    subprocess.run(java_service("kafka", *arguments), check=True, capture_output=True)


def _of_java(text: object) -> str:
    return str(text).replace("\\", "\\\\")


def _properties(
    folder: Path, made: Authority, opened: str, controller: str, sasl: str, mutual: str
) -> dict[str, object]:
    certificate, key = made.issue("broker")
    keystore = folder / "broker.pem"
    keystore.write_bytes(key.read_bytes() + certificate.read_bytes())
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(made.key.public_key()))
    keys = {"keys": [{**public, "kid": "1", "alg": "RS256", "use": "sig"}]}
    (folder / "keys.json").write_text(json.dumps(keys))
    listener = "listener.name.sasl"
    user = f'user_{USER}="{_escaped(PASSWORD)}"'
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{opened},CONTROLLER://{controller},"
        f"SASL://{sasl},MUTUAL://{mutual}",
        "advertised.listeners": f"PLAINTEXT://{opened},SASL://{sasl},MUTUAL://{mutual}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
        "SASL:SASL_SSL,MUTUAL:SSL",
        "log.dirs": folder / "log",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": keystore,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": made.file,
        "listener.name.mutual.ssl.client.auth": "required",
        f"{listener}.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512,OAUTHBEARER",
        f"{listener}.plain.sasl.jaas.config": f"{_JAAS}.plain.PlainLoginModule required {user};",
        f"{listener}.scram-sha-512.sasl.jaas.config": f"{_JAAS}.scram.ScramLoginModule required;",
        f"{listener}.oauthbearer.sasl.jaas.config": (
            f"{_JAAS}.oauthbearer.OAuthBearerLoginModule required;"
        ),
        f"{listener}.oauthbearer.sasl.server.callback.handler.class": (
            f"{_JAAS}.oauthbearer.OAuthBearerValidatorCallbackHandler"
        ),
        f"{listener}.oauthbearer.sasl.oauthbearer.expected.audience": "kafka",
        f"{listener}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url": f"file://{folder}/keys.json",
    }


def _furnish(address: str) -> None:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})

    def answers() -> bool:
        with suppress(KafkaException):
            return bool(admin.list_topics(timeout=1).brokers)
        return False

    wait_until(answers)
    topics = [NewTopic(name, PARTITIONS, 1) for name in TOPICS]
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    user = UserScramCredentialUpsertion(SCRAM_USER, info, SCRAM_PASSWORD.encode())
    made = admin.create_topics(topics) | admin.alter_user_scram_credentials([user])
    for each in made.values():
        each.result()
