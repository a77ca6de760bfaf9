"""### Verify: prove that the tables are what bronze gives

Every night, and by hand for a range of days or some tables: it recomputes silver and gold
from bronze and compares them with the live tables, row by row. It first brings silver and
gold up to date, as their jobs would, and notes the tables' versions; those it compares, so
the hourly DAGs go on meanwhile and cannot make it fail.
Operations take turns, whatever their DAG.

The result is in the log of `show_result`, in its XCom and in `ops_db`: for each table the
rows that are missing, that differ and that should not be there, and the first examples.

**If `check_options` fails**, its log names everything that is wrong with the form. Start
another run with the form mended.

**If `run_verify` fails**, the last lines of its log say why. Where tables differ,
`show_result` names their days: correct the code if it is at fault, then restate those days
with the DAG `backfill` and verify them again. After any other reason, clear the task once
that is mended.

**If `show_result` fails**, clear it: it only reads. `check_result` does nothing but fail the
run where `run_verify` failed, for `show_result` succeeds all the same.

**If a run is late**, see whether another operation has the pool `operations`, or what the log
of `run_verify` says last. Where nothing moves any more, clear the task: its job is ended first,
and resumes.

**Any task can be cleared, retried or killed at any time**: the run's id names the operation,
so the job resumes where it stopped.

**A backfill of this DAG in Airflow** brings nothing: every run verifies the present tables,
whatever its day.
"""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag

from gympulse_airflow.defaults import (
    DAILY,
    DEFAULT_ARGS,
    ENV,
    LAKE,
    OPERATION_ID,
    TIME_ZONE,
    watched,
)
from gympulse_airflow.forms import form
from gympulse_airflow.jobs import operation_job
from gympulse_airflow.operations import check_options, show_result


@dag(
    schedule=DAILY,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=form("verify"),
    doc_md=__doc__,
    **watched("verify", __doc__),
    tags=["operation"],
)
def verify() -> None:
    # No retry: tables that differ differ again.
    run = operation_job("verify", "run_verify", dry_run=None, retries=0)
    # The result is shown whatever it is, which would otherwise make a failed run green.
    end = EmptyOperator(task_id="check_result")
    check_options("verify", TIME_ZONE) >> run >> [show_result(LAKE, ENV, OPERATION_ID), end]


verify()
