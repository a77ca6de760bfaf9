"""People are told once of what goes wrong, and may do what their role lets them."""

import re
from collections import Counter
from typing import Any

import pytest

from e2e.api import Api
from e2e.killing import kill_task
from e2e.receiver import Receiver
from e2e.ui import log_in
from gympulse.local.settings import LocalSettings
from serving.browser import chromium, picture
from streams.runs import wait_until

KILLED = "its process ended without a word: it was killed"
# Beside what begins with these, nothing of Airflow's API that a viewer sends may have an effect.
READS = (
    # Filters that are too long for an address.
    ("POST", "/api/v2/dags/~/dagRuns/list"),
    ("POST", "/api/v2/dags/~/dagRuns/~/taskInstances/list"),
)


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
    """The scheduler's first runs by their DAGs, and one of bronze that is killed as it retries."""
    with Api(operated) as airflow:
        found = {dag: first_run(airflow, dag) for dag in ("bronze", "silver", "gold")}
        # It comes after the scheduled one.
        killed = airflow.trigger("bronze")
        for _ in range(2):
            wait_until(lambda: kill_task(f"--airflow-run=bronze/{killed}"), seconds=240)
        return found | {"killed": killed}


def test_a_run_that_was_killed_is_told(
    operated: LocalSettings, receiver: Receiver, runs: dict[str, str]
) -> None:
    """Not of its first try, which is tried again; the words are ours, for it had none."""
    alert = told_of(receiver, "failed", "bronze", runs["killed"])

    assert alert["tasks"] == ["run_bronze"]
    assert alert["what_happened"].startswith(f"run_bronze: {KILLED}")
    assert alert["what_happened"].endswith("When something breaks: Spark stops, or a cluster does.")
    assert alert["what_to_do"].startswith("If `run_bronze` fails, the last lines of its log say")
    address = f"{operated.airflow_url}/dags/bronze/runs/{runs['killed']}"
    assert alert["where_to_look"].replace("%3A", ":").replace("%2B", "+") == address


def test_a_failed_rule_is_told(receiver: Receiver, runs: dict[str, str]) -> None:
    """By its name, in the job's own words."""
    alert = told_of(receiver, "failed", "silver", runs["silver"])

    assert alert["tasks"] == ["run_silver"]
    happened = alert["what_happened"]
    assert happened.startswith("run_silver: silver failed: ")
    assert "bad_heartrate" in happened
    assert happened.endswith("When something breaks: Rows are set aside, or not as expected.")
    assert alert["what_to_do"].startswith("If `run_silver` fails, ")


def test_a_late_run_is_told(receiver: Receiver, runs: dict[str, str]) -> None:
    """Gold waits for silver, which has failed."""
    alert = told_of(receiver, "late", "gold", runs["gold"])

    assert alert["tasks"] == []
    assert alert["what_happened"].startswith("It was due 0.5 minutes ago, and is running.")
    assert alert["what_to_do"].startswith("If a run is late, see which task waits. ")


def test_a_viewer_can_change_nothing_by_the_api(operated: LocalSettings) -> None:
    """Nor trigger, backfill, release, erase or approve: nothing that Airflow's API has."""
    with Api(operated, "viewer") as viewer:
        described = viewer.ask("/openapi.json").json()["paths"]
        asked = {
            (method.upper(), path): viewer.ask(_filled(path), method.upper(), {}).status_code
            for path, methods in described.items()
            for method in set(methods) - {"get", "head", "parameters"}
            if path.startswith(("/api/", "/ui/"))
        }
        assert len(asked) > 40
        assert {each: code for each, code in asked.items() if code not in (401, 403)} == {}


def _filled(path: str) -> str:
    """An address of the API with names of what there is."""
    named = {"dag_id": "bronze", "task_id": "run_bronze", "map_index": "-1"}
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: named.get(found[1], "1"), path)


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


def test_an_operator_starts_dags_and_changes_no_configuration(operated: LocalSettings) -> None:
    with Api(operated, "operator") as operator:
        told = {"reason": "a test", "from_date": "2025-01-02", "to_date": "2025-01-01"}
        assert operator.trigger("verify", told | {"from_date": None})
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
    with Api(operated) as airflow, chromium() as browser:
        before = len(airflow.runs("bronze"))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        log_in(page, operated, "viewer")
        page.goto(f"{operated.airflow_url}/dags/bronze")
        page.get_by_role("button", name="Trigger").first.click()
        picture(page, "viewer-trigger")
        page.get_by_role("button", name="Trigger").last.click()
        page.wait_for_timeout(2000)
        picture(page, "viewer-refused")
        assert len(airflow.runs("bronze")) == before


def test_nobody_is_told_twice(receiver: Receiver, runs: dict[str, str]) -> None:
    """After all that went before."""
    told = Counter((each["kind"], each["dag"], each["run_id"]) for each in receiver.bodies)

    assert set(told.values()) == {1}
    ours = [("failed", "bronze", runs["killed"]), ("failed", "silver", runs["silver"])]
    assert {*ours, ("late", "gold", runs["gold"])} <= set(told)
    assert len({each["id"] for each in receiver.bodies}) == len(receiver.bodies)
