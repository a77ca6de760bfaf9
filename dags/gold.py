"""### Gold: the tables that analysts read

Every hour, `wait_for_silver` waits, without holding a worker, until silver is complete
through the end of this run's hour. The job then recomputes the rows of those
workouts, days and hours that have changed, however old.

**If `wait_for_silver` fails**, silver has not come that far in two hours: mend the DAG
`silver`, or `bronze` below it, first. The next run here makes up for the hours that went
without; until then analysts read the last rows, whole.

**If `run_gold` fails**, the last lines of its log say why. Clear it: the job resumes from
its checkpoints and merges by key, so nothing is lost or doubled. Two copies do no harm:
the second finds the layer held by the first, and waits for it.

**If a run is late**, see which task waits. If it is `wait_for_silver`, mend `silver`, or `bronze`
below it, and this run goes on by itself. If `run_gold` runs and its log says nothing any more,
clear it: its job is ended first, and resumes.

**A backfill of this DAG in Airflow** works, does no harm and brings nothing: every run takes
all there is, whatever its hour. To load or correct history, start the DAG `backfill`.
"""

from datetime import UTC, datetime

from airflow.sdk import dag

from gympulse_airflow.defaults import DEFAULT_ARGS, HOURLY, note, wait_for_layer_below, watched
from gympulse_airflow.jobs import spark_job
from gympulse_airflow.sensors import LayerCompleteSensor


@dag(
    schedule=HOURLY,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={"wait_for_layer_below": wait_for_layer_below("silver"), "note": note()},
    doc_md=__doc__,
    **watched("gold", __doc__),
    tags=["layer:gold"],
)
def gold() -> None:
    LayerCompleteSensor(task_id="wait_for_silver", layer="silver") >> spark_job("gold")


gold()
