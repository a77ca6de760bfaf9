"""### Maintenance: keep the lake small

Every night, an hour before the verification, and by hand. Table by table it merges small
files, removes files and log entries that no reader, no stream and no point to go back to may
still need, and folds old entries of the ledger; then it removes what killed jobs have left.
No row of a table changes, and what reads changes takes no notice.

The hourly jobs go on meanwhile. The maintenance waits until nobody writes a layer, and an
hourly job waits at most while one table's files are merged.
Operations take turns, whatever their DAG.

One line a table in the log of `run_maintenance`, and one row in `ops_db.maintenance`, say what
was done. A dry run says what would be done.

**If `check_options` fails**, its log names everything that is wrong with the form. Start
another run with the form mended.

**If `run_maintenance` fails**, the last lines of its log name the tables that could not be
maintained, and why. All others were, and no row was lost. Clear the task once that is mended;
a night that is left out does no harm.

**If a run is late**, see in the log of `run_maintenance` which table it is at. Where it waits for
a layer, whoever writes that is named, and may go on; where it says nothing any more, clear it.

**Any task can be cleared, retried or killed at any time**: what is done stays done, and the
rest is left to the next run.

**A backfill of this DAG in Airflow** brings nothing: every run maintains the present tables,
whatever its day.
"""

from airflow.sdk import dag

from gympulse_airflow.defaults import DEFAULT_ARGS, NIGHTLY, TIME_ZONE, watched
from gympulse_airflow.forms import form
from gympulse_airflow.jobs import operation_job
from gympulse_airflow.operations import check_options


@dag(
    schedule=NIGHTLY,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=form("maintenance"),
    doc_md=__doc__,
    **watched("maintenance", __doc__),
    tags=["operation"],
)
def maintenance() -> None:
    run = operation_job("maintenance", "run_maintenance", dry_run=None)
    check_options("maintenance", TIME_ZONE) >> run


maintenance()
