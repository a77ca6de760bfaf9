"""The tasks of operations around the jobs that do the work."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import TriggerRule, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.operations.checks import check
from gympulse.runbook import Section, more
from gympulse_airflow.defaults import ENV, LAKE, OPERATION_ID, TIME_ZONE
from gympulse_airflow.forms import form
from gympulse_airflow.jobs import operation_job
from gympulse_airflow.showing import RESULT, as_markdown, as_text, plain, plan_headings

log = logging.getLogger(__name__)


def planned(job: str) -> None:
    """Lay out the tasks of an operation that makes a plan, shows it, and then may go on.

    Args:
        job: ``backfill``, ``gold_rebuild``, ``quarantine_review`` or ``restore``.
    """
    decision = choose(job)
    approval = ApprovalOperator(
        task_id="wait_for_approval",
        subject=f"Go on with the DAG {job} as planned?",
        body="{{ ti.xcom_pull(task_ids='show_plan')['markdown'] }}",
    )
    # After an approval or without one; a rejection skips the job, as the branch does.
    run = operation_job(
        job,
        f"run_{job}",
        dry_run=False,
        trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    )
    (
        check_options(job, TIME_ZONE)
        >> operation_job(job, "make_plan", dry_run=True)
        >> show_plan(LAKE, ENV, OPERATION_ID)
        >> decision
        >> [approval, run, EmptyOperator(task_id="end_dry_run")]
    )
    approval >> run


# No retry: what the form says stays as it is.
@task(retries=0)
def check_options(job: str, time_zone: str, params: Mapping[str, Any] | None = None) -> None:
    """Refuse what cannot be done, naming every problem, before anything starts."""
    known = form(job)
    # Airflow itself lets them pass, and a misspelled bound would widen what is done.
    unknown = sorted(set(params) - set(known))
    problems = [f"{name} is unknown; known: {', '.join(known)}." for name in unknown]
    try:
        check(job, params, datetime.now(ZoneInfo(time_zone)).date())
    except BadSettings as error:
        problems += error.problems
    if problems:
        raise AirflowFailException("\n".join([*problems, more(Section.SETTINGS)]))


@task(multiple_outputs=False)
def show_plan(lake: str, env: str, operation_id: str) -> dict[str, Any]:
    """Log the plan as a table, and give it to those who read the run's XCom."""
    # Only here: a DAG file's parsing would pay for what it imports.
    from gympulse.io.operations import plan

    found = plan(Lake(lake, env), operation_id)
    if found is None:
        found = "No plan was recorded. Clear make_plan, which records it."
        raise AirflowFailException(f"{found}\n{more(Section.REFUSED)}")
    found = plain(found)
    headings = plan_headings(found)
    for line in as_text(found, headings):
        log.info("%s", line)
    return found | {"markdown": as_markdown(found, headings)}


@task.branch
def choose(job: str, params: Mapping[str, Any] | None = None) -> str:
    """Name the task to go on with, now that the plan is known."""
    if params["dry_run"]:
        return "end_dry_run"
    return "wait_for_approval" if params["require_approval"] else f"run_{job}"


@task(multiple_outputs=False, trigger_rule=TriggerRule.ALL_DONE)
def show_result(lake: str, env: str, operation_id: str) -> dict[str, Any]:
    """Log what a verification found, differences or none, and give it to the run's XCom."""
    from gympulse.io.operations import result

    found = result(Lake(lake, env), operation_id)
    if found is None:
        raise AirflowSkipException("No result was recorded; the tasks before this one say why.")
    found = plain(found)
    for line in as_text(found, RESULT):
        log.info("%s", line)
    return found
