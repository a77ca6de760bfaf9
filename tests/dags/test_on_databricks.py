"""What Databricks is asked for, and what is refused before it is asked."""

import copy
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from gympulse.runbook import Section, more
from gympulse.runtime import CLUSTER_CONF
from gympulse_airflow.databricks_cluster import Cluster, read
from gympulse_airflow.on_databricks import OnDatabricks, ended
from gympulse_airflow.run_page import RunPage
from jobs_api.sdk_types import problems_of_submit

WHEEL = "/Volumes/main/gympulse/wheels/gympulse-0.1.0-py3-none-any.whl"
TI = SimpleNamespace(
    id="0197-of-this-try",
    dag_id="verify",
    task_id="run_verify",
    run_id="hourly",
    map_index=-1,
    try_number=2,
)
KNOWN = (
    "wheel, secret_scope, secrets, spark_version, node_type, min_workers, max_workers, policy_id, "
    "spark_conf, tags"
)


def test_a_job_is_asked_for_with_its_words_and_a_cluster_of_its_own():
    told = {
        "wheel": WHEEL,
        "secret_scope": "gym",
        "secrets": ["AZURE_CLIENT_SECRET", "GYMPULSE_KAFKA_OPTIONS"],
        "spark_version": "18.0.x-scala2.13",
        "node_type": "Standard_E4ds_v5",
        "min_workers": 2,
        "max_workers": 3,
        "policy_id": "POLICY",
        "spark_conf": {"spark.speculation": "false", "spark.driver.extraJavaOptions": "-Da=b"},
        "tags": {"team": "gyms"},
    }
    words = ["--lake", "abfss://lake@account.dfs.core.windows.net", "--reason={{ not ours }}"]
    place = OnDatabricks("databricks", read(json.dumps(told)), "verify", words, timedelta(hours=1))

    request = place.request({"ti": TI})

    assert request == {
        "run_name": "verify.run_verify, hourly, try 2 (0197-of-this-try)",
        "idempotency_token": request["idempotency_token"],
        "timeout_seconds": 3600,
        "tasks": [
            {
                "task_key": "verify",
                "python_wheel_task": {
                    "package_name": "gympulse",
                    "entry_point": "verify",
                    "parameters": words,
                },
                "libraries": [{"whl": WHEEL}],
                "new_cluster": {
                    "spark_version": "18.0.x-scala2.13",
                    "node_type_id": "Standard_E4ds_v5",
                    "autoscale": {"min_workers": 2, "max_workers": 3},
                    "data_security_mode": "SINGLE_USER",
                    "spark_conf": CLUSTER_CONF
                    | {
                        "spark.speculation": "false",
                        "spark.driver.extraJavaOptions": "-Xss8m -Da=b",
                    },
                    "spark_env_vars": {
                        "AZURE_CLIENT_SECRET": "{{secrets/gym/azure-client-secret}}",
                        "GYMPULSE_KAFKA_OPTIONS": "{{secrets/gym/kafka-options}}",
                    },
                    "policy_id": "POLICY",
                    "custom_tags": {"team": "gyms"},
                },
                "max_retries": 0,
            }
        ],
    }
    assert problems_of_submit(request) == []


def test_what_is_not_said_has_its_default():
    assert read(json.dumps({"wheel": WHEEL})) == Cluster(wheel=WHEEL)
    request = OnDatabricks("databricks", Cluster(WHEEL), "gold", [], None).request({"ti": TI})
    assert "timeout_seconds" not in request
    assert problems_of_submit(request) == []


def test_a_cluster_of_one_size_does_not_grow():
    spec = Cluster(WHEEL, min_workers=3, max_workers=3).spec

    assert spec["num_workers"] == 3
    assert "autoscale" not in spec


@pytest.fixture
def gold(dags, monkeypatch):
    """Run gold's task where a connection of a type is named, told of Databricks."""

    def run(kind, databricks):
        connection = SimpleNamespace(conn_type=kind)
        monkeypatch.setattr(BaseHook, "get_connection", lambda *_: connection)
        task = copy.copy(dags["gold"].get_task("run_gold"))
        variables = {
            "gympulse_lake": "/lake",
            "gympulse_jobs_connection": "elsewhere",
            "gympulse_databricks": databricks,
        }
        context = {
            "run_id": "hourly",
            "params": {},
            "dag_run": SimpleNamespace(dag_id="gold", triggering_user_name=None),
            "var": {"value": variables},
        }
        task.render_template_fields(context)
        with pytest.raises(AirflowFailException) as failure:
            task.execute(context)
        return str(failure.value).splitlines()

    return run


@pytest.mark.parametrize(
    ("databricks", "sentences"),
    [
        pytest.param(
            "",
            [
                "wheel of gympulse_databricks is ''; the path of the jobs' wheel is needed, which "
                "begins with /Workspace/ or /Volumes/ and ends with .whl."
            ],
            id="nothing is said",
        ),
        pytest.param(
            "[]", ["gympulse_databricks is '[]'; a JSON object is needed."], id="no object"
        ),
        pytest.param("{", ["gympulse_databricks is '{'; a JSON object is needed."], id="no JSON"),
        pytest.param(
            json.dumps(
                {
                    "wheels": WHEEL,
                    "serverless": True,
                    "max_workers": "4",
                    "min_workers": True,
                    "secrets": "AZURE_CLIENT_ID",
                    "tags": {"cost": 1},
                }
            ),
            [
                f"gympulse_databricks has serverless; known: {KNOWN}.",
                f"gympulse_databricks has wheels; known: {KNOWN}.",
                'secrets of gympulse_databricks is "AZURE_CLIENT_ID"; a list of texts is needed.',
                "min_workers of gympulse_databricks is true; a whole number is needed.",
                'max_workers of gympulse_databricks is "4"; a whole number is needed.',
                'tags of gympulse_databricks is {"cost": 1}; an object of texts is needed.',
            ],
            id="unknown names and other types",
        ),
        pytest.param(
            json.dumps(
                {
                    "wheel": "gympulse.whl",
                    "min_workers": 5,
                    "secrets": ["PASSWORD"],
                    "spark_conf": {"spark.sql.ansi.enabled": "false"},
                }
            ),
            [
                "wheel of gympulse_databricks is 'gympulse.whl'; the path of the jobs' wheel is "
                "needed, which begins with /Workspace/ or /Volumes/ and ends with .whl.",
                "min_workers of gympulse_databricks is 5 and max_workers is 4; "
                "1 <= min_workers <= max_workers is needed.",
                "secrets of gympulse_databricks names PASSWORD; known: AZURE_TENANT_ID, "
                "AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, GYMPULSE_KAFKA_OPTIONS, "
                "GYMPULSE_SUPPRESSION_KEY.",
                "spark_conf of gympulse_databricks has spark.sql.ansi.enabled; that is the "
                "platform's to say, in include/gympulse/runtime.py, for what the jobs compute "
                "depends on it.",
            ],
            id="what cannot be used",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_asked_for(gold, databricks, sentences):
    assert gold("databricks", databricks) == [
        *sentences,
        "Mend the variable gympulse_databricks.",
        more(Section.SETTINGS),
    ]


def test_another_connection_is_refused(gold):
    assert gold("http", "") == [
        "The connection elsewhere is of type http; spark or databricks is needed. "
        "Name another in the variable gympulse_jobs_connection.",
        more(Section.SETTINGS),
    ]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(
            "JobFailed: gold_rebuild failed: Too much would vanish.\nNothing was changed.",
            "gold_rebuild failed: Too much would vanish.\nNothing was changed.",
            id="the job's own words",
        ),
        pytest.param(
            "Library installation failed: no such file.",
            "The run of gold_rebuild on Databricks ended as FAILED without a word of the job. "
            "Databricks says: Task failed. Library installation failed: no such file.\n"
            "More in README.md, When something breaks: Spark stops, or a cluster does.",
            id="a job that ends without any",
        ),
    ],
)
def test_a_failure_is_said(error, sentence):
    state = {"life_cycle_state": "TERMINATED", "result_state": "FAILED"}
    event = {
        "run_id": 1,
        "run_page_url": "https://…",
        "run_state": json.dumps(state | {"state_message": "Task failed."}),
        "errors": [{"task_key": "gold", "run_id": 2, "error": error}],
    }

    with pytest.raises(AirflowException) as failure:
        ended("gold_rebuild", event)

    assert str(failure.value) == sentence


def test_a_task_on_spark_links_to_no_run(dags):
    task = dags["gold"].get_task("run_gold")
    [page] = task.operator_extra_links

    assert isinstance(page, RunPage)
    assert page.name == "Run on Databricks"
    assert page.get_link(task, ti_key=None) == ""
