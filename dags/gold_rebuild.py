"""### Gold rebuild: recompute gold beside itself, compare, and swap

Started by hand, with a form that says what each field means: after a change of gold's rules
or columns, or where gold is doubted. It recomputes gold from silver, all of it or a range of
days, compares that with the live tables, and swaps each in with one commit: readers see the
old or the new, never a part.

Every run first makes a plan: how many rows would be inserted, changed and deleted in each
table, with examples. The plan is in the log of `show_plan`, in its XCom and in `ops_db`. A
dry run, the default, ends there, at `end_dry_run`. With *Require approval* the run then
waits, for as long as it takes and without holding a worker, until somebody approves or
rejects the plan under *Required Actions*; a rejected run ends with nothing changed.

Bronze and silver go on meanwhile, and so does gold while the plan is made; while the job
itself runs, the hourly gold job waits for it. Operations take turns, whatever their DAG.

**Any task can be cleared, retried or killed at any time**: the run's id names the operation,
so the job resumes where it stopped.

**If `check_options` fails**, its log names everything that is wrong with the form. Nothing
was started: start another run with the form mended.

**If `make_plan` or `show_plan` fails**, nothing was changed. The last lines of the log say
why; clear the task once that is mended.

**If `run_gold_rebuild` fails**, the last lines of its log say why. Where more rows would
vanish than the form allows, nothing was changed: see that they should, then start another
run that allows it. After any other reason, clear the task once that is mended.

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
    params=form("gold_rebuild"),
    doc_md=__doc__,
    **watched("gold_rebuild", __doc__),
    tags=["operation"],
)
def gold_rebuild() -> None:
    planned("gold_rebuild")


gold_rebuild()
