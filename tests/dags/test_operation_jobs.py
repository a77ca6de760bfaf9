"""What jobs are told by forms: those of the operations, and bronze after a loss."""

import copy
from types import SimpleNamespace

import pytest
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from gympulse.model.tables import BRONZE, GOLD, SILVER
from gympulse_airflow import on_spark
from gympulse_airflow.spark import JobHook

RUN = "manual__2025-06-01T10:00:00+00:00"
VARIABLES = {
    "gympulse_lake": "/lake",
    "gympulse_kafka_bootstrap_servers": "localhost:9092",
}
CONTEXT = {"run_id": RUN, "var": {"value": VARIABLES}}


@pytest.fixture
def submitted(monkeypatch):
    """Run a task with a form's values; give the job's file and the words it is started with."""
    connection = SimpleNamespace(
        conn_type="spark", host="local[2]", port=None, extra_dejson={"deploy-mode": "client"}
    )

    def get(*args: str) -> SimpleNamespace:
        # Called as a method of the hook, and as one of its class.
        if args[-1] != "spark":
            raise AirflowNotFoundException(args[-1])
        return connection

    monkeypatch.setattr(BaseHook, "get_connection", get)
    found = []
    # These tests are to outlive whoever started them.
    monkeypatch.setattr(on_spark, "end_with_parent", lambda: None)
    monkeypatch.setattr(
        JobHook,
        "submit",
        lambda hook, application: found.extend([application, *hook._application_args]),
    )

    def run(task, params, user=None) -> list[str]:
        # The suite's DAGs stay as they are.
        task = copy.copy(task)
        run = SimpleNamespace(dag_id=task.dag_id, triggering_user_name=user)
        context = CONTEXT | {"dag_run": run, "params": params}
        task.render_template_fields(context)
        task.execute(context)
        return [found[0].rpartition("/")[2], *found[1:]]

    return run


@pytest.mark.parametrize(
    ("dag_id", "task_id", "params", "words"),
    [
        pytest.param(
            "backfill",
            "make_plan",
            {"mode": "load_archives", "reason": "-- 2024 was lost", "dry_run": False},
            ["--mode=load_archives", "--reason=-- 2024 was lost", "--dry-run"],
            id="a plan is a dry run, whatever the form says",
        ),
        pytest.param(
            "backfill",
            "run_backfill",
            {
                "mode": "restate",
                "from_date": "2025-03-01",
                "to_date": "2025-03-04",
                "layers": ["gold"],
                "tables": ["heart_rate", "users"],
                "archive_path": None,
                "reason": "{{ run_id }}",
                "dry_run": True,
                "require_approval": True,
            },
            [
                "--mode=restate",
                "--from-date=2025-03-01",
                "--to-date=2025-03-04",
                "--layers",
                "gold",
                "--tables",
                "heart_rate",
                "users",
                "--reason={{ run_id }}",
                "--no-dry-run",
            ],
            id="what runs is none; a form's text is no template",
        ),
        pytest.param(
            "gold_rebuild",
            "run_gold_rebuild",
            {"tables": [], "max_removed_percent": 0, "reason": "why", "dry_run": False},
            ["--max-removed-percent=0", "--reason=why", "--no-dry-run"],
            id="a rebuild",
        ),
        pytest.param(
            "quarantine_review",
            "run_quarantine_review",
            {
                "decision": "release",
                "rules": ["bad_time", "bad_heartrate"],
                "sources": ["kafka_multiplex"],
                "cures": {"heartrate": "field['heartrate'] / 10.0", "zip": "'{{ run_id }}'"},
                "reason": "why",
                "dry_run": False,
            },
            [
                "--decision=release",
                "--rules",
                "bad_time",
                "bad_heartrate",
                "--sources",
                "kafka_multiplex",
                """--cures={"heartrate": "field['heartrate'] / 10.0", "zip": "'{{ run_id }}'"}""",
                "--reason=why",
                "--no-dry-run",
            ],
            id="a review",
        ),
        pytest.param(
            "quarantine_review",
            "make_plan",
            {"decision": "discard", "rules": None, "sources": [], "cures": None, "reason": "why"},
            ["--decision=discard", "--reason=why", "--dry-run"],
            id="a review's plan",
        ),
        pytest.param(
            "maintenance",
            "run_maintenance",
            {"tables": [], "keep_days": 7.0, "keep_records_days": 90.0, "dry_run": False},
            ["--keep-days=7.0", "--keep-records-days=90.0", "--no-dry-run"],
            id="a night's maintenance",
        ),
        pytest.param(
            "restore",
            "run_restore",
            {"point": None, "before": "2025-06-01T10:20Z", "layers": ["silver"], "reason": "why"},
            [
                "--kafka-bootstrap-servers",
                "localhost:9092",
                "--before=2025-06-01T10:20Z",
                "--layers",
                "silver",
                "--reason=why",
                "--no-dry-run",
            ],
            id="a restore",
        ),
        pytest.param(
            "verify",
            "run_verify",
            {"from_date": None, "to_date": None, "tables": []},
            [],
            id="a night's verification",
        ),
    ],
)
def test_a_job_is_told_the_lake_the_run_and_the_form(
    dags, submitted, dag_id, task_id, params, words
):
    """The run's id, which clearing and retrying keep, names the operation."""
    assert submitted(dags[dag_id].get_task(task_id), params) == [
        f"{dag_id}.py",
        *("--lake", "/lake", "--env", "dev", "--time-zone", "UTC"),
        f"--airflow-run={dag_id}/{RUN}",
        f"--operation-id={dag_id}/{RUN}",
        "--by=Airflow",
        *words,
    ]


def test_an_erasure_asks_the_broker_too(dags, submitted):
    """For how long it keeps what no erasure reaches."""
    params = {"mode": "erase", "user_id": "-7", "reason": "request 7", "dry_run": True}

    assert submitted(dags["erasure"].get_task("run_erasure"), params)[-6:] == [
        "--kafka-bootstrap-servers",
        "localhost:9092",
        "--mode=erase",
        "--user-id=-7",
        "--reason=request 7",
        "--no-dry-run",
    ]


def test_every_job_is_told_the_same_rules(dags, submitted, monkeypatch):
    rules = {"gympulse_lake": "/lake", "gympulse_rules": '{"max_heartrate": 230}'}
    monkeypatch.setitem(CONTEXT, "var", {"value": rules})

    task = dags["verify"].get_task("run_verify")
    assert "--max-heartrate=230" in submitted(task, {})


def test_a_job_is_told_who_started_the_run(dags, submitted):
    """As one word, whatever the name."""
    task = dags["quarantine_review"].get_task("make_plan")

    assert "--by=-- Ann {{ }}" in submitted(task, {"reason": "why"}, "-- Ann {{ }}")


@pytest.mark.parametrize(
    ("topics", "words"),
    [
        pytest.param([], [], id="none, as every hour"),
        pytest.param(None, [], id="none, as the UI says it"),
        pytest.param(
            ["bpm", "workout"],
            ["--accept-kafka-loss", "bpm", "--accept-kafka-loss", "workout"],
            id="two",
        ),
    ],
)
def test_bronze_is_told_which_loss_is_accepted(dags, submitted, topics, words):
    params = {"accept_kafka_loss": topics, "note": None}

    assert submitted(dags["bronze"].get_task("run_bronze"), params) == [
        "bronze.py",
        *("--lake", "/lake", "--env", "dev", "--time-zone", "UTC"),
        f"--airflow-run=bronze/{RUN}",
        *("--kafka-bootstrap-servers", "localhost:9092"),
        *words,
    ]


@pytest.mark.parametrize(
    ("dag_id", "task_id", "changed"),
    [
        pytest.param("backfill", "make_plan", (), id="a plan changes nothing"),
        pytest.param("backfill", "run_backfill", (*BRONZE, *SILVER, *GOLD), id="a backfill"),
        pytest.param("erasure", "make_plan", (), id="an erasure's plan"),
        pytest.param("erasure", "run_erasure", (*BRONZE, *SILVER, *GOLD), id="an erasure"),
        pytest.param("gold_rebuild", "make_plan", (), id="a rebuild's plan"),
        pytest.param("gold_rebuild", "run_gold_rebuild", GOLD, id="a rebuild"),
        pytest.param("maintenance", "run_maintenance", (), id="the maintenance keeps all rows"),
        pytest.param("quarantine_review", "make_plan", (), id="a review's plan"),
        pytest.param(
            "quarantine_review",
            "run_quarantine_review",
            (*BRONZE, *SILVER, *GOLD),
            id="a review",
        ),
        pytest.param("restore", "make_plan", (), id="a restore's plan"),
        pytest.param("restore", "run_restore", (*BRONZE, *SILVER, *GOLD), id="a restore"),
        pytest.param("verify", "run_verify", (), id="a verification"),
    ],
)
def test_operations_take_turns_and_name_what_they_change(dags, dag_id, task_id, changed):
    job = dags[dag_id].get_task(task_id)

    # Only a verification is not repeated: tables that differ differ again.
    assert (job.pool, job.retries) == ("operations", 0 if dag_id == "verify" else 2)
    assert [asset.name for asset in job.outlets] == [table.name for table in changed]
