"""What the DAGs share: their hours, their retries, who is told, the lake, their forms."""

from datetime import timedelta
from typing import Any

from airflow.sdk import CronDataIntervalTimetable, CronTriggerTimetable, Param
from airflow.sdk.configuration import conf

from gympulse_airflow import failures, lateness

# True intervals: the run of an hour knows the hour, and starts when it is over.
HOURLY = CronDataIntervalTimetable("0 * * * *", timezone="UTC")
# Without a start date a new installation, which has nothing to verify yet, waits for the night,
# and at no distance makes up for the one before it.
DAILY = CronTriggerTimetable("30 3 * * *", timezone="UTC", run_immediately=timedelta(0))
# An hour before, so that what is verified is what the maintenance has left.
NIGHTLY = CronTriggerTimetable("30 2 * * *", timezone="UTC", run_immediately=timedelta(0))

# Templates: a DAG file reads no variable when it is parsed.
LAKE = "{{ var.value.gympulse_lake }}"
ENV = "{{ var.value.get('gympulse_env', 'dev') }}"
TIME_ZONE = "{{ var.value.get('gympulse_time_zone', 'UTC') }}"
# Thresholds and actions as JSON; all jobs must be told the same.
RULES = "{{ var.value.get('gympulse_rules', '') }}"
# How long a transaction of the registration database may be open, where it does not tell;
# empty for the copies' own default.
COPY_OVERLAP_MINUTES = "{{ var.value.get('gympulse_copy_overlap_minutes', '') }}"
KAFKA_BOOTSTRAP_SERVERS = "{{ var.value.gympulse_kafka_bootstrap_servers }}"
# Names the connection that says where the jobs run: one of type spark, or databricks.
JOBS_CONNECTION = "{{ var.value.get('gympulse_jobs_connection', 'spark') }}"
# The wheel and the cluster on Databricks, as JSON; nothing in it is secret.
DATABRICKS = "{{ var.value.get('gympulse_databricks', '') }}"
# Stays the same when a task is cleared or retried; a run's id alone is its DAG's only.
AIRFLOW_RUN = "{{ dag_run.dag_id }}/{{ run_id }}"
OPERATION_ID = AIRFLOW_RUN
# A run that the schedule starts has nobody's name.
OPERATOR = "{{ dag_run.triggering_user_name or 'Airflow' }}"

DEFAULT_ARGS = {
    "owner": "gympulse",
    # A service that restarts is back within a minute; beyond that the next hour makes up.
    "retries": conf.getint("gympulse", "retries", fallback=2),
    "retry_delay": timedelta(seconds=conf.getfloat("gympulse", "retry_seconds", fallback=30)),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
    "on_failure_callback": failures.note,
}


def watched(dag_id: str, runbook: str) -> dict[str, Any]:
    """Give the arguments of a DAG by which people are told of runs that fail or are late.

    Args:
        dag_id: The DAG.
        runbook: Its docstring, which says what is to be done.
    """
    return {
        "on_failure_callback": failures.tell,
        "deadline": lateness.deadline(dag_id, runbook),
    }


def note() -> Param:
    """The form's field for a person to say why they start a run."""
    return Param(
        None,
        type=["null", "string"],
        maxLength=500,
        title="Note",
        description="Why you start this run, for whoever looks at it later. Nothing depends on it.",
    )


def wait_for_layer_below(layer: str) -> Param:
    """The form's field that lets a run go without waiting for the layer below."""
    return Param(
        True,
        type="boolean",
        title=f"Wait for {layer}",
        description=(
            f"On: wait until {layer} is complete through the last full hour. "
            f"Off: take what {layer} holds now. Either way nothing is lost: "
            "what comes later, the next run takes."
        ),
    )
