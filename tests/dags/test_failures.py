"""A run that failed is told with what its tasks said, and with what its runbook says."""

from types import SimpleNamespace

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator

from gympulse_airflow import failures
from gympulse_airflow.alerts import Alert
from gympulse_airflow.runbooks import what_to_do, when_late

RUN = "scheduled__2025-06-01T09:00:00+00:00"


def test_every_dag_tells_of_its_failures(dags):
    assert {dag.on_failure_callback for dag in dags.values()} == {failures.tell}


def test_every_task_says_what_it_failed_of(dags):
    """For the run's alert; what a try said that is tried again is nobody's concern."""
    tasks = [task for dag in dags.values() for task in dag.tasks]

    assert {tuple(task.on_failure_callback) for task in tasks} == {(failures.note,)}
    assert not any(task.on_retry_callback for task in tasks)


def test_every_task_that_works_has_a_paragraph_in_its_runbook(dags):
    """The alert says what to do in the words of the DAG's page."""
    unnamed = {
        f"{dag.dag_id}.{task.task_id}"
        for dag in dags.values()
        for task in dag.tasks
        if not isinstance(task, EmptyOperator) and f"`{task.task_id}`" not in dag.doc_md
    }

    # It only chooses the next task.
    assert {name.partition(".")[2] for name in unnamed} <= {"choose"}


RUNBOOK = """### Silver

Every hour, `run_silver` runs.

**If `run_silver` fails**, the last lines
of its log say why. Clear it.

**If `make_plan` or `show_plan` fails**, clear it.

**If a run is late**, look at the pool.
"""


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        pytest.param(
            ["run_silver"],
            "If `run_silver` fails, the last lines of its log say why. Clear it.",
            id="one task",
        ),
        pytest.param(
            ["show_plan", "run_silver"],
            "If `run_silver` fails, the last lines of its log say why. Clear it.\n"
            "If `make_plan` or `show_plan` fails, clear it.",
            id="several tasks",
        ),
        pytest.param(["choose"], "Clear choose; the run then goes on.", id="no paragraph"),
        pytest.param([], "Clear the failed tasks; the run then goes on.", id="no task"),
    ],
)
def test_what_to_do_is_in_the_runbook(tasks, told):
    assert what_to_do(RUNBOOK, tasks) == told


def test_what_to_do_when_late_is_in_the_runbook():
    assert when_late(RUNBOOK) == "If a run is late, look at the pool."


@pytest.fixture
def run(monkeypatch):
    """A run whose tasks ended in some states, of which some left a note; give what is told."""
    notes = {}
    monkeypatch.setattr(
        failures.XCom, "get_one", lambda *, key, dag_id, task_id, run_id: notes.get(task_id)
    )

    def told(dag, states, said, ti="0197") -> Alert:
        monkeypatch.setattr(
            failures.RuntimeTaskInstance,
            "get_task_states",
            lambda dag_id, run_ids: {RUN: states} if states else {},
        )
        notes.update(said)
        sent = []
        monkeypatch.setattr(failures, "send", sent.append)
        context = {"dag": dag, "run_id": RUN, "reason": "timed_out"}
        failures.tell(context | ({"ti": SimpleNamespace(id=ti)} if ti else {}))
        [alert] = sent
        return alert

    return told


def test_a_failed_run_is_told_in_its_tasks_words(dags, run):
    states = {
        "copy_gym_logins": "failed",
        "run_bronze": "failed",
        "check_copies": "upstream_failed",
    }

    alert = run(dags["bronze"], states, {"copy_gym_logins": "Away.", "run_bronze": "Kafka too."})

    assert (alert.kind, alert.dag, alert.run_id) == ("failed", "bronze", RUN)
    assert alert.tasks == ("copy_gym_logins", "run_bronze")
    assert alert.happened == "copy_gym_logins: Away.\nrun_bronze: Kafka too."
    assert alert.todo.startswith("If a copy (`copy_registered_users`, `copy_gym_logins`) fails, ")
    assert "\nIf `run_bronze` fails, the last lines of its log say why" in alert.todo
    assert alert.occasion == "0197"


def test_of_a_task_that_was_killed_we_say_what_it_could_not(dags, run):
    alert = run(dags["gold"], {"wait_for_silver": "success", "run_gold": "failed"}, {})

    assert alert.happened == (
        "run_gold: its process ended without a word: it was killed, for instance for want of "
        "memory, or its worker was lost. What it had written is whole.\n"
        "More in README.md, When something breaks: Spark stops, or a cluster does."
    )
    assert alert.todo.startswith("If `run_gold` fails, ")


def test_a_run_that_airflow_ended_is_told_too(dags, run):
    alert = run(dags["gold"], {}, {}, ti=None)

    assert alert.happened == (
        "No task failed; Airflow ended the run (timed_out).\n"
        "More in README.md, When something breaks: A run is late, or waits."
    )
    assert (alert.tasks, alert.occasion) == ((), "")


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        pytest.param(ValueError("gold failed: Why.\nMore."), "gold failed: Why.\nMore.", id="said"),
        pytest.param(ValueError(), "ValueError", id="no words"),
        pytest.param(
            ValueError("a" * 3000 + "z" * 400),
            "a" * 1500 + " … " + "z" * 400,
            id="a long one keeps both ends",
        ),
    ],
)
def test_a_task_notes_what_it_failed_of(error, kept):
    pushed = {}
    ti = SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))

    failures.note({"exception": error, "ti": ti})

    assert pushed == {"failure": kept}


def test_for_a_task_that_was_killed_nothing_is_noted():
    """Airflow calls it elsewhere then, where nothing can be handed on."""
    failures.note({"ti": None})


def test_a_secret_is_masked_before_it_is_told(caplog):
    from airflow.sdk.log import mask_secret

    pushed = {}
    ti = SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))
    mask_secret("canary-of-a-connection")

    failures.note({"exception": ValueError("key canary-of-a-connection is refused"), "ti": ti})

    assert pushed == {"failure": "key *** is refused"}
