"""What tasks tell OpenLineage, by the provider's own ways of asking them."""

import json
import socket
import time
from copy import copy
from types import SimpleNamespace

import pytest
from airflow.models import Connection
from airflow.providers.openlineage.extractors import ExtractorManager, OperatorLineage
from airflow.providers.openlineage.plugins.adapter import OpenLineageAdapter
from airflow.providers.openlineage.utils.emission_policy import resolve_task_emission_policy
from airflow.sdk import BaseHook
from airflow.utils.state import TaskInstanceState
from openlineage.client import OpenLineageClient
from openlineage.client.serde import Serde

from gympulse.io.landing import Landed
from gympulse.local.lineage import openlineage
from gympulse.model.tables import HEART_RATE
from lineage_events import numbers
from made_ledger import NOON, commit, empty_lake, enter, entry

KAFKA = "bronze_db.kafka_multiplex"
PLANS = ("backfill", "gold_rebuild", "quarantine_review", "restore")
RECORD = SimpleNamespace(run_id="run", start_date=NOON)


def section(tmp_path, url: str = "") -> dict:
    """The section of Airflow's configuration."""
    return dict(openlineage(SimpleNamespace(logs=tmp_path, lineage_url=url)))


def told(task, state: TaskInstanceState = TaskInstanceState.SUCCESS) -> dict:
    """The event that is sent when a task ends, as it is sent."""
    instance = SimpleNamespace(task=task, get_template_context=lambda: {"dag_run": RECORD})
    manager = ExtractorManager()
    found = manager.extract_metadata(RECORD, task, state, instance)
    sent = []
    client = SimpleNamespace(transport=SimpleNamespace(kind="test"), emit=sent.append)
    adapter = OpenLineageAdapter(client=client)
    common = {"owners": [], "tags": [], "job_description": "", "nominal_start_time": None}
    adapter.complete_task(
        "01890000-0000-7000-8000-000000000000",
        "silver.run_silver",
        NOON.isoformat(),
        found,
        nominal_end_time=None,
        **common,
    )
    (event,) = sent
    return json.loads(Serde.to_json(event))


def rendered(dags, dag: str, task: str, lake, *words: str):
    """A task as it is when its templates are filled in."""
    found = copy(dags[dag].get_task(task))
    found.arguments = ["--lake", lake.root, "--env", "dev", "--time-zone", "UTC", *words]
    return found


def test_a_job_tells_the_tables_with_versions_and_rows(dags, tmp_path):
    lake = empty_lake(tmp_path)
    enter(lake, entry("heart_rate", (5, 2, 1, 1, 1), {KAFKA: 0}, {KAFKA: 3}, version=2))
    task = rendered(dags, "silver", "run_silver", lake, "--airflow-run=silver/scheduled__12")

    event = told(task)

    assert numbers(event["inputs"]) == {"managed-dev/bronze_db/kafka_multiplex": ("2", 5)}
    assert numbers(event["outputs"]) == {
        "managed-dev/ops_db/quarantine": ("0", 1),
        "managed-dev/silver_db/heart_rate": ("2", 3),
    }
    (heart_rate,) = (each for each in event["outputs"] if each["name"].endswith("heart_rate"))
    assert (heart_rate["namespace"], heart_rate["name"]) == ("file", lake.path(HEART_RATE))
    facets = heart_rate["facets"]
    assert [each["name"] for each in facets["schema"]["fields"]] == list(HEART_RATE.columns)
    assert facets["schema"]["fields"][2]["type"] == "double"
    assert facets["schema"]["fields"][2]["description"] == "Heart rate at that instant."
    assert facets["documentation"]["description"] == f"One row is {HEART_RATE.grain}."
    assert [each["name"] for each in facets["symlinks"]["identifiers"]] == [HEART_RATE.name]


def test_a_job_that_failed_tells_what_it_had_done(dags, tmp_path):
    lake = empty_lake(tmp_path)
    enter(lake, entry("gym_logins", (7, 7, 0, 0, 0), airflow_run="bronze/manual"))
    words = ("--airflow-run=bronze/manual", "--kafka-bootstrap-servers", "kafka:9092")
    task = rendered(dags, "bronze", "run_bronze", lake, *words)

    event = told(task, TaskInstanceState.FAILED)

    assert numbers(event["inputs"]) == {"unmanaged-dev/data_zone/gym_logins": (None, 7)}
    assert numbers(event["outputs"]) == {"managed-dev/bronze_db/gym_logins": ("1", 7)}


def test_a_topic_has_the_address_of_kafka(dags, tmp_path):
    lake, at = empty_lake(tmp_path), {"bpm": {"0": 2}}
    enter(lake, entry("kafka_multiplex", (2, 2, 0, 0, 0), {"bpm": {"0": 0}}, at, airflow_run="b/m"))
    servers = ("--kafka-bootstrap-servers", "one:9092,two:9092")
    task = rendered(dags, "bronze", "run_bronze", lake, "--airflow-run=b/m", *servers)

    (bpm,) = told(task)["inputs"]

    assert (bpm["namespace"], bpm["name"]) == ("kafka://one:9092", "bpm")
    assert bpm["facets"]["version"]["datasetVersion"] == '{"0": 2}'


def test_an_operation_tells_what_its_streams_have_done_too(dags, tmp_path):
    lake = empty_lake(tmp_path)
    commit(lake, HEART_RATE.name, numOutputRows=1)
    enter(lake, entry("heart_rate", (1, 1, 0, 0, 0), {KAFKA: 0}, {KAFKA: 1}, airflow_run="b/m"))
    words = ("--airflow-run=b/m", "--operation-id=b/m", "--by=somebody")

    event = told(rendered(dags, "backfill", "run_backfill", lake, *words))

    assert numbers(event["outputs"]) == {"managed-dev/silver_db/heart_rate": ("1", 1)}


@pytest.mark.parametrize(
    ("type_", "port", "namespace", "name"),
    [
        ("postgres", 5433, "postgres://db:5433", "registration.public.gym_logins"),
        ("postgres", None, "postgres://db:5432", "registration.public.gym_logins"),
        ("mssql", None, "sqlserver://db:1433", "registration.dbo.gym_logins"),
        ("sqlite", None, "sqlite://db", "registration.gym_logins"),
    ],
)
def test_a_copy_tells_the_databases_table(
    dags, tmp_path, monkeypatch, type_, port, namespace, name
):
    secret = {"login": "reader", "password": "hidden", "extra": '{"sslkey": "hidden"}'}
    place = {"host": "db", "port": port, "schema": "registration"}
    connection = Connection(conn_id="c", conn_type=type_, **place, **secret)
    monkeypatch.setattr(BaseHook, "get_connection", lambda _: connection)
    task = copy(dags["bronze"].get_task("copy_gym_logins"))
    task.lake, task.env, task._landed = str(tmp_path), "dev", Landed(3, 1)

    event = told(task)

    ((source,), (landed,)) = event["inputs"], event["outputs"]
    assert (source["namespace"], source["name"]) == (namespace, name)
    assert source["inputFacets"]["inputStatistics"]["rowCount"] == 3
    assert landed["name"] == f"{tmp_path}/sbit-unmanaged-dev/data_zone/gym_logins"
    written = landed["outputFacets"]["outputStatistics"]
    assert (written["rowCount"], written["fileCount"]) == (3, 1)
    assert "hidden" not in json.dumps(event)
    assert "reader" not in json.dumps(event)


def test_tasks_that_touch_data_tell_it_and_no_others(dags, tmp_path, monkeypatch):
    policy = section(tmp_path)["emission_policy"]
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__EMISSION_POLICY", policy)

    telling = {
        f"{dag.dag_id}.{task.task_id}"
        for dag in dags.values()
        for task in dag.tasks
        if resolve_task_emission_policy(task, dag.dag_id, task.task_id).emit
    }

    assert telling == {
        "bronze.copy_gym_logins",
        "bronze.copy_registered_users",
        *(f"{layer}.run_{layer}" for layer in ("bronze", "silver", "gold")),
        *(f"{dag}.{task}" for dag in PLANS for task in ("make_plan", f"run_{dag}")),
        "verify.run_verify",
    }


def test_a_collector_that_hangs_or_is_away_is_not_waited_for(tmp_path):
    """Nobody answers at the first address, and nobody is there at the second."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        urls = [f"http://127.0.0.1:{port}" for port in (silent.getsockname()[1], 1)]
        for url in urls:
            transport = json.loads(section(tmp_path, url)["transport"])
            adapter = OpenLineageAdapter(client=OpenLineageClient(config={"transport": transport}))
            began = time.monotonic()
            adapter.start_task(
                *("01890000-0000-7000-8000-000000000000", "j", NOON.isoformat(), "", None, None),
                *([], [], OperatorLineage()),
            )
            assert time.monotonic() - began < 5


def test_events_go_to_a_file_where_no_collector_is_named(tmp_path):
    transport = json.loads(section(tmp_path)["transport"])
    adapter = OpenLineageAdapter(client=OpenLineageClient(config={"transport": transport}))
    for job in ("one", "two"):
        adapter.start_task(
            *("01890000-0000-7000-8000-000000000000", job, NOON.isoformat(), "", None, None),
            *([], [], OperatorLineage()),
        )

    lines = (tmp_path / "lineage.jsonl").read_text().splitlines()
    assert [json.loads(line)["job"]["name"] for line in lines] == ["one", "two"]
