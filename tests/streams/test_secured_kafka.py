"""Bronze reads a broker that lets in only whom it knows, and tells nobody how it got in."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired

import psutil
import pytest

from gympulse.io.bronze import kafka_stream
from gympulse.io.delta import Reader
from gympulse.kafka_options import BOTH, SPARK
from gympulse.kafka_settings import ENVIRONMENT, Kafka
from gympulse.lake import Lake
from gympulse.layers import run_layer
from gympulse.session import Session
from gympulse.settings import Settings
from streams import secured
from streams.processes import submit
from streams.readings import held, readings
from streams.runs import broker_at
from streams.secured import Secured, secured_broker

Options = dict[str, str]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """The broker, with three readings."""
    with secured_broker(tmp_path_factory.mktemp("secured")) as broker:
        broker_at(broker.open).send(readings(range(3)))
        yield broker


def over_tls(broker: Secured, **more: str) -> Options:
    options = {"security.protocol": "SASL_SSL", "ssl.ca.location": str(broker.authority.file)}
    return options | {name.replace("_", "."): value for name, value in more.items()}


def with_password(broker: Secured) -> Options:
    return over_tls(
        broker,
        sasl_mechanism="PLAIN",
        sasl_username=secured.USER,
        sasl_password=secured.PASSWORD,
    )


def with_scram(broker: Secured) -> Options:
    return over_tls(
        broker,
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username=secured.SCRAM_USER,
        sasl_password=secured.SCRAM_PASSWORD,
    )


def with_token(broker: Secured) -> Options:
    return over_tls(
        broker,
        sasl_mechanism="OAUTHBEARER",
        sasl_oauthbearer_client_id=secured.CLIENT_ID,
        sasl_oauthbearer_client_secret=secured.CLIENT_SECRET,
        sasl_oauthbearer_token_endpoint_url=broker.token_url,
        sasl_oauthbearer_scope=secured.SCOPE,
    )


def with_certificate(broker: Secured) -> Options:
    certificate, key = broker.authority.issue("client", secured.KEY_PASSWORD)
    return {
        "security.protocol": "SSL",
        "ssl.ca.location": str(broker.authority.file),
        "ssl.certificate.location": str(certificate),
        "ssl.key.location": str(key),
        "ssl.key.password": secured.KEY_PASSWORD,
    }


def finished(job: Popen) -> tuple[int, str]:
    """A job's end and its lines; neither they nor a command line tell a secret."""
    seen: set[str] = set()
    said = None
    while said is None:
        seen |= command_lines(job.pid)
        with suppress(TimeoutExpired):
            said = job.communicate(timeout=0.2)[0]
    assert any("bronze.py" in words for words in seen)
    assert [words for words in seen if secured.CANARY in words] == []
    assert secured.CANARY not in said
    return job.returncode, said


def command_lines(pid: int) -> set[str]:
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        return {" ".join(each.cmdline()) for each in (leader, *leader.children(recursive=True))}
    return set()


def files_with_a_secret(lake: Lake) -> list[Path]:
    files = [path for path in Path(lake.root).rglob("*") if path.is_file()]
    assert any("checkpoint_zone" in path.parts for path in files)
    return [path for path in files if secured.CANARY.encode() in path.read_bytes()]


def run_job(lake: Lake, servers: str, options: Options, monkeypatch) -> tuple[int, str]:
    monkeypatch.setenv(ENVIRONMENT, json.dumps(options))
    words = ("--lake", lake.root, "--kafka-bootstrap-servers", servers)
    return finished(submit("spark_jobs/bronze.py", *words))


def test_a_job_with_a_wrong_password_loses_nothing(
    tmp_path: Path, broker: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, options = Lake(str(tmp_path)), with_password(broker)

    wrong = options | {"sasl.password": "canary-wrong"}
    code, said = run_job(lake, broker.sasl, wrong, monkeypatch)

    assert (code, said.splitlines()[-2:]) == (
        1,
        [
            f"bronze failed: Kafka at {broker.sasl} refuses bronze (SASL authentication error: "
            "Authentication failed: Invalid username or password). Look at security.protocol, "
            "sasl.mechanism, sasl.password, sasl.username; nothing was read, and the next run "
            "takes all that has gathered meanwhile.",
            "More in README.md, When something breaks: Kafka or a database does not answer.",
        ],
    )
    assert held(lake) == []

    code, said = run_job(lake, broker.sasl, options, monkeypatch)

    assert (code, said.splitlines()[-1]) == (0, "bronze is done.")
    assert held(lake) == [(number, 0, number) for number in range(3)]
    assert files_with_a_secret(lake) == []


def test_a_job_reads_with_a_token(
    tmp_path: Path, broker: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(str(tmp_path))

    code, said = run_job(lake, broker.sasl, with_token(broker), monkeypatch)

    assert (code, said.splitlines()[-1]) == (0, "bronze is done.")
    assert held(lake) == [(number, 0, number) for number in range(3)]
    assert files_with_a_secret(lake) == []


@pytest.mark.parametrize(
    ("settings", "listener"), [(with_scram, "sasl"), (with_certificate, "mutual")]
)
def test_bronze_reads_with(
    settings, listener, tmp_path: Path, broker: Secured, session: Session
) -> None:
    """A password that is never sent, and a certificate."""
    lake = Lake(str(tmp_path))
    kafka = Kafka(getattr(broker, listener), settings(broker))

    run_layer("bronze", Settings(lake, kafka=kafka), session)

    assert held(lake) == [(number, 0, number) for number in range(3)]
    assert files_with_a_secret(lake) == []


@pytest.mark.parametrize("settings", [with_scram, with_certificate])
def test_plans_show_no_secret(
    settings, tmp_path: Path, broker: Secured, session: Session, capsys
) -> None:
    kafka = Kafka(broker.sasl, settings(broker))
    rows = kafka_stream(Reader(session(), Lake(str(tmp_path)), "UTC"), kafka, None)
    length = "spark.sql.maxPlanStringLength"
    usual = session().conf.get(length)
    # Jobs cut plans short; here all of it counts.
    session().conf.set(length, "1000000")
    # A stream's threads know their session; the one that Python calls in may have lost it to a
    # stream before, and Spark then prints by its own settings.
    jvm = session()._jvm.org.apache.spark.sql.classic.SparkSession
    jvm.setActiveSession(session()._jsparkSession)

    rows.explain("extended")
    shown = capsys.readouterr().out + rows._jdf.queryExecution().toString()

    session().conf.set(length, usual)
    assert "kafka" in shown
    assert secured.CANARY not in shown
    assert "PRIVATE KEY" not in shown


def test_java_knows_all_that_it_is_told(session: Session) -> None:
    known = session.gateway.jvm.org.apache.kafka.clients.consumer.ConsumerConfig.configNames()

    assert sorted((BOTH | SPARK) - set(known)) == []
