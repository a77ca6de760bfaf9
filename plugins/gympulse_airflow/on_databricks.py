"""Jobs that run on Databricks, through its provider, while no worker waits for them."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.databricks.hooks.databricks import DatabricksHook, RunState
from airflow.providers.databricks.triggers.databricks import DatabricksExecutionTrigger
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowException, TaskDeferred

from gympulse_airflow.databricks_cluster import Cluster

log = logging.getLogger(__name__)

_PACKAGE = "gympulse"
_POLL_SECONDS = 15
# Minutes, in which an API that is away comes back: whoever gives up leaves a run behind.
_PATIENT = {"retry_limit": 7, "retry_delay": 5}


class OnDatabricks:
    """One job, on a cluster of its own.

    Args:
        connection: Names a connection of type ``databricks``.
        cluster: The cluster, and the wheel on it.
        job: Name of the wheel's entry point.
        words: What it is told.
        longest: How long it may take, the cluster's start included; None for no bound.

    Attributes:
        page: Where the run can be looked at, once it was submitted.
    """

    page = ""

    def __init__(
        self,
        connection: str,
        cluster: Cluster,
        job: str,
        words: Sequence[str],
        longest: timedelta | None,
    ) -> None:
        self._connection, self._cluster = connection, cluster
        self._job, self._words, self._longest = job, list(words), longest
        self._hook = DatabricksHook(connection, caller=type(self).__name__, **_PATIENT)
        self._run_id: int | None = None

    def run(self, context: Context) -> None:
        """Submit the job, and let the task wait for it in the triggerer.

        Replay: the same try of a task finds the run that it has submitted before.

        Raises:
            TaskDeferred: It runs; ``ended`` takes what becomes of it.
        """
        self._run_id = self._hook.submit_run(self.request(context))
        self.page = self._hook.get_run_page_url(self._run_id)
        log.info("Run %s of %s: %s", self._run_id, self._job, self.page)
        trigger = DatabricksExecutionTrigger(
            run_id=self._run_id,
            databricks_conn_id=self._connection,
            polling_period_seconds=_POLL_SECONDS,
            run_page_url=self.page,
            **_PATIENT,
        )
        raise TaskDeferred(trigger=trigger, method_name="execute_complete")

    def end(self) -> None:
        """Cancel the run; while the task is deferred, its trigger does."""
        if self._run_id is not None:
            self._hook.cancel_run(self._run_id)

    def request(self, context: Context) -> dict[str, Any]:
        """What the Jobs API is asked for."""
        ti = context["ti"]
        request = {
            "run_name": f"{ti.dag_id}.{ti.task_id}, {ti.run_id}, try {ti.try_number}",
            # Airflow gives each try of a task an id of its own.
            "idempotency_token": str(ti.id),
            "tasks": [
                {
                    "task_key": self._job,
                    "python_wheel_task": {
                        "package_name": _PACKAGE,
                        "entry_point": self._job,
                        "parameters": self._words,
                    },
                    "libraries": [{"whl": self._cluster.wheel}],
                    "new_cluster": self._cluster.spec,
                    # Airflow tries again.
                    "max_retries": 0,
                }
            ],
        }
        if self._longest is not None:
            request["timeout_seconds"] = int(self._longest.total_seconds())
        return request


def ended(job: str, event: Mapping[str, Any]) -> None:
    """Take what a run's trigger tells of its end.

    Raises:
        AirflowException: It did not succeed; the message is the job's own where it has one.
    """
    state = RunState.from_json(event["run_state"])
    log.info("Run %s of %s: %s", event["run_id"], job, event["run_page_url"])
    if state.is_successful:
        return
    told = [state.state_message, *(failed["error"] for failed in event["errors"])]
    # As gympulse.errors.JobFailed says it.
    if said := re.search(rf"\b{job} failed: .*", told[-1], re.DOTALL):
        raise AirflowException(said.group())
    raise AirflowException(
        f"The run of {job} on Databricks ended as {state.result_state or state.life_cycle_state} "
        f"without a word of the job. Databricks says: {' '.join(dict.fromkeys(told)).strip()}"
    )
