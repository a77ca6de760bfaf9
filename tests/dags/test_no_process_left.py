"""A task that ends, however it ends, leaves no process of its job behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from airflow.sdk.exceptions import AirflowException

# As a job does: a leader and a child, which both write who they are.
FAMILY = """{1} sleep 20 & echo $! > {0}/child; echo $$ > {0}/leader
for second in $(seq 20); do sleep 1; done"""


@pytest.mark.parametrize("leader", ["", "trap '' TERM;"], ids=["that listens", "that does not"])
def test_on_kill_ends_a_job_with_its_children(hook, tmp_path, leader):
    made = hook(FAMILY.format(tmp_path, leader))
    killer = threading.Thread(target=lambda: (_pids(tmp_path), made.on_kill()))
    killer.start()
    began = time.monotonic()

    with pytest.raises(AirflowException):
        made.submit("silver.py")

    killer.join()
    assert time.monotonic() - began < 10
    _assert_gone(_pids(tmp_path))


TASK = """
import sys, subprocess
from gympulse_airflow.spark import end_with_parent
subprocess.Popen(sys.argv[1:], start_new_session=True, preexec_fn=end_with_parent).wait()
"""


def test_on_kill_while_the_process_starts_ends_it_too(hook, tmp_path):
    made = hook(FAMILY.format(tmp_path, ""))
    made.on_kill()

    with pytest.raises(AirflowException):
        made.submit("silver.py")

    assert made._submit_sp.returncode == -signal.SIGTERM


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process of its parent's end"
)
def test_a_job_does_not_outlive_a_task_that_is_killed(tmp_path):
    script = f"echo $$ > {tmp_path}/leader; echo $$ > {tmp_path}/child; exec sleep 60"
    task = subprocess.Popen([sys.executable, "-c", TASK, "/bin/sh", "-c", script])
    pids = _pids(tmp_path)

    task.send_signal(signal.SIGKILL)
    task.wait()

    _assert_gone(pids)


WATCHED = """
from gympulse_airflow.on_spark import OnSpark
OnSpark("spark", "silver", []).run({})
"""
WATCHER = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]).wait()"


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process of its parent's end"
)
def test_a_task_does_not_outlive_what_watches_over_it(tmp_path):
    """Nor does its job: Airflow would start both once more after a while."""
    binary = tmp_path / "bin" / "spark3-submit"
    binary.parent.mkdir()
    script = f"echo $$ > {tmp_path}/leader; echo $PPID > {tmp_path}/child; exec sleep 60"
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    extra = {"spark-binary": "spark3-submit", "deploy-mode": "client"}
    connection = {"conn_type": "spark", "host": "local", "extra": extra}
    told = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW_CONN_SPARK": json.dumps(connection),
        "PATH": f"{binary.parent}:/usr/bin:/bin",
    }
    watcher = subprocess.Popen([sys.executable, "-c", WATCHER, WATCHED], env=told)
    pids = _pids(tmp_path)

    watcher.send_signal(signal.SIGKILL)
    watcher.wait()

    _assert_gone(pids)


def _pids(folder) -> list[int]:
    files = [folder / "leader", folder / "child"]
    deadline = time.monotonic() + 120
    while not all(file.exists() and file.read_text() for file in files):
        assert time.monotonic() < deadline, "the job did not start"
        time.sleep(0.05)
    return [int(file.read_text()) for file in files]


def _assert_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 2
    while any(map(_runs, pids)):
        assert time.monotonic() < deadline, f"{pids} still run"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A killed process stays a zombie until whoever adopted it looks.
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
