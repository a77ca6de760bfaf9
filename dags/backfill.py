"""### Backfill: load old records, or restate a range of days

Started by hand, with a form that says what each field means. `load_archives` takes in old
records, each once however often it is loaded; silver and gold take them like any that come
late. `restate` recomputes silver and gold from bronze for a range of days with the present
code, and replaces just those days.

Every run first makes a plan: what would be read, and how many rows would be inserted,
changed and deleted in each table. The plan is in the log of `show_plan`, in its XCom and in
`ops_db`. A dry run, the default, ends there, at `end_dry_run`. With *Require approval* the
run then waits, for as long as it takes and without holding a worker, until somebody
approves or rejects the plan under *Required Actions*; a rejected run ends with nothing
changed.

The hourly DAGs go on meanwhile: the layers' locks order them, and an hourly job waits at
most for one batch of this one. Operations take turns, whatever their DAG.

**Any task can be cleared, retried or killed at any time**: the run's id names the operation,
so the job resumes where it stopped, and nothing is loaded twice.

**If `check_options` fails**, its log names everything that is wrong with the form. Nothing
was started: start another run with the form mended.

**If `make_plan` or `show_plan` fails**, nothing was changed. The last lines of the log say
why; clear the task once that is mended.

**If `run_backfill` fails**, the last lines of its log say why, and how far it came. What it
has written stays and is right as it is: clear the task once the reason is mended.

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
    params=form("backfill"),
    doc_md=__doc__,
    **watched("backfill", __doc__),
    tags=["operation"],
)
def backfill() -> None:
    planned("backfill")


backfill()
