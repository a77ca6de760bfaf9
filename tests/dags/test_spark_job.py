"""The task of a job: its lines in the log, its failure in its own words, no process left."""

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from gympulse.runbook import Section, more


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
