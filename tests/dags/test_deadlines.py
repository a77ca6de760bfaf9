"""Which runs are late, and that each is told of once."""

import asyncio
import json
from datetime import timedelta

import pytest
from airflow.sdk import AsyncCallback, DeadlineReference
from airflow.sdk.configuration import conf

from e2e.receiver import Receiver
from gympulse_airflow import lateness
from gympulse_airflow.lateness import LATE_AFTER_MINUTES, deadline

RUN = "scheduled__2025-06-01T09:00:00+00:00"


def test_these_dags_have_a_deadline(dags):
    """What people start by hand takes as long as it takes, waits for approval included."""
    assert {name: dag.deadline[0].interval for name, dag in dags.items() if dag.deadline} == {
        name: timedelta(minutes=minutes) for name, minutes in LATE_AFTER_MINUTES.items()
    }


def test_a_deadline_counts_from_when_a_run_is_due(dags):
    """Not from its hour: a run by hand or of a backfill would be late as it begins."""
    for dag_id in LATE_AFTER_MINUTES:
        [found] = dags[dag_id].deadline
        assert found.reference == DeadlineReference.DAGRUN_QUEUED_AT
        assert isinstance(found.callback, AsyncCallback)
        assert found.callback.path == "gympulse_airflow.lateness.tell"
        assert found.callback.kwargs["todo"].startswith("If a run is late, ")


def test_the_layers_are_late_one_after_the_other():
    """So that of several alerts the first names the cause."""
    minutes = [LATE_AFTER_MINUTES[layer] for layer in ("bronze", "silver", "gold")]

    assert minutes == sorted(set(minutes))


def test_airflows_settings_may_say_otherwise(monkeypatch):
    told = {"gold": 0.5, "backfill": 600}
    monkeypatch.setenv("AIRFLOW__GYMPULSE__LATE_AFTER_MINUTES", json.dumps(told))
    assert conf.getjson("gympulse", "late_after_minutes") == told

    assert deadline("gold", "").interval == timedelta(seconds=30)
    assert deadline("backfill", "").interval == timedelta(hours=10)
    assert deadline("silver", "").interval == timedelta(minutes=50)
    assert deadline("gold_rebuild", "") is None


@pytest.fixture
def receiver(monkeypatch):
    with Receiver().listening() as receiver:
        connection = {"conn_type": "http", "host": receiver.url}
        monkeypatch.setenv("AIRFLOW_CONN_GYMPULSE_ALERTS", json.dumps(connection))
        yield receiver


def tell(state: str, kind: str = "scheduled") -> None:
    """Miss a deadline, as the triggerer does."""
    run = {"dag_id": "gold", "dag_run_id": RUN, "state": state, "run_type": kind}
    asyncio.run(lateness.tell(minutes=60, todo="Mend silver.", context={"dag_run": run}))


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_late_run_is_told(receiver, state):
    tell(state)

    [body] = receiver.bodies
    assert (body["kind"], body["dag"], body["run_id"], body["tasks"]) == ("late", "gold", RUN, [])
    assert body["what_happened"] == (
        f"It was due 60 minutes ago, and is {state}.\n"
        "More in README.md, When something breaks: A run is late, or waits."
    )
    assert body["what_to_do"] == "Mend silver."
    assert body["text"].startswith(f"The run {RUN} of gold is late.\nIt was due 60 minutes ago")


def test_told_twice_it_has_one_id(receiver):
    """A triggerer that is lost between telling and saying so tells again."""
    tell("running")
    tell("running")

    assert len({body["id"] for body in receiver.bodies}) == 1


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        pytest.param("failed", "scheduled", id="its failure was told"),
        pytest.param("success", "scheduled", id="it is done"),
        pytest.param("queued", "backfill", id="all runs of a backfill are queued at once"),
    ],
)
def test_nobody_is_told_of(receiver, state, kind):
    tell(state, kind)

    assert receiver.bodies == []
