"""Which forms of operations are refused, and which way a run goes."""

import copy
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException, DownstreamTasksSkipped

from gympulse.model.tables import GOLD, SILVER
from gympulse.runbook import Section, more
from gympulse_airflow import operations
from gympulse_airflow.operations import check_options, choose

KNOWN = (
    "mode, from_date, to_date, layers, tables, archive_path, registered_users_path, "
    "gym_logins_path, reason, dry_run, require_approval"
)
REASON = "Why this is done, for whoever reads the record later."

PLANNED = ("backfill", "erasure", "gold_rebuild", "quarantine_review", "restore")


@pytest.fixture
def clock(monkeypatch):
    """Half an hour before midnight of 1 June, in UTC."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2025, 6, 1, 23, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(operations, "datetime", Clock)


@pytest.mark.parametrize(
    ("job", "params", "sentences"),
    [
        pytest.param(
            "backfill",
            {"reason": " ", "mode": "restate", "from_date": "2025-06-03", "to_date": "2025-06-02"},
            [
                f"reason is missing. {REASON}",
                "to_date is 2025-06-02, before from_date, 2025-06-03; swap or mend them.",
                "from_date is 2025-06-03, in the future; today is 2025-06-01.",
                "to_date is 2025-06-02, in the future; today is 2025-06-01.",
            ],
            id="every problem at once",
        ),
        pytest.param(
            "backfill",
            {"reason": "why", "form_date": "2025-06-01", "dryrun": False},
            [f"dryrun is unknown; known: {KNOWN}.", f"form_date is unknown; known: {KNOWN}."],
            id="names that the REST API let pass",
        ),
        pytest.param(
            "gold_rebuild",
            {"reason": "why", "max_removed_percent": 101},
            ["max_removed_percent is 101; 0 to 100 is needed."],
            id="a rebuild's share",
        ),
        pytest.param(
            "quarantine_review",
            {"reason": "why", "decision": "discard", "rules": ["-x"], "cures": {"time": "1"}},
            [
                "rules names '-x'; names of letters, digits and underscores are needed.",
                "cures are given, but what is discarded stays as it is; leave them empty.",
            ],
            id="a review's cures",
        ),
        pytest.param(
            "restore",
            {"reason": "why", "layers": ["bronze"]},
            [
                "point and before: one of them is needed, and not both.",
                "layers name bronze without silver and gold, which would be ahead of it.",
            ],
            id="a restore to nowhere",
        ),
        pytest.param(
            "restore",
            {"reason": "why", "before": "2025-05-31T10:20"},
            ["before is '2025-05-31T10:20'; an instant such as 2025-03-01T10:20Z is needed."],
            id="an instant without its zone",
        ),
        pytest.param(
            "verify",
            {"tables": ["heartrate"]},
            [
                "tables names heartrate; known: "
                f"{', '.join(table.short_name for table in (*SILVER, *GOLD))}."
            ],
            id="an unknown table",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(clock, job, params, sentences):
    with pytest.raises(AirflowFailException) as failure:
        check_options.function(job, "UTC", params)

    assert str(failure.value).splitlines() == [*sentences, more(Section.SETTINGS)]


def test_today_is_the_business_time_zones(clock):
    check_options.function("verify", "Asia/Tokyo", {"to_date": "2025-06-02"})

    with pytest.raises(AirflowFailException, match="today is 2025-06-01"):
        check_options.function("verify", "UTC", {"to_date": "2025-06-02"})


@pytest.mark.parametrize("dag_id", [*PLANNED, "maintenance", "verify"])
def test_a_wrong_form_is_not_tried_again(dags, dag_id):
    assert dags[dag_id].get_task("check_options").retries == 0


@pytest.mark.parametrize(
    ("params", "task"),
    [
        pytest.param(
            {"dry_run": True, "require_approval": False}, "end_dry_run", id="a dry run ends"
        ),
        pytest.param(
            {"dry_run": True, "require_approval": True}, "end_dry_run", id="and asks nobody"
        ),
        pytest.param(
            {"dry_run": False, "require_approval": True}, "wait_for_approval", id="somebody decides"
        ),
        pytest.param(
            {"dry_run": False, "require_approval": False}, "run_backfill", id="or nobody does"
        ),
    ],
)
def test_which_way_a_planned_run_goes(params, task):
    assert choose.function("backfill", params) == task


@pytest.mark.parametrize("dag_id", PLANNED)
def test_a_job_runs_with_an_approval_or_without_one(dags, dag_id):
    """The branch skips the approval, or goes on to it; either way one of the two succeeded."""
    run = dags[dag_id].get_task(f"run_{dag_id}")

    assert run.trigger_rule == "none_failed_min_one_success"
    assert run.upstream_task_ids == {"choose", "wait_for_approval"}


def test_an_approval_shows_the_plan(dags):
    approval = copy.copy(dags["backfill"].get_task("wait_for_approval"))
    pulled = {"show_plan": {"operation": {}, "tables": [], "markdown": "| table |\n| :-- |"}}
    ti = SimpleNamespace(xcom_pull=lambda task_ids: pulled[task_ids])

    approval.render_template_fields({"ti": ti})

    assert approval.subject == "Go on with the DAG backfill as planned?"
    assert approval.body == "| table |\n| :-- |"
    # The form's fields are not asked for again.
    assert not approval.params


def test_a_rejected_plan_is_not_run(dags):
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        _answer(dags, "Reject")

    assert skipped.value.tasks == ["run_backfill"]


def test_an_approved_plan_is_run(dags):
    assert _answer(dags, "Approve")["chosen_options"] == ["Approve"]


def _answer(dags, option: str) -> dict:
    approval = dags["backfill"].get_task("wait_for_approval")
    ti = SimpleNamespace(xcom_push=lambda key, value: None, map_index=-1)
    event = {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": datetime(2025, 6, 1, tzinfo=UTC),
        "responded_by_user": {"id": "1", "name": "admin"},
    }
    return approval.execute_complete({"task": approval, "ti": ti}, event)
