"""Jobs as processes of their own, to be started, watched and killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread

from gympulse.lake import Lake

ROOT = Path(__file__).parents[2]
SPARK_SUBMIT = Path(sys.executable).with_name("spark-submit")
# No job of a test takes longer, unless it hangs.
_PATIENCE_SECONDS = 900


def submit(
    script: str, *arguments: str, where: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> subprocess.Popen:
    """Start a script with the environment's ``spark-submit``, in a group of its own.

    Args:
        script: Its path, below the project's folder.
        arguments: What it is told.
        where: Words for ``spark-submit``, that say where it runs; here, without any.
        env: Variables of its environment, beside this process's own.
    """
    return subprocess.Popen(
        [SPARK_SUBMIT, *where, ROOT / script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"GYMPULSE_LOAD": "small"} | (env or {}),
    )


def kill_after_commits(process: subprocess.Popen, lake: Lake, commits: int) -> bool:
    """End a job with ``kill -9`` once it has written a number of files of logs and checkpoints.

    Returns:
        Whether it was killed; False if it finished before.
    """
    if not writes(process, lake, commits):
        return False
    os.killpg(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def writes(process: subprocess.Popen, lake: Lake, commits: int) -> bool:
    """Wait until a job has written a number of files of logs and checkpoints.

    Returns:
        Whether it did; False if it finished before.

    Raises:
        AssertionError: It hangs, and was killed.
    """
    began_with, until = _written(lake), time.monotonic() + _PATIENCE_SECONDS
    # A job whose output nobody takes waits when the pipe is full.
    Thread(target=process.stdout.read, daemon=True).start()
    while process.poll() is None:
        if _written(lake) - began_with >= commits:
            return True
        if time.monotonic() > until:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"{process.args} neither writes nor ends")
        time.sleep(0.02)
    return False


def _written(lake: Lake) -> int:
    root = Path(lake.root)
    logs = sum(1 for _ in root.glob("sbit-managed-*/*_db/*/_delta_log/*.json"))
    return logs + sum(1 for _ in root.glob("sbit-unmanaged-*/checkpoint_zone/*/*/*"))
