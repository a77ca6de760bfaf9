"""Jobs on Databricks, by the DAGs' own tasks: a stand-in of its API really runs the wheel."""

import asyncio
import copy
import json
import logging
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import aclosing, suppress
from datetime import timedelta
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace

import psutil
import pytest
from airflow.sdk.exceptions import AirflowException, TaskDeferred
from confluent_kafka.admin import NewTopic

from gympulse.lake import Lake
from gympulse.local.platform import kafka_broker
from gympulse.model.bronze import TOPICS
from gympulse.runtime import SECRETS
from gympulse_airflow import on_databricks
from jobs_api.workspace import Workspace
from streams.checking import assert_equals_oracle, assert_ledger_balances, placed
from streams.runs import PARTITIONS, Broker, Runner, broker_at, wait_until

ROOT = Path(__file__).parents[2]
RUN = "scheduled__2025-06-01T09:00:00+00:00"
WHEEL = "/Workspace/Shared/gympulse/prod/artifacts/.internal/gympulse.whl"
TOKEN, CANARY = "token-canary", "secret-canary"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The jobs' wheel, as ``make wheel`` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(["make", "-C", ROOT, "wheel", f"WHEELS={folder}"], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture
def workspace(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace, and an Airflow that is told to run its jobs there."""
    monkeypatch.setattr(on_databricks, "_POLL_SECONDS", 0.5)
    folder = tmp_path / "clusters"
    folder.mkdir()
    secrets = {("gympulse", key): f"{CANARY}-{key}" for key in SECRETS.values()}
    with Workspace(folder, TOKEN, {WHEEL: wheel}, secrets).serving() as workspace:
        connection = {
            "conn_type": "databricks",
            "host": "127.0.0.1",
            "port": workspace.port,
            "schema": "http",
            "password": TOKEN,
        }
        monkeypatch.setenv("AIRFLOW_CONN_AZURE_DATABRICKS", json.dumps(connection))
        yield workspace


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real broker with empty topics."""
    with kafka_broker(tmp_path_factory.mktemp("kafka")) as servers:
        broker = broker_at(servers)
        broker.empty([NewTopic(name, PARTITIONS, 1) for name in TOPICS])
        yield broker


class Try:
    """One try of a task of one of the DAGs, on a lake."""

    def __init__(self, task, lake: Path, number: int = 1, **variables: str) -> None:
        # The suite's DAGs stay as they are.
        self.task = copy.copy(task)
        ti = SimpleNamespace(
            id=uuid.uuid4(),
            dag_id=task.dag_id,
            task_id=task.task_id,
            run_id=RUN,
            map_index=-1,
            try_number=number,
        )
        told = {
            "gympulse_lake": str(lake),
            "gympulse_jobs_connection": "azure_databricks",
            "gympulse_databricks": json.dumps({"wheel": WHEEL}),
        }
        self.context = {
            "ti": ti,
            "run_id": RUN,
            "params": {"accept_kafka_loss": None},
            "dag_run": SimpleNamespace(dag_id=task.dag_id, triggering_user_name=None),
            "var": {"value": told | variables},
        }
        self.task.render_template_fields(self.context)

    def start(self):
        """Execute, until the task is deferred; give what waits for the run."""
        with pytest.raises(TaskDeferred) as deferred:
            self.task.execute(self.context)
        assert deferred.value.method_name == "execute_complete"
        # The triggerer makes its own of what is kept in the database.
        path, kwargs = deferred.value.trigger.serialize()
        return resolve_name(path)(**json.loads(json.dumps(kwargs)))

    def finish(self, trigger) -> None:
        """Wait as the triggerer does, and resume in a worker that knows nothing of the first."""

        async def wait():
            async with aclosing(trigger.run()) as events:
                return await anext(events)

        event = asyncio.run(wait())
        page = self.page()
        self.task = copy.copy(self.task)
        self.task._place = None
        try:
            self.task.execute_complete(self.context, json.loads(json.dumps(event.payload)))
        finally:
            assert self.page() == page

    def page(self) -> str:
        """Where the UI links to."""
        [link] = self.task.operator_extra_links
        return link.get_link(self.task, ti_key=None)


def test_the_hourly_chain_runs_the_wheel(dags, workspace, broker, tmp_path, caplog, capsys):
    """Deferred, submitted once a try, tried again after a failure, and right in every row."""
    caplog.set_level(logging.DEBUG)
    lake = tmp_path / "lake"
    runner, batches = Runner(Lake(str(lake)), broker, session=None), placed(7, happened=12)
    for batch in batches:
        runner.receive(batch)
    kafka = {"gympulse_kafka_bootstrap_servers": broker.servers}
    task = {layer: dags[layer].get_task(f"run_{layer}") for layer in ("bronze", "silver", "gold")}

    bronze = Try(task["bronze"], lake, **kafka)
    trigger = bronze.start()
    # A worker that was lost after submitting: the same try again.
    assert bronze.start().run_id == trigger.run_id
    assert list(workspace.runs) == [trigger.run_id]
    assert bronze.page() == workspace.runs[trigger.run_id].page
    bronze.finish(trigger)

    wrong = Try(task["silver"], lake, gympulse_rules='{"min_heartrate": 300}')
    with pytest.raises(AirflowException) as failure:
        wrong.finish(wrong.start())
    assert str(failure.value) == (
        "silver failed: --min-heartrate is 300.0 and --max-heartrate is 250.0; "
        "0 <= min <= max is needed.\n"
        "More in README.md, When something breaks: A setting or a form is refused."
    )
    for again in (Try(task["silver"], lake, number=2), Try(task["gold"], lake)):
        again.finish(again.start())

    assert_equals_oracle(runner, batches)
    assert_ledger_balances(runner.lake)
    runs = list(workspace.runs.values())
    assert len({run.request["idempotency_token"] for run in runs}) == len(runs) == 4
    for run in runs:
        if not run.result["error"]:
            assert Path(run.result["package"]).is_relative_to(tmp_path / "clusters")
    _assert_told_nowhere(workspace, caplog.text + capsys.readouterr().out)


def _assert_told_nowhere(workspace: Workspace, logged: str) -> None:
    """The clusters have the secrets; requests, command lines and logs have none."""
    for run in workspace.runs.values():
        env = run.cluster.environment
        assert env["AZURE_CLIENT_SECRET"] == f"{CANARY}-azure-client-secret"
        # Only what the variable names.
        assert "GYMPULSE_KAFKA_OPTIONS" not in env
        for said in (json.dumps(run.request), run.cluster.process.args, run.output().logs):
            assert CANARY not in str(said)
    assert CANARY not in logged
    assert TOKEN not in logged


@pytest.mark.long
def test_a_run_that_takes_too_long_is_ended(dags, workspace, tmp_path):
    late = Try(dags["gold"].get_task("run_gold"), tmp_path / "lake")
    late.task.execution_timeout = timedelta(seconds=1)

    with pytest.raises(AirflowException) as failure:
        late.finish(late.start())

    assert str(failure.value) == (
        "The run of gold on Databricks ended as TIMEDOUT without a word of the job. "
        "Databricks says: Run timed out\n"
        "More in README.md, When something breaks: Spark stops, or a cluster does."
    )
    _assert_ended(workspace)


@pytest.mark.long
@pytest.mark.parametrize("by", ["the worker", "the triggerer"])
def test_a_task_that_is_stopped_cancels_its_run(dags, workspace, tmp_path, by):
    stopped = Try(dags["gold"].get_task("run_gold"), tmp_path / "lake")
    trigger = stopped.start()
    wait_until(lambda: workspace.runs[trigger.run_id].cluster is not None)

    if by == "the worker":
        stopped.task.on_kill()
    else:
        asyncio.run(trigger.on_kill())

    with pytest.raises(AirflowException, match="ended as CANCELED"):
        stopped.finish(trigger)
    _assert_ended(workspace)


def _assert_ended(workspace: Workspace) -> None:
    [run] = workspace.runs.values()
    run.joined()
    wait_until(lambda: not _living(run.cluster.process.pid))


def _living(group: int) -> list[int]:
    """The processes of a group that have not ended."""
    found = []
    for process in psutil.process_iter(["status"]):
        with suppress(ProcessLookupError):
            is_over = process.info["status"] == psutil.STATUS_ZOMBIE
            if not is_over and os.getpgid(process.pid) == group:
                found.append(process.pid)
    return found


def test_a_run_that_cannot_start_says_why(dags, workspace, tmp_path):
    away = json.dumps({"wheel": "/Workspace/away.whl"})
    lost = Try(dags["gold"].get_task("run_gold"), tmp_path / "lake", gympulse_databricks=away)

    with pytest.raises(AirflowException, match="Library installation failed: /Workspace/away.whl"):
        lost.finish(lost.start())


def test_a_token_that_is_wrong_is_refused(dags, workspace, tmp_path, monkeypatch):
    told = json.loads(os.environ["AIRFLOW_CONN_AZURE_DATABRICKS"]) | {"password": "wrong"}
    monkeypatch.setenv("AIRFLOW_CONN_AZURE_DATABRICKS", json.dumps(told))
    stranger = Try(dags["gold"].get_task("run_gold"), tmp_path / "lake")

    with pytest.raises(AirflowException, match="Invalid access token"):
        stranger.task.execute(stranger.context)

    assert workspace.runs == {}
