"""The Spark provider's hook, with a job's failure said by itself and no process left behind."""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from gympulse.runbook import Section, more

# Airflow kills a task five seconds after asking it to end.
_GRACE_SECONDS = 3
# How the jobs begin the lines that say why they failed (gympulse.job).
_FAILED = re.compile(r"\w+ failed: ")
_PR_SET_PDEATHSIG = 1
# Loaded here, for a process that was just forked should load nothing.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class JobHook(SparkSubmitHook):
    """Runs ``spark-submit`` in a process group that ends when its task does.

    The connection says where: its host is Spark's master, and ``conf`` of its extra, an object,
    has properties of Spark, such as the executors' memory or their image.

    Args:
        environment: What its environment has to hold beside Airflow's own.
        kwargs: What else the provider's hook takes.
    """

    _is_to_end = False

    # Not the provider's ``env_vars``, which some masters are told on a command line.
    def __init__(self, *, environment: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._environment = environment or {}

    def submit(self, application: str = "", **kwargs: Any) -> str | None:
        """Run a job to its end; its lines go to the task's log.

        Raises:
            AirflowException: The job failed; the message is the job's own.
        """
        try:
            return super().submit(
                application,
                env={**os.environ, **self._environment},
                start_new_session=True,
                preexec_fn=end_with_parent,
                **kwargs,
            )
        except FileNotFoundError:
            binary = self._connection["spark_binary"]
            raise AirflowException(
                f"{binary} is neither in {sys.prefix}/bin nor on the PATH. Set up the project's "
                f"environment, or install Spark there, and clear this task.\n{more(Section.SPARK)}"
            ) from None
        except AirflowException:
            if self._submit_sp is None or not self._submit_sp.returncode:
                raise
            raise AirflowException(self._reason(self._submit_sp.returncode)) from None

    def on_kill(self) -> None:
        """End the job with all its processes: politely, then for certain."""
        self._is_to_end = True
        self._end_group()
        super().on_kill()

    def _process_spark_submit_log(self, itr: Iterator[Any]) -> None:
        if self._is_to_end:
            # The signal came while the process was being started.
            self._end_group()
        super()._process_spark_submit_log(itr)

    def _end_group(self) -> None:
        if self._submit_sp is None or self._submit_sp.poll() is not None:
            return
        self._signal_group(signal.SIGTERM)
        try:
            self._submit_sp.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.log.warning("The job did not end in %d seconds: killing it.", _GRACE_SECONDS)
        # The leader may be gone before its children.
        self._signal_group(signal.SIGKILL)

    def _resolve_connection(self) -> dict[str, Any]:
        """Read the connection, and refuse what a job cannot be run with.

        Raises:
            AirflowFailException: Another run of the task would be refused too.
        """
        given = self.get_connection(self._conn_id).extra_dejson.get("conf", {})
        if not isinstance(given, dict):
            raise AirflowFailException(
                f"conf in the extra of the connection {self._conn_id} is {given!r}; an object of "
                "Spark's properties is needed. Correct the connection, and clear this task.\n"
                + more(Section.SETTINGS)
            )
        self._conf = {**given, **self._conf}
        found = super()._resolve_connection()
        if found["deploy_mode"] not in (None, "client"):
            raise AirflowFailException(
                f"deploy-mode of the connection {self._conn_id} is {found['deploy_mode']!r}; "
                "'client' is needed, for a job's driver holds its layer's lock and has to end with "
                "its task. Correct the connection, and clear this task.\n" + more(Section.SETTINGS)
            )
        return found

    def _get_spark_binary_path(self) -> list[str]:
        """Prefer the ``spark-submit`` beside this Python, which knows the project's jars."""
        name = self._connection["spark_binary"]
        beside = shutil.which(name, path=str(Path(sys.prefix, "bin")))
        return [beside or name]

    def _signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._submit_sp.pid, number)

    def _reason(self, code: int) -> str:
        lines = [self._mask_cmd(line) for line in self._last_submit_log_lines if line]
        for position in reversed(range(len(lines))):
            if _FAILED.match(lines[position]):
                return "\n".join(lines[position:])
        last = f" Its last line: {lines[-1]}" if lines else ""
        ended = f"{self._name} ended with exit code {code} without saying why.{last}"
        return f"{ended}\n{more(Section.SPARK)}"


def end_with_parent() -> None:
    """Ask Linux to end this process when its parent dies, however that dies."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
