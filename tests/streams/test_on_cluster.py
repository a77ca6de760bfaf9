"""The chain, a backfill and a rebuild pass the same tests on a Spark cluster."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gympulse.lake import Lake
from gympulse.local.class_archive import all_layers
from gympulse.session import Session
from streams.checking import assert_equals_oracle, assert_ledger_balances, placed
from streams.cluster import WORKERS, Cluster
from streams.processes import kill_after_commits, submit, writes
from streams.runs import Broker, Runner, wait_until

# In `make test` it is the platform's hourly chain, through Airflow, that is moved to a cluster.
pytestmark = pytest.mark.long

STREAMS = Path(__file__).parent
CLUSTER_SETTINGS = STREAMS.parents[1] / ".tools" / "spark" / "cluster.conf"
# The chain is what both begin with.
SAME_TESTS = [
    "test_restate.py::test_every_day_restated_is_a_fresh_lake",
    "test_rebuild.py::test_wrong_rows_are_replaced_at_once",
]


def test_the_same_tests_pass(cluster: Cluster) -> None:
    """As they are, with only Spark's master another."""
    words = ["--properties-file", str(CLUSTER_SETTINGS), *cluster.words]
    environment = os.environ | {
        "TESTS_SPARK": shlex.join(words),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": cluster.conf["spark.pyspark.python"],
    }
    tests = [str(STREAMS / each) for each in SAME_TESTS]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, f"{len(tests)} passed" in done.stdout) == (0, True), done.stdout
    assert cluster.shipped_to() == set(WORKERS)
    assert [app["name"] for app in cluster.state()["completedapps"]] == ["gympulse tests"]


def test_a_driver_and_a_worker_that_die_cost_no_row(
    tmp_path: Path, broker: Broker, cluster: Cluster
) -> None:
    """Executors end with their driver; with rows that a job keeps at a worker it may fail, as any.

    The next try makes it good.
    """
    runner, batches = Runner(Lake(str(tmp_path)), broker, Session("unused")), placed(61)
    for batch in batches:
        runner.receive(batch)
    words = (all_layers.__file__, runner.lake.root, broker.servers)
    assert kill_after_commits(submit(*words, where=cluster.words), runner.lake, commits=4)
    wait_until(lambda: not cluster.state()["activeapps"])
    job = submit(*words, where=cluster.words)
    assert writes(job, runner.lake, commits=40)
    cluster.kill(WORKERS[0])
    if job.wait():
        again = submit(*words, where=cluster.words)
        told, _ = again.communicate()
        assert again.returncode == 0, told
    assert_equals_oracle(runner, batches)
    assert_ledger_balances(runner.lake)
