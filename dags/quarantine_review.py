"""### Quarantine review: release records that were set aside, cured or not, or discard them

Started by hand, with a form that says what each field means: after somebody has looked at
`ops_db.quarantine`, or after a rule was loosened. It chooses records by rule, source and the
days on which they were set aside, and looks at them again with the present rules and with the
cures given: SQL expressions, one a field. The README has examples under *Look at what was set
aside*.

Every run first makes a plan: of each source how many records are chosen, how many would pass
now and how many would not, with ten examples before and after and the rules that they still
break. The plan is in the log of `show_plan`, in its XCom and in `ops_db`. A dry run, the
default, ends there, at `end_dry_run`. With *Require approval* the run then waits, for as long
as it takes and without holding a worker, until somebody approves or rejects the plan under
*Required Actions*; a rejected run ends with nothing changed.

*Release* takes in the records that pass now, as if they had come late and right: bronze gets
them once more, with `release:` before the place that they came from, then silver and gold
follow. Those that do not pass stay open. *Discard* closes the entries and changes no other
table. Who decided, when and why is in `ops_db.quarantine`; what was asked for, cures
included, in `ops_db.operations`.

The hourly DAGs go on meanwhile: the layers' locks order them, and an hourly job waits at
most for one batch of this one. Operations take turns, whatever their DAG.

**Any task can be cleared, retried or killed at any time**: a record that is decided is chosen
no more, and one that a killed run has released is not added again.

**If `check_options` fails**, its log names everything that is wrong with the form. Nothing
was started: start another run with the form mended.

**If `make_plan` or `show_plan` fails**, nothing was changed. Where a cure cannot be computed,
the last lines of the log name it and say why: start another run with the cure mended, for
instance with `try_cast` in place of `CAST`. After any other reason, clear the task once that
is mended.

**If `run_quarantine_review` fails**, the last lines of its log say why. What it has written
stays and is right as it is: clear the task once the reason is mended.

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
    params=form("quarantine_review"),
    doc_md=__doc__,
    **watched("quarantine_review", __doc__),
    tags=["operation"],
)
def quarantine_review() -> None:
    planned("quarantine_review")


quarantine_review()
