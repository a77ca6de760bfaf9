"""Jobs that run on Databricks, through its provider, while no worker waits for them."""

import hashlib
import itertools
import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.databricks.hooks.databricks import DatabricksHook, RunState
from airflow.providers.databricks.triggers.databricks import DatabricksExecutionTrigger
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowException, TaskDeferred

from gympulse.runbook import Section, more
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
        lake: What it is told of the lake, for two Airflows may share a workspace.

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
        lake: Sequence[str] = (),
    ) -> None:
        self._connection, self._cluster = connection, cluster
        self._job, self._words, self._longest = job, list(words), longest
        self._lake = list(lake)
        self._hook = DatabricksHook(connection, caller=type(self).__name__, **_PATIENT)
        self._run_id: int | None = None

    def run(self, context: Context) -> None:
        """Submit the job, and let the task wait for it in the triggerer.

        Replay: a try of a task finds the run that it, or an earlier one, has left behind.

        Raises:
            TaskDeferred: It runs; ``ended`` takes what becomes of it.
        """
        self._run_id = self._submitted(context)
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

    def _submitted(self, context: Context) -> int:
        """Give the run of an earlier try that goes on, or else one of this try.

        Asked with a token that it knows, Databricks gives the run of old, ended or not. So the
        runs of a task have tokens with numbers, and the first number to have no ended run is
        the only one that may go on.
        """
        for number in itertools.count():
            request = self.request(context, number)
            run_id = self._hook.submit_run(request)
            if self._hook.get_run(run_id)["run_name"] == request["run_name"]:
                break
            if self._goes_on(run_id):
                log.info("An earlier try has left run %s behind: waiting for that.", run_id)
                break
        return run_id

    def _goes_on(self, run_id: int) -> bool:
        while (state := self._hook.get_run_state(run_id)).life_cycle_state == "TERMINATING":
            time.sleep(_POLL_SECONDS)
        return not state.is_terminal

    def request(self, context: Context, number: int = 0) -> dict[str, Any]:
        """What the Jobs API is asked for.

        Args:
            context: The task's.
            number: How many runs of the task are known to have ended.
        """
        ti = context["ti"]
        task = [*self._lake, ti.dag_id, ti.task_id, ti.run_id, ti.map_index, number]
        request = {
            # Airflow gives each try of a task an id of its own, also after its database is lost.
            "run_name": f"{ti.dag_id}.{ti.task_id}, {ti.run_id}, try {ti.try_number} ({ti.id})",
            "idempotency_token": hashlib.sha256(json.dumps(task).encode()).hexdigest(),
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
        f"without a word of the job. Databricks says: {' '.join(dict.fromkeys(told)).strip()}\n"
        + more(Section.SPARK)
    )
