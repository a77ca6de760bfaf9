"""What the scheduler is given: which DAGs, when, in what order, with what help."""

import ast
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pendulum
import pytest

from gympulse.model.tables import BELOW, LAYERS

ROOT = Path(__file__).parents[2]
IDS = {"bronze", "silver", "gold"}


def test_these_dags_and_no_others(dags):
    """An empty folder would pass every other test here."""
    assert set(dags) == IDS


@pytest.mark.parametrize(
    ("dag_id", "order"),
    [
        pytest.param(
            "bronze",
            {
                "copy_registered_users": {"run_bronze", "check_copies"},
                "copy_gym_logins": {"run_bronze", "check_copies"},
                "run_bronze": set(),
                "check_copies": set(),
            },
            id="bronze copies side by side, then loads",
        ),
        pytest.param(
            "silver",
            {"wait_for_bronze": {"run_silver"}, "run_silver": set()},
            id="silver waits for bronze",
        ),
        pytest.param(
            "gold", {"wait_for_silver": {"run_gold"}, "run_gold": set()}, id="gold waits for silver"
        ),
    ],
)
def test_tasks_and_their_order(dags, dag_id, order):
    found = {task.task_id: set(task.downstream_task_ids) for task in dags[dag_id].tasks}

    assert found == order


def test_a_failed_copy_stops_no_job_yet_fails_the_run(dags):
    """The job runs whatever the copies did; the other end of the DAG needs both."""
    assert dags["bronze"].get_task("run_bronze").trigger_rule == "all_done"
    assert dags["bronze"].get_task("check_copies").trigger_rule == "all_success"


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_an_hour_is_run_when_it_is_over(dags, dag_id):
    """At 10:20 the last run due is that of 9 to 10, and the hours missed before are skipped."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    dag = dags[dag_id]
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    restriction = TimeRestriction(earliest=dag.start_date, latest=None, catchup=dag.catchup)
    with _clock_at("2025-06-01T10:20:00+00:00"):
        run = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)

    assert run.data_interval.start == datetime(2025, 6, 1, 9, tzinfo=UTC)
    assert run.data_interval.end == datetime(2025, 6, 1, 10, tzinfo=UTC)
    assert run.run_after == run.data_interval.end


def _clock_at(instant: str):
    return patch("airflow.timetables.interval.utcnow", lambda: pendulum.parse(instant))


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_one_run_at_a_time_and_none_of_the_past(dags, dag_id):
    assert dags[dag_id].max_active_runs == 1
    assert dags[dag_id].catchup is False
    assert dags[dag_id].start_date == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_the_runbook_tells_what_it_is_for_and_what_to_do(dags, dag_id):
    runbook = dags[dag_id].doc_md

    assert runbook.startswith(f"### {dag_id.capitalize()}: ")
    assert f"**If `run_{dag_id}` fails**" in runbook
    assert "**A backfill of this DAG in Airflow**" in runbook
    assert dags[dag_id].tags == {f"layer:{dag_id}"}


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_every_field_of_a_form_is_explained(dags, dag_id):
    fields = {name: dags[dag_id].params.get_param(name) for name in dags[dag_id].params}

    assert set(fields) == ({"note"} if dag_id == "bronze" else {"wait_for_layer_below", "note"})
    for field in fields.values():
        assert {"title", "type"} <= set(field.schema)
        assert field.schema.get("description") or field.description


@pytest.mark.parametrize("layer", LAYERS)
def test_a_job_takes_its_layers_pool_and_arguments(dags, layer):
    job = dags[layer].get_task(f"run_{layer}")
    kafka = ["--kafka-bootstrap-servers", "{{ var.value.gympulse_kafka_bootstrap_servers }}"]

    assert job.pool == layer
    assert job.application == str(ROOT / "spark_jobs" / f"{layer}.py")
    assert job.application_args == [
        "--lake",
        "{{ var.value.gympulse_lake }}",
        "--env",
        "{{ var.value.get('gympulse_env', 'dev') }}",
        "--time-zone",
        "{{ var.value.get('gympulse_time_zone', 'UTC') }}",
        *(kafka if layer == "bronze" else []),
    ]


@pytest.mark.parametrize("layer", LAYERS)
def test_tables_are_assets(dags, layer):
    """A job's outlets are its layer's tables; what it reads, the layer below makes."""
    job = dags[layer].get_task(f"run_{layer}")

    assert {asset.name for asset in job.outlets} == {table.name for table in LAYERS[layer]}
    below = {table.name for table in LAYERS.get(BELOW.get(layer), ())}
    assert {asset.name for asset in job.inlets} <= below
    assert bool(job.inlets) == (layer in BELOW)
    assert all(asset.uri.startswith(f"gympulse://lake/{layer}_db/") for asset in job.outlets)


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda path: path.name)
def test_no_dag_file_looks_at_the_clock(path):
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    names = {ast.unparse(call.func).rpartition(".")[2] for call in calls}

    assert names.isdisjoint({"now", "today", "utcnow", "days_ago", "time"})


PARSE = """
import runpy, sys
from airflow.sdk import Variable
import airflow.sdk.execution_time.context as task_context

def refuse(*args, **kwargs):
    raise AssertionError("a DAG file read a variable or a connection")

Variable.get = refuse
task_context._get_variable = task_context._get_connection = refuse
for path in sys.argv[1:]:
    runpy.run_path(path)
heavy = {"pyspark", "deltalake", "pyarrow", "pandas"} & set(sys.modules)
assert not heavy, f"parsing imports {sorted(heavy)}"
"""


def test_parsing_is_light_and_reads_nothing(tmp_path):
    """Airflow parses DAG files all day, on machines that may not even have Spark."""
    files = sorted(map(str, (ROOT / "dags").glob("*.py")))
    environment = {"AIRFLOW_HOME": str(tmp_path), "PATH": ""}

    done = subprocess.run(
        [sys.executable, "-c", PARSE, *files], env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr[-2000:]


def test_plugin_modules_are_not_loaded_twice():
    """Airflow would load each file of the plugins folder as a top-level module."""
    from airflow.plugins_manager import _get_plugins

    _get_plugins()

    assert {"jobs", "assets", "sensors", "triggers"}.isdisjoint(sys.modules)
