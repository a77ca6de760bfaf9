"""What an alert says, and how it gets to those who are to know."""

import json
import logging

import pytest

from e2e.receiver import Receiver
from gympulse_airflow import alerts
from gympulse_airflow.alerts import Alert, send
from gympulse_airflow.run_address import run_address

RUN = "scheduled__2025-06-01T09:00:00+00:00"
ALERT = Alert(
    kind="failed",
    dag="silver",
    run_id=RUN,
    tasks=("run_silver",),
    happened="run_silver: silver failed: A band sent tenths.",
    todo="Mend the band.",
    occasion="0197",
)
TEXT = (
    f"The run {RUN} of silver failed.\n"
    "run_silver: silver failed: A band sent tenths.\n"
    "What to do: Mend the band.\n"
    "Look at: http://localhost:8080/dags/silver/runs/scheduled__2025-06-01T09%3A00%3A00%2B00%3A00"
)


@pytest.fixture
def receiver(monkeypatch):
    """Who is told, and Airflow's connection to them."""
    monkeypatch.setattr(alerts, "_LONGEST_WAIT_SECONDS", 0)
    with Receiver().listening() as receiver:
        connect(monkeypatch, host=receiver.url)
        yield receiver


def connect(monkeypatch, **told):
    """Give Airflow the connection."""
    connection = {"conn_type": "http"} | told
    monkeypatch.setenv("AIRFLOW_CONN_GYMPULSE_ALERTS", json.dumps(connection))


def test_an_alert_says_what_happened_what_to_do_and_where_to_look(receiver):
    send(ALERT)

    [body] = receiver.bodies
    assert body == {
        "text": TEXT,
        "id": ALERT.id,
        "kind": "failed",
        "dag": "silver",
        "run_id": RUN,
        "tasks": ["run_silver"],
        "what_happened": "run_silver: silver failed: A band sent tenths.",
        "what_to_do": "Mend the band.",
        "where_to_look": run_address("silver", RUN),
    }


def test_equal_alerts_have_equal_ids():
    """So that a receiver can drop what reaches it twice; another try is another alert."""
    again = Alert("failed", "silver", RUN, (), "other words", "", "0197")
    others = [
        Alert("late", "silver", RUN, (), "", "", "0197"),
        Alert("failed", "gold", RUN, (), "", "", "0197"),
        Alert("failed", "silver", "manual__1", (), "", "", "0197"),
        Alert("failed", "silver", RUN, (), "", "", "0198"),
    ]

    assert again.id == ALERT.id
    assert len({ALERT.id, *(other.id for other in others)}) == 5


@pytest.mark.parametrize(
    ("told", "sent"),
    [
        pytest.param(
            {"extra": {"path": "/hooks/T1", "headers": {"X-Team": "gyms"}}},
            {"path": "/hooks/T1", "X-Team": "gyms"},
            id="a path and headers",
        ),
        pytest.param({"password": "key"}, {"Authorization": "Bearer key"}, id="a token"),
        pytest.param(
            {"login": "gym", "password": "key"},
            {"Authorization": "Basic Z3ltOmtleQ=="},
            id="a user",
        ),
    ],
)
def test_the_connection_says_how_it_is_let_in(receiver, monkeypatch, told, sent):
    told |= {"extra": json.dumps(told.get("extra", {}))}
    scheme, _, rest = receiver.url.partition("://")
    host, _, port = rest.partition(":")
    connect(monkeypatch, schema=scheme, host=host, port=int(port), **told)

    send(ALERT)

    [headers] = receiver.headers
    assert sent.items() <= headers.items()


@pytest.mark.parametrize("refusals", [[], [404]], ids=["delivered", "refused"])
def test_the_address_is_in_no_log(receiver, monkeypatch, caplog, refusals):
    """An incoming webhook's is all that guards it."""
    caplog.set_level(logging.DEBUG)
    receiver.refusals = refusals
    connect(monkeypatch, host=receiver.url, extra=json.dumps({"path": "/hooks/canary"}))

    send(ALERT)

    assert ALERT.id in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_receiver_that_is_busy_is_asked_again(receiver, status):
    receiver.refusals = [status, status]

    send(ALERT)

    assert [body["id"] for body in receiver.bodies] == [ALERT.id]


@pytest.mark.parametrize(
    ("refusals", "host", "reason"),
    [
        pytest.param([404], None, "it answers 404", id="refused"),
        pytest.param([500, 500, 500], None, "it answers 500", id="refused again and again"),
        pytest.param([], "http://127.0.0.1:1", "ConnectError", id="nobody there"),
        pytest.param([], "http://hooks:port", "InvalidURL", id="no address"),
    ],
)
def test_an_alert_that_cannot_be_delivered_is_a_sentence_in_the_log(
    receiver, monkeypatch, caplog, refusals, host, reason
):
    receiver.refusals = refusals
    if host:
        connect(monkeypatch, host=host)

    send(ALERT)

    [said] = [record.getMessage() for record in caplog.records if record.name == alerts.__name__]
    assert said == (
        f"The alert {ALERT.id} could not be delivered by the connection gympulse_alerts "
        f"({reason}). The run is not concerned. Correct the connection; what it would have told:"
        f"\n{TEXT}"
    )
    assert receiver.bodies == []


def test_without_a_connection_the_log_has_it_once(caplog):
    send(ALERT)

    [said] = [record.getMessage() for record in caplog.records if record.name == alerts.__name__]
    assert said == (
        f"Nobody is told, for there is no connection gympulse_alerts of type http:\n{TEXT}"
    )
