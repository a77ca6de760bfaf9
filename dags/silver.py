"""### Silver: refine what bronze has gained

Every hour, `wait_for_bronze` waits, without holding a worker, until bronze is complete
through the end of this run's hour. The job then refines the new records, one table a
kind: readings, workouts, visits, profiles. What breaks a rule is set aside in
`ops_db.quarantine`.

**If `wait_for_bronze` fails**, bronze has not come that far in two hours: mend the DAG
`bronze` first. The next run here makes up for the hours that went without.

**If `run_silver` fails**, the last lines of its log say why. Clear it: the job resumes from
its checkpoints and merges by key, so nothing is lost or doubled. Two copies do no harm:
the second finds the layer held by the first, and waits for it.

**If a run is late**, see which task waits. If it is `wait_for_bronze`, mend `bronze`, and this
run goes on by itself. If `run_silver` runs and its log says nothing any more, clear it: its job
is ended first, and resumes.

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
    params={"wait_for_layer_below": wait_for_layer_below("bronze"), "note": note()},
    doc_md=__doc__,
    **watched("silver", __doc__),
    tags=["layer:silver"],
)
def silver() -> None:
    LayerCompleteSensor(task_id="wait_for_bronze", layer="bronze") >> spark_job("silver")


silver()
