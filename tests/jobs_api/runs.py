"""Runs of the stand-in: each a cluster's process, followed by a thread."""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from databricks.sdk.service.jobs import (
    Run,
    RunLifeCycleState,
    RunOutput,
    RunResultState,
    RunState,
    RunTask,
    SubmitTask,
)

from jobs_api.cluster import Cluster, NotStarted


@dataclass
class JobRun:
    """One run of one task.

    Attributes:
        run_id: Its number; the task's is the next.
        request: What was asked for.
        page: Address of its page.
        start: Makes the cluster.
        state: As it is now.
        cluster: Once it is there.
        result: What became of the task.
    """

    run_id: int
    request: dict[str, Any]
    page: str
    start: Callable[[SubmitTask], Cluster]
    state: RunState = field(
        default_factory=lambda: RunState(life_cycle_state=RunLifeCycleState.PENDING)
    )
    cluster: Cluster | None = None
    result: dict[str, Any] = field(default_factory=dict)
    _is_cancelled: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.task = SubmitTask.from_dict(self.request["tasks"][0])
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        # As on Databricks, the time that the cluster takes to start counts.
        began, longest = time.monotonic(), self.request.get("timeout_seconds")
        try:
            self.cluster = self.start(self.task)
        except NotStarted as error:
            self.state = RunState(
                life_cycle_state=RunLifeCycleState.INTERNAL_ERROR,
                result_state=RunResultState.FAILED,
                state_message=str(error),
            )
            return
        if self._is_cancelled.is_set():
            self.cluster.end()
        self.state = RunState(life_cycle_state=RunLifeCycleState.RUNNING)
        left = longest and max(began + longest - time.monotonic(), 0)
        try:
            self.result = self.cluster.wait(left)
        except subprocess.TimeoutExpired:
            self.cluster.end()
            self._end(RunResultState.TIMEDOUT, "Run timed out")
        else:
            if self._is_cancelled.is_set():
                self._end(RunResultState.CANCELED, "Run cancelled")
            elif self.result["error"]:
                self._end(RunResultState.FAILED, f"Task {self.task.task_key} failed with message")
            else:
                self._end(RunResultState.SUCCESS, "")

    def _end(self, result: RunResultState, message: str) -> None:
        self.state = RunState(
            life_cycle_state=RunLifeCycleState.TERMINATED,
            result_state=result,
            state_message=message,
        )

    def cancel(self) -> None:
        """End it, if it has not ended."""
        self._is_cancelled.set()
        if self.cluster is not None:
            self.cluster.end()

    def joined(self) -> None:
        """Wait until what it is has been said."""
        self._thread.join()

    def told(self) -> Run:
        """What the API says of the run."""
        return Run(
            run_id=self.run_id,
            job_id=self.run_id,
            run_name=self.request["run_name"],
            run_page_url=self.page,
            state=self.state,
            tasks=[
                RunTask(
                    task_key=self.task.task_key,
                    run_id=self.run_id + 1,
                    attempt_number=0,
                    state=self.state,
                    python_wheel_task=self.task.python_wheel_task,
                )
            ],
        )

    def output(self) -> RunOutput:
        """What the API says of what the task gave."""
        return RunOutput(
            error=self.result.get("error"),
            error_trace=self.result.get("trace"),
            logs=self.cluster.log.read_text() if self.cluster else "",
            metadata=self.told(),
        )
