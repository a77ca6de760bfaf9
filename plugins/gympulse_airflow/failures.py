"""A run that failed is told once, with what its failed tasks said."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.execution_time.xcom import XCom
from airflow.sdk.log import redact

from gympulse.runbook import Section, more
from gympulse_airflow.alerts import Alert, send
from gympulse_airflow.runbooks import what_to_do

log = logging.getLogger(__name__)

# Under which a failed task leaves what it said.
NOTE = "failure"
# The beginning says what happened, the end which section of README.md says more.
_FIRST, _LAST = 1500, 400


def note(context: Mapping[str, Any]) -> None:
    """Keep what a task says as it fails for good, for who tells of the run.

    Args:
        context: The task's. A process that was killed said nothing; Airflow then calls this
            elsewhere, without an exception.
    """
    error = context.get("exception")
    if error is not None:
        said = str(error).strip() or type(error).__name__
        context["ti"].xcom_push(key=NOTE, value=_shortened(redact(said)))


def tell(context: Mapping[str, Any]) -> None:
    """Tell of a run that failed: Airflow calls this once for it, whatever its tasks' retries.

    Args:
        context: The run's, in the DAG processor.
    """
    dag, run_id, ti = context["dag"], context["run_id"], context.get("ti")
    tasks = _failed(dag.dag_id, run_id)
    alert = Alert(
        kind="failed",
        dag=dag.dag_id,
        run_id=run_id,
        tasks=tasks,
        happened="\n".join(_happened(dag.dag_id, run_id, tasks)) or _stopped(context),
        todo=what_to_do(dag.doc_md or "", tasks),
        # Airflow gives each try of a task an id of its own.
        occasion=str(ti.id) if ti is not None else "",
    )
    send(alert)


def _failed(dag_id: str, run_id: str) -> tuple[str, ...]:
    states = RuntimeTaskInstance.get_task_states(dag_id=dag_id, run_ids=[run_id])
    found = states.get(run_id, {})
    return tuple(sorted(task for task, state in found.items() if state == "failed"))


def _happened(dag_id: str, run_id: str, tasks: Iterable[str]) -> Iterable[str]:
    for task in tasks:
        said = XCom.get_one(key=NOTE, dag_id=dag_id, task_id=task, run_id=run_id)
        yield f"{task}: {said or _killed()}"


def _killed() -> str:
    return (
        "its process ended without a word: it was killed, for instance for want of memory, or its "
        f"worker was lost. What it had written is whole.\n{more(Section.SPARK)}"
    )


def _stopped(context: Mapping[str, Any]) -> str:
    return f"No task failed; Airflow ended the run ({context.get('reason')}).\n{more(Section.LATE)}"


def _shortened(text: str) -> str:
    if len(text) <= _FIRST + _LAST:
        return text
    return f"{text[:_FIRST]} … {text[-_LAST:]}"
