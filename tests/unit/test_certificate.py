"""A certificate says what was removed before it was, and what remains where."""

import json
from datetime import UTC, datetime

import pytest

from gympulse.io import erasures, kafka, schema
from gympulse.kafka_settings import Kafka
from gympulse.lake import Lake
from gympulse.model.tables import OPS
from gympulse.operations import certificate
from gympulse.operations.arguments import Request
from gympulse.operations.erasure_scan import Found
from gympulse.settings import Settings

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def asked(tmp_path):
    """Give an erasure's request, with a broker or without one."""
    lake = Lake(str(tmp_path))
    schema.create(lake, OPS)
    values = {"reason": "request 7", "user_id": "12474"}

    def ask(servers: str | None = None, name: str = "one") -> Request:
        settings = Settings(lake, kafka=Kafka(servers) if servers else None)
        return Request("erasure", name, settings, values, "Ann")

    return ask


def test_what_was_counted_first_stays(asked):
    """The second run of an erasure that was killed finds less, or what came meanwhile."""
    assert certificate.begin(asked(), AT, {"users": 2, "workouts": 5}) == {
        "users": 2,
        "workouts": 5,
    }
    certificate.rewritten(asked(), 3)
    assert certificate.begin(asked(), AT, {"workouts": 7, "gym_logs": 1}) == {
        "users": 2,
        "workouts": 7,
        "gym_logs": 1,
    }
    certificate.rewritten(asked(), 1)
    row = certificate.issue(asked(), AT, Found(files=9, bytes=900))
    assert (row["files_rewritten"], row["outcome"]) == (4, "done")


def test_it_is_a_row_of_its_own(asked):
    for name in ("one", "two"):
        certificate.begin(asked(name=name), AT, {"users": 1})
    row = certificate.issue(asked(), AT, Found(files=9, bytes=900))

    kept = erasures.certificate(asked().settings.lake, "one")
    assert kept == row | {"erased_at": kept["erased_at"], "finished_at": kept["finished_at"]}
    assert kept["erased_at"] == AT
    assert erasures.certificate(asked().settings.lake, "two")["outcome"] == "begun"
    assert "12474" not in json.dumps(kept, default=str)


def test_a_file_that_names_the_member_is_no_erasure(asked):
    certificate.begin(asked(), AT, {})
    row = certificate.issue(asked(), AT, Found(files=2, bytes=20, paths=["/lake/a"]))

    assert (row["outcome"], row["mentions_found"]) == ("not done", 1)


def test_what_remains_is_said_place_by_place(asked, monkeypatch):
    kept = {"bpm": {"cleanup.policy": "delete", "retention.bytes": "-1", "retention.ms": "60000"}}
    monkeypatch.setattr(kafka, "retention", lambda _: kept)
    certificate.begin(asked(), AT, {"users": 1})
    row = certificate.issue(asked("broker:9092"), AT, Found(unread=["/lake/a.zst"]))

    remains = json.loads(row["remains"])
    assert remains["kafka"] == kept
    assert remains["not read"] == ["/lake/a.zst"]
    assert set(remains) == {"kafka", "registration database", "airflow", "elsewhere", "not read"}
    told = certificate.told(row)
    assert "users: 1 rows removed" in told
    assert "'retention.ms': '60000'" in told


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        pytest.param(None, "Not asked: no --kafka-bootstrap-servers", id="no broker is named"),
        pytest.param("127.0.0.1:1", "Not known, since it could not be asked: Kafka", id="away"),
    ],
)
def test_a_broker_that_is_not_asked_is_said_to_be(asked, monkeypatch, servers, said):
    monkeypatch.setattr(kafka, "_TIMEOUT_SECONDS", 0.4)
    monkeypatch.setattr(kafka, "_PATIENCE_SECONDS", 0.2)
    certificate.begin(asked(), AT, {})
    row = certificate.issue(asked(servers), AT, Found())

    assert json.loads(row["remains"])["kafka"].startswith(said)
