"""A try of a task never starts a second copy of a job that an earlier one has left behind."""

import json
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import TaskDeferred
from databricks.sdk.service.jobs import RunLifeCycleState, RunState

from gympulse_airflow import on_databricks
from gympulse_airflow.databricks_cluster import Cluster
from gympulse_airflow.on_databricks import OnDatabricks
from jobs_api import workspace as workspaces
from jobs_api.runs import JobRun
from jobs_api.workspace import Workspace

TOKEN = "token"
WHEEL = "/Volumes/main/gympulse.whl"
LAKE = ["--lake", "abfss://lake@account.dfs.core.windows.net"]


class Resting:
    """A cluster that is asked for, and never there."""

    def __init__(self, *_: object) -> None:
        self.log = self.process = None

    def wait(self, seconds: float | None) -> dict:
        """The tests say what becomes of the run."""
        return {"error": None}

    def end(self) -> None:
        """There is nothing to end."""


class Still(JobRun):
    """A run of which a test says how far it is."""

    def _follow(self) -> None:
        self.state = RunState(life_cycle_state=RunLifeCycleState.RUNNING)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A workspace whose runs go on until a test says otherwise."""
    monkeypatch.setattr(workspaces, "JobRun", Still)
    monkeypatch.setattr(on_databricks, "_POLL_SECONDS", 0.05)
    with Workspace(tmp_path, TOKEN, {}, {}).serving() as workspace:
        connection = {
            "conn_type": "databricks",
            "host": "127.0.0.1",
            "port": workspace.port,
            "schema": "http",
            "password": TOKEN,
        }
        monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS", json.dumps(connection))
        yield workspace


def start(number: int, **other) -> int:
    """Let a try of a task start its job; give the run that it then waits for."""
    told = {"dag_id": "gold", "task_id": "run_gold", "run_id": "hourly", "map_index": -1}
    ti = SimpleNamespace(**told | {"try_number": number, "id": f"0197-{number}"} | other)
    place = OnDatabricks(
        "databricks", Cluster(WHEEL), "gold", [*LAKE, f"--try={number}"], None, LAKE
    )
    with pytest.raises(TaskDeferred) as deferred:
        place.run({"ti": ti})
    assert deferred.value.trigger.run_id == place._run_id
    return place._run_id


def end(workspace: Workspace, run: int, state: str = "TERMINATED") -> None:
    """Let a run be at another point of its life."""
    workspace.runs[run].state = RunState(life_cycle_state=RunLifeCycleState(state))


def test_a_retry_waits_for_the_run_that_is_there(workspace):
    """Also where what the job is told has changed meanwhile."""
    first = start(1)

    assert start(2) == first
    assert start(3) == first
    assert list(workspace.runs) == [first]


def test_a_try_that_is_started_again_finds_its_own_run(workspace):
    """Ended or not: a worker that was lost had submitted it."""
    first = start(1)
    assert start(1) == first

    end(workspace, first)

    assert start(1) == first
    assert list(workspace.runs) == [first]


def test_after_a_run_that_has_ended_comes_another(workspace):
    first = start(1)
    end(workspace, first)
    second = start(2)
    end(workspace, second, "INTERNAL_ERROR")
    third = start(3)

    assert list(workspace.runs) == [first, second, third]
    assert start(4) == third
    assert list(workspace.runs) == [first, second, third]


def test_a_run_that_is_being_cancelled_is_waited_for(workspace, monkeypatch):
    first = start(1)
    end(workspace, first, "TERMINATING")
    looks = []

    def look(seconds: float) -> None:
        looks.append(seconds)
        assert list(workspace.runs) == [first]
        if len(looks) == 3:
            end(workspace, first)

    monkeypatch.setattr(on_databricks.time, "sleep", look)

    assert start(2) != first
    assert len(workspace.runs) == 2


def test_an_airflow_whose_database_was_lost_runs_its_hours_again(workspace):
    """Its first try is not that of old, which has ended."""
    first = start(1)
    end(workspace, first)

    assert start(1, id="0198-1") != first


@pytest.mark.parametrize(
    "other",
    [{"dag_id": "gold_2"}, {"task_id": "make_plan"}, {"run_id": "manual"}, {"map_index": 1}],
    ids=lambda other: next(iter(other)),
)
def test_other_tasks_have_runs_of_their_own(workspace, other):
    first = start(1)

    assert start(1, id="0199", **other) != first
    assert len(workspace.runs) == 2


def test_another_airflow_has_runs_of_its_own(workspace, monkeypatch):
    """Two may share a workspace, and their hours have the same names."""
    first = start(1)
    monkeypatch.setattr(f"{__name__}.LAKE", ["--lake", "abfss://other@account…"])

    assert start(1) != first
