"""What the scheduler is given: which DAGs, when, in what order, with what help."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pendulum
import pytest
import yaml

from gympulse.model.tables import BELOW, LAYERS
from gympulse_airflow.defaults import HOURLY as HOURS
from gympulse_airflow.defaults import NIGHTLY as NIGHT

ROOT = Path(__file__).parents[2]
HOURLY = {"bronze", "silver", "gold"}
PLANNED_JOBS = ("backfill", "erasure", "gold_rebuild", "quarantine_review", "restore")
IDS = HOURLY | {*PLANNED_JOBS, "maintenance", "verify"}
# By itself: at what time of night.
NIGHTLY = {"maintenance": (2, 30), "verify": (3, 30)}
NINE = datetime(2025, 6, 1, 9, tzinfo=UTC)
# What backfills, rebuilds and reviews begin with, and where a dry run ends.
PLANNED = {
    "check_options": {"make_plan"},
    "make_plan": {"show_plan"},
    "show_plan": {"choose"},
    "end_dry_run": set(),
}


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
        *(
            pytest.param(
                job,
                PLANNED
                | {
                    "choose": {"end_dry_run", "wait_for_approval", f"run_{job}"},
                    "wait_for_approval": {f"run_{job}"},
                    f"run_{job}": set(),
                },
                id=f"{job} plans, may ask, then runs",
            )
            for job in PLANNED_JOBS
        ),
        pytest.param(
            "maintenance",
            {"check_options": {"run_maintenance"}, "run_maintenance": set()},
            id="the maintenance looks at its form first",
        ),
        pytest.param(
            "verify",
            {
                "check_options": {"run_verify"},
                "run_verify": {"show_result", "check_result"},
                "show_result": set(),
                "check_result": set(),
            },
            id="a verification shows its result",
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


def test_a_failed_verification_fails_its_run_though_its_result_is_shown(dags):
    """The other end of the DAG needs the job."""
    assert dags["verify"].get_task("show_result").trigger_rule == "all_done"
    assert dags["verify"].get_task("check_result").trigger_rule == "all_success"


@pytest.mark.parametrize("dag_id", sorted(HOURLY))
def test_an_hour_is_run_when_it_is_over(dags, dag_id):
    """At 10:20 the last run due is that of 9 to 10, and the hours missed before are skipped."""
    with _clock_at("2025-06-01T10:20:00+00:00"):
        run = _next_run(dags[dag_id])

    assert run.data_interval.start == NINE
    assert run.data_interval.end == NINE + timedelta(hours=1)
    assert run.run_after == run.data_interval.end


def test_the_bundles_hourly_job_has_the_hour_of_the_dags():
    """Quartz has seconds in front, and a question mark for one of the two kinds of days."""
    told = yaml.safe_load((ROOT / "resources" / "hourly.yml").read_text())

    assert told["resources"]["jobs"]["hourly"]["schedule"] == {
        "quartz_cron_expression": f"0 {HOURS.expression.removesuffix('*')}?",
        "timezone_id": str(HOURS.timezone),
        "pause_status": "${var.hourly}",
    }


@pytest.mark.parametrize("dag_id", NIGHTLY)
@pytest.mark.parametrize("hour", ["03:31", "10:20"])
def test_what_a_new_installation_does_by_night_waits_for_the_next(dags, dag_id, hour):
    with _clock_at(f"2025-06-01T{hour}:00+00:00"):
        due = datetime(2025, 6, 2, *NIGHTLY[dag_id], tzinfo=UTC)
        assert _next_run(dags[dag_id]).run_after == due


def test_the_bundles_maintenance_has_the_hour_of_the_dag():
    """It rests where Airflow has the nights."""
    told = yaml.safe_load((ROOT / "resources" / "operations.yml").read_text())

    assert told["resources"]["jobs"]["maintenance"]["schedule"] == {
        "quartz_cron_expression": f"0 {NIGHT.expression.removesuffix('*')}?",
        "timezone_id": str(NIGHT.timezone),
        "pause_status": "${var.hourly}",
    }


@pytest.mark.parametrize("dag_id", PLANNED_JOBS)
def test_what_changes_history_is_started_by_hand_alone(dags, dag_id):
    assert _next_run(dags[dag_id]) is None


def _next_run(dag):
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    restriction = TimeRestriction(earliest=dag.start_date, latest=None, catchup=dag.catchup)
    return timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)


@contextmanager
def _clock_at(instant: str):
    now = lambda: pendulum.parse(instant)  # noqa: E731
    with (
        patch("airflow.timetables.interval.utcnow", now),
        patch("airflow.timetables.trigger.utcnow", now),
    ):
        yield


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_one_run_at_a_time_and_none_of_the_past(dags, dag_id):
    assert dags[dag_id].max_active_runs == 1
    assert dags[dag_id].catchup is False
    # Without one, a new DAG's first run is the next that is due.
    since = None if dag_id in NIGHTLY else datetime(2025, 1, 1, tzinfo=UTC)
    assert dags[dag_id].start_date == since


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_the_runbook_tells_what_it_is_for_and_what_to_do(dags, dag_id):
    runbook = dags[dag_id].doc_md

    assert runbook.startswith(f"### {dag_id.replace('_', ' ').capitalize()}: ")
    assert f"**If `run_{dag_id}` fails**" in runbook


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_the_runbook_names_no_task_that_is_not_there(dags, dag_id):
    """A task that is renamed would leave its old name behind."""
    headings = re.findall(r"\*\*If (.*?)\*\*", dags[dag_id].doc_md)
    named = set(re.findall(r"`(\w+)`", " ".join(headings)))

    assert named <= set(dags[dag_id].task_ids)


@pytest.mark.parametrize("dag_id", sorted(HOURLY))
def test_an_hourly_runbook_tells_what_airflows_backfill_means(dags, dag_id):
    runbook = " ".join(dags[dag_id].doc_md.split())

    assert (
        "**A backfill of this DAG in Airflow** works, does no harm and brings nothing: every run "
        "takes all there is, whatever its hour. To load or correct history, start the DAG "
        "`backfill`."
    ) in runbook
    assert dags[dag_id].tags == {f"layer:{dag_id}"}


@pytest.mark.parametrize("dag_id", sorted(HOURLY))
def test_every_field_of_an_hourly_form_is_explained(dags, dag_id):
    fields = {name: dags[dag_id].params.get_param(name) for name in dags[dag_id].params}

    own = "accept_kafka_loss" if dag_id == "bronze" else "wait_for_layer_below"
    assert set(fields) == {"note", own}
    for field in fields.values():
        assert {"title", "type"} <= set(field.schema)
        assert field.schema.get("description") or field.description


@pytest.mark.parametrize("layer", LAYERS)
def test_a_job_takes_its_layers_pool_and_arguments(dags, layer):
    job = dags[layer].get_task(f"run_{layer}")
    kafka = ["--kafka-bootstrap-servers", "{{ var.value.gympulse_kafka_bootstrap_servers }}"]

    assert job.pool == layer
    assert job.job == layer
    assert (ROOT / "spark_jobs" / f"{layer}.py").exists()
    assert job.arguments == [
        "--lake",
        "{{ var.value.gympulse_lake }}",
        "--env",
        "{{ var.value.get('gympulse_env', 'dev') }}",
        "--time-zone",
        "{{ var.value.get('gympulse_time_zone', 'UTC') }}",
        "--airflow-run={{ dag_run.dag_id }}/{{ run_id }}",
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
