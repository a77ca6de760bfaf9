"""People are told once of what goes wrong, and may do what their role lets them."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest

from e2e.api import Api
from e2e.changes import changes
from e2e.killing import kill_task
from e2e.receiver import Receiver
from e2e.ui import log_in
from gympulse.local.settings import LocalSettings
from gympulse.model.tables import LAYERS
from gympulse.runbook import Section, more
from serving.browser import chromium, picture
from streams.runs import wait_until

# What forms do not go without.
REQUIRED = {"reason": "a test", "user_id": "1"}
KILLED = "its process ended without a word: it was killed"
# Beside what begins with these, nothing of Airflow's API that a viewer sends may have an effect.


def told_of(receiver: Receiver, kind: str, dag: str, run: str) -> dict[str, Any]:
    """Wait for the alert about a run, and give it."""

    def found() -> list[dict[str, Any]]:
        meant = (kind, dag, run)
        bodies = list(receiver.bodies)
        return [each for each in bodies if (each["kind"], each["dag"], each["run_id"]) == meant]

    wait_until(lambda: bool(found()), seconds=240)
    return found()[0]


def first_run(airflow: Api, dag: str) -> str:
    """The run that the scheduler has begun with."""
    wait_until(lambda: bool(airflow.runs(dag)))
    return airflow.runs(dag)[-1]["dag_run_id"]


@pytest.fixture(scope="module")
def runs(operated: LocalSettings) -> dict[str, str]:
    """The scheduler's first runs by their DAGs, and one that is killed, and killed in its retry."""
    with Api(operated) as airflow:
        wait_until(lambda: "gold_rebuild" in airflow.dags())
        killed = airflow.trigger("gold_rebuild", {"reason": "a test"})
        for _ in range(2):
            wait_until(lambda: kill_task(f"--airflow-run=gold_rebuild/{killed}"), seconds=240)
        return {dag: first_run(airflow, dag) for dag in LAYERS} | {"gold_rebuild": killed}


def test_a_run_that_was_killed_is_told(
    operated: LocalSettings, receiver: Receiver, runs: dict[str, str]
) -> None:
    """Not of its first try, which is tried again; the words are ours, for it had none."""
    alert = told_of(receiver, "failed", "gold_rebuild", runs["gold_rebuild"])

    assert alert["tasks"] == ["make_plan"]
    assert alert["what_happened"].startswith(f"make_plan: {KILLED}")
    assert alert["what_happened"].endswith(more(Section.SPARK))
    assert alert["what_to_do"].startswith("If `make_plan` or `show_plan` fails, nothing was chan")
    address = f"{operated.airflow_url}/dags/gold_rebuild/runs/{runs['gold_rebuild']}"
    assert unquote(alert["where_to_look"]) == address


def test_a_failed_rule_is_told(receiver: Receiver, runs: dict[str, str]) -> None:
    """By its name, in the job's own words."""
    alert = told_of(receiver, "failed", "silver", runs["silver"])

    assert alert["tasks"] == ["run_silver"]
    happened = alert["what_happened"]
    assert happened.startswith("run_silver: silver failed: ")
    assert "bad_heartrate" in happened
    assert happened.endswith(more(Section.UNEXPECTED))
    assert alert["what_to_do"].startswith("If `run_silver` fails, ")


def test_a_late_run_is_told(receiver: Receiver, runs: dict[str, str]) -> None:
    """Gold waits for silver, which has failed."""
    alert = told_of(receiver, "late", "gold", runs["gold"])

    assert alert["tasks"] == []
    assert alert["what_happened"].startswith("It was due 0.5 minutes ago, and is running.")
    assert alert["what_to_do"].startswith("If a run is late, see which task waits. ")


def test_a_viewer_can_change_nothing_by_the_api(
    operated: LocalSettings, runs: dict[str, str]
) -> None:
    """Nor trigger, backfill, release, erase or approve: nothing that Airflow's API has."""
    names = {"dag_id": "gold", "dag_run_id": runs["gold"], "task_id": "run_gold", "map_index": "-1"}
    with Api(operated, "operator") as operator, Api(operated, "viewer") as viewer:
        names["backfill_id"] = operator.backfill("gold", datetime(2026, 1, 1, tzinfo=UTC))
        names["file_token"] = operator.ask("/api/v2/dags/gold").json()["file_token"]
        described = viewer.ask("/openapi.json").json()
        answers = {
            (change.method, change.path): viewer.ask(
                change.address, change.method, change.body
            ).status_code
            for change in changes(described, names)
        }
        assert len(answers) > 50
        assert {change for change, code in answers.items() if code != 403} == set()


def test_a_viewer_can_start_no_dag_by_the_api(operated: LocalSettings) -> None:
    with Api(operated, "viewer") as viewer, Api(operated) as airflow:
        dags = sorted(airflow.dags())
        before = {dag: airflow.runs(dag) for dag in dags}
        told = {"logical_date": None, "conf": {"reason": "a test", "dry_run": False}}
        paths = [f"/api/v2/dags/{dag}/dagRuns" for dag in dags]
        assert {viewer.ask(path, "POST", told).status_code for path in paths} == {403}
        assert [len(airflow.runs(dag)) for dag in dags] == [len(before[dag]) for dag in dags]


def test_a_viewer_sees_all_there_is(operated: LocalSettings) -> None:
    with Api(operated, "viewer") as viewer:
        paths = ("/api/v2/dags", "/api/v2/dags/bronze/dagRuns", "/gympulse/dashboard/platform")
        assert {viewer.ask(path).status_code for path in paths} == {200}
        assert viewer.ask("/api/v2/connections").status_code == 403


def test_an_operator_starts_dags_and_changes_no_configuration(
    operated: LocalSettings, runs: dict[str, str]
) -> None:
    task = f"/api/v2/dags/gold/dagRuns/{runs['gold']}/taskInstances/run_gold/-1"
    yes = {"chosen_options": ["Approve"], "params_input": {}}
    with Api(operated, "operator") as operator:
        # A field that there is not: the run ends at once.
        assert operator.trigger("verify", {"misspelled": True})
        # May approve, where something is asked.
        assert operator.ask(f"{task}/hitlDetails", "PATCH", yes).status_code == 404
        refused = {
            ("POST", "/api/v2/variables"): {"key": "a", "value": "b"},
            ("POST", "/api/v2/connections"): {"connection_id": "a", "conn_type": "http"},
            ("PATCH", "/api/v2/pools/bronze"): {"slots": 9},
            ("GET", "/api/v2/connections"): None,
        }
        answers = {
            operator.ask(path, method, body).status_code for (method, path), body in refused.items()
        }
        assert answers == {403}


def test_a_viewer_can_start_no_dag_in_the_ui(operated: LocalSettings) -> None:
    """Airflow shows the buttons to everybody."""
    with Api(operated) as airflow, chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        log_in(page, operated, "viewer")
        for dag in ("bronze", "backfill", "quarantine_review", "erasure", "restore"):
            before = len(airflow.runs(dag))
            page.goto(f"{operated.airflow_url}/dags/{dag}")
            page.get_by_role("button", name="Trigger").first.click()
            page.get_by_text("Run Parameters").wait_for()
            for name, value in REQUIRED.items():
                for field in page.locator(f"[name=element_{name}]").all():
                    field.fill(value)
            page.get_by_role("button", name="Trigger").last.click()
            page.get_by_text("403 Forbidden").wait_for()
            assert len(airflow.runs(dag)) == before, dag
        picture(page, "viewer-refused")


def test_nobody_is_told_twice(receiver: Receiver, runs: dict[str, str]) -> None:
    """After all that went before."""
    told = Counter((each["kind"], each["dag"], each["run_id"]) for each in receiver.bodies)

    assert set(told.values()) == {1}
    kinds = {"gold_rebuild": "failed", "silver": "failed", "gold": "late"}
    assert {(kind, dag, runs[dag]) for dag, kind in kinds.items()} <= set(told)
    assert len({each["id"] for each in receiver.bodies}) == len(receiver.bodies)
