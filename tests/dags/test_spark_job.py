"""The task of a job: its lines in the log, its failure in its own words, no process left."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from gympulse.runbook import Section, more
from gympulse_airflow.spark import JobHook


@pytest.fixture
def hook(tmp_path, monkeypatch):
    """Make the hook of a task whose ``spark-submit`` is the given shell script."""

    def make(script: str, host: str = "local[2]", port: int | None = None, **extra) -> JobHook:
        binary = tmp_path / "bin" / "spark-submit"
        binary.parent.mkdir()
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(0o755)
        monkeypatch.setattr(sys, "prefix", str(tmp_path))
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        extra = {"deploy-mode": "client"} | extra
        connection = SimpleNamespace(conn_type="spark", host=host, port=port, extra_dejson=extra)
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


K8S = "spark.kubernetes"


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        pytest.param(
            {"host": "spark://one,two", "port": 7077, "conf": {"spark.cores.max": 8}},
            "--master spark://one,two:7077 --conf spark.cores.max=8 --name gympulse silver",
            id="standalone",
        ),
        pytest.param(
            {"host": "yarn", "queue": "hourly", "conf": {"spark.yarn.archive": "hdfs:///s.zip"}},
            "--master yarn --conf spark.yarn.archive=hdfs:///s.zip --name gympulse silver "
            "--queue hourly",
            id="yarn",
        ),
        pytest.param(
            {
                "host": "k8s://https://api:6443",
                "namespace": "gympulse",
                "conf": {
                    f"{K8S}.container.image": "registry/gympulse:1",
                    f"{K8S}.executor.secretKeyRef.AZURE_CLIENT_SECRET": "lake:secret",
                },
            },
            f"--master k8s://https://api:6443 --conf {K8S}.container.image=registry/gympulse:1 "
            f"--conf {K8S}.executor.secretKeyRef.AZURE_CLIENT_SECRET=lake:secret "
            f"--conf {K8S}.namespace=gympulse --name gympulse silver",
            id="kubernetes",
        ),
    ],
)
def test_the_connection_says_where_a_job_runs(hook, connection, words):
    """One setting is all that differs; a job's driver always is where its task is."""
    made = hook("", **connection)

    submitted = " ".join(made._build_spark_submit_command("silver.py")[1:])

    assert submitted == f"{words} --deploy-mode client silver.py --lake /lake"


@pytest.mark.parametrize(
    ("extra", "refusal"),
    [
        (
            {"deploy-mode": "cluster"},
            "deploy-mode of the connection spark is 'cluster'; 'client' is needed, for a job's "
            "driver holds its layer's lock and has to end with its task. Correct the connection, "
            "and clear this task.\n" + more(Section.SETTINGS),
        ),
        (
            {"conf": "spark.cores.max=8"},
            "conf in the extra of the connection spark is 'spark.cores.max=8'; an object of "
            "Spark's properties is needed. Correct the connection, and clear this task.\n"
            + more(Section.SETTINGS),
        ),
    ],
)
def test_a_connection_that_cannot_be_used_is_refused(hook, extra, refusal):
    with pytest.raises(AirflowFailException) as failure:
        hook("", **extra)

    assert str(failure.value) == refusal


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
            "Its last line: Error: no such class\n" + more(Section.SPARK),
            id="a job that dies without any",
        ),
        pytest.param(
            "exit 3",
            "gympulse silver ended with exit code 3 without saying why.\n" + more(Section.SPARK),
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
