"""The task of a job: its lines in the log, its failure in its own words, no process left."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowException

from gympulse_airflow.spark import JobHook


@pytest.fixture
def hook(tmp_path, monkeypatch):
    """Make the hook of a task whose ``spark-submit`` is the given shell script."""

    def make(script: str) -> JobHook:
        binary = tmp_path / "bin" / "spark-submit"
        binary.parent.mkdir()
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(0o755)
        monkeypatch.setattr(sys, "prefix", str(tmp_path))
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        connection = SimpleNamespace(
            conn_type="spark", host="local[2]", port=None, extra_dejson={"deploy-mode": "client"}
        )
        monkeypatch.setattr(JobHook, "get_connection", lambda *_: connection)
        return JobHook(
            conn_id="spark", name="gympulse silver", application_args=["--lake", "/lake"]
        )

    return make


def test_the_environments_spark_submit_runs_and_its_lines_are_logged(hook, monkeypatch):
    made = hook('echo "arguments: $@"; echo silver is done.')
    logged = []
    monkeypatch.setattr(made.log, "info", lambda message, *_: logged.append(message))

    made.submit("silver.py")

    assert logged[-2:] == [
        "arguments: --master local[2] --name gympulse silver --deploy-mode client "
        "silver.py --lake /lake",
        "silver is done.",
    ]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(
            "echo WARN noise; echo 'silver failed: Kafka is away.'; echo Nothing is lost.; exit 1",
            "silver failed: Kafka is away.\nNothing is lost.",
            id="the job's own words",
        ),
        pytest.param(
            "echo Error: no such class; exit 101",
            "gympulse silver ended with exit code 101 without saying why. "
            "Its last line: Error: no such class",
            id="a job that dies without any",
        ),
        pytest.param(
            "exit 3",
            "gympulse silver ended with exit code 3 without saying why.",
            id="a job that dies in silence",
        ),
    ],
)
def test_a_failure_is_said_without_the_command(hook, script, reason):
    with pytest.raises(AirflowException) as failure:
        hook(script).submit("silver.py")

    assert str(failure.value) == reason


def test_a_missing_spark_submit_is_said(hook, tmp_path):
    made = hook("")
    (tmp_path / "bin" / "spark-submit").unlink()

    with pytest.raises(AirflowException, match="^spark-submit is neither in"):
        made.submit("silver.py")


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
from gympulse_airflow.spark import _end_with_parent
subprocess.Popen(sys.argv[1:], start_new_session=True, preexec_fn=_end_with_parent).wait()
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
