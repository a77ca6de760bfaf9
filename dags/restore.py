"""### Restore: go back to versions of the tables that belonged together

Started by hand, with a form that says what each field means: after a deployment that has made
silver or gold wrong. Every hour that changes anything leaves a point in
`ops_db.restore_points`. This DAG puts silver and gold, or some tables, back to one, each with
one commit, and their streams with them: the next hourly run takes what has come since once
more, with the code that then is deployed. Bronze, which is raw, stays as it is unless the form
names it.

**First** see that the wrong code no longer runs: pause `silver` and `gold`, or deploy the
right code before. A run that is under way is waited for.

Every run first makes a plan: of each table the version now and then, how many rows would be
inserted, changed and deleted, and how much is read again. The plan is in the log of
`show_plan`, in its XCom and in `ops_db`. A dry run, the default, ends there, at `end_dry_run`.
With *Require approval* the run then waits, for as long as it takes and without holding a
worker, until somebody approves or rejects the plan under *Required Actions*; a rejected run
ends with nothing changed.

While the job runs, the hourly jobs of the layers concerned wait. Decisions that people have
made on records set aside stay; what the batches since have set aside or cured is judged anew.
Points that are younger than the one gone back to are forgotten.

**Any task can be cleared, retried or killed at any time**: the run's id names the operation,
so the job goes on where it stopped, to the same point. Once done, clearing it changes nothing.

**If `check_options` fails**, its log names everything that is wrong with the form. Nothing
was started: start another run with the form mended.

**If `make_plan` or `show_plan` fails**, nothing was changed. The last lines of the log say
why: there is no such point, or what going back needs is no longer there.

**If `run_restore` fails**, or is killed, the last lines of its log say why. Where it has begun
to put tables back, other jobs are refused until it is finished, and name it: clear it once the
reason is mended.

**If `wait_for_approval` was rejected by mistake**, clear it with its downstream tasks: it
asks again.
"""

from datetime import UTC, datetime

from airflow.sdk import dag

from gympulse_airflow.defaults import DEFAULT_ARGS, watched
from gympulse_airflow.forms import form
from gympulse_airflow.operations import planned


@dag(
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=form("restore"),
    doc_md=__doc__,
    **watched("restore", __doc__),
    tags=["operation"],
)
def restore() -> None:
    planned("restore")


restore()
