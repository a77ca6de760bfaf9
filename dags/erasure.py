"""### Erasure: remove one member for good, and prove it

Started by hand, with a form that says what each field means: when a member asks to be
forgotten. It removes the member from every table, change feed, log, landed file and archive,
puts them on the suppression list, so that nothing brings them back, and looks through every
file of the lake. The certificate is in `ops_db.erasures` and in the job's log: when, at whose
request, how many rows of each table, how many files, and what remains where.

Every run first makes a plan: how many rows each table has of the member. The plan is in the
log of `show_plan`, in its XCom and in `ops_db`. A dry run, the default, ends there, at
`end_dry_run`. With *Require approval* the run then waits, for as long as it takes and without
holding a worker, until somebody approves or rejects the plan under *Required Actions*; a
rejected run ends with nothing changed.

The hourly jobs, copies and loads wait while tables and files are rewritten, but not for the
scan. Older versions of all tables are gone afterwards, and so are the points that a restore
could go back to. Airflow itself keeps what the form said, and logs: delete the run once the
certificate is filed.

**Any task can be cleared, retried or killed at any time**: the run's id names the operation,
so the job resumes where it stopped.

**If `check_options` fails**, its log names everything that is wrong with the form. Nothing
was started: start another run with the form mended.

**If `make_plan` or `show_plan` fails**, nothing was changed. The last lines of the log say
why; clear the task once that is mended.

**If `run_erasure` fails**, the last lines of its log say why. Where the scan still finds the
member, they name the files. Mend that, then clear the task.

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
    params=form("erasure"),
    doc_md=__doc__,
    **watched("erasure", __doc__),
    tags=["operation"],
)
def erasure() -> None:
    planned("erasure")


erasure()
