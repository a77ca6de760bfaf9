"""The operations' forms: what the UI is told, and what Airflow refuses before it makes a run."""

from datetime import date

import pytest

from gympulse.model.tables import GOLD, SILVER
from gympulse.operations.checks import check
from gympulse.operations.options import OPTIONS
from gympulse_airflow.forms import form

TODAY = date(2025, 6, 1)
GOLD_TABLES = [table.short_name for table in GOLD]
TABLES = [table.short_name for table in (*SILVER, *GOLD)]


@pytest.fixture
def params(dags):
    """The fields of a DAG's form as the API server knows them: ``params(dag_id)``."""
    from airflow.serialization.serialized_objects import DagSerialization

    def of(dag_id: str):
        return DagSerialization.from_dict(DagSerialization.to_dict(dags[dag_id])).params

    return of


def test_the_form_of_a_rebuild(params):
    """Null and no default of its own make the reason a field that must be filled in."""
    found = params("gold_rebuild")
    told = {name: found.get_param(name).dump() for name in found}

    assert {name: (field["value"], field["description"]) for name, field in told.items()} == {
        "from_date": (
            None,
            "First day, inclusive, of the rows of gold, in the business time zone. "
            "Both empty: every day.",
        ),
        "to_date": (
            None,
            "Last day, inclusive, of the rows of gold, in the business time zone; "
            "not in the future. Both empty: every day.",
        ),
        "tables": ([], "Which tables; empty: all of gold."),
        "max_removed_percent": (
            5.0,
            "Stop before anything is changed where more of the present rows would vanish.",
        ),
        "reason": (None, "Why this is done, for whoever reads the record later."),
        "dry_run": (
            True,
            "On: make the plan, show and record it, and change nothing. "
            "Off: make the plan, then do it.",
        ),
        "require_approval": (
            False,
            "On: stop when the plan is made, and go on only when somebody approves it under "
            "Required Actions. A dry run asks nobody.",
        ),
    }
    assert {name: field["schema"] for name, field in told.items()} == {
        "from_date": {"title": "From", "type": ["null", "string"], "format": "date"},
        "to_date": {"title": "To", "type": ["null", "string"], "format": "date"},
        "tables": {
            "title": "Tables",
            "type": ["null", "array"],
            "items": {"enum": GOLD_TABLES},
            "examples": GOLD_TABLES,
        },
        "max_removed_percent": {"title": "At most removed, in percent", "type": "number"},
        "reason": {"title": "Reason", "type": "string", "minLength": 1},
        "dry_run": {"title": "Dry run", "type": "boolean"},
        "require_approval": {"title": "Require approval", "type": "boolean"},
    }


def test_what_a_review_is_told_in_a_form(params):
    """Rules one a line, whatever their names; cures as a JSON object of texts."""
    found = params("quarantine_review")
    told = {name: found.get_param(name).dump() for name in ("decision", "rules", "cures")}

    assert {name: (field["value"], field["schema"]) for name, field in told.items()} == {
        "decision": (
            "release",
            {"title": "Decision", "type": "string", "enum": ["release", "discard"]},
        ),
        "rules": (
            [],
            {"title": "Rules", "type": ["null", "array"], "items": {"type": "string"}},
        ),
        "cures": (
            None,
            {
                "title": "Cures",
                "type": ["null", "object"],
                "additionalProperties": {"type": "string"},
            },
        ),
    }


@pytest.mark.parametrize("job", OPTIONS)
def test_a_dags_form_has_the_options_of_its_job_and_approval_where_it_plans(params, job):
    options = [option.name for option in OPTIONS[job]]

    # The maintenance may be tried, and has no plan that anybody would approve.
    plans = "dry_run" in options and job != "maintenance"
    assert list(params(job)) == options + ["require_approval"] * plans


@pytest.mark.parametrize("job", OPTIONS)
def test_every_field_is_explained(job):
    for field in form(job).values():
        assert field.schema["title"]
        assert field.description.endswith(".")


@pytest.mark.parametrize("job", OPTIONS)
def test_a_form_left_as_it_is_means_what_a_bare_command_line_means(params, job):
    """The reason, where one is needed, is all that must be given, and where a restore goes to."""
    needed = {option.name: "7" for option in OPTIONS[job] if option.is_required}
    if job == "restore":
        needed["before"] = "2025-03-01T10:20Z"
    left = params(job).deep_merge(needed).validate()

    assert check(job, left, TODAY) == check(job, needed, TODAY)


@pytest.mark.parametrize(
    ("dag_id", "given"),
    [
        pytest.param("verify", {}, id="a verification needs nothing"),
        pytest.param("maintenance", {}, id="the maintenance needs nothing"),
        pytest.param("maintenance", {"tables": ["ledger"], "keep_days": 0.5}, id="half a day"),
        pytest.param("bronze", {}, id="bronze accepts no loss"),
        pytest.param("bronze", {"accept_kafka_loss": ["bpm", "workout"]}, id="a loss"),
        pytest.param("bronze", {"accept_kafka_loss": None}, id="topics emptied in the UI"),
        pytest.param("verify", {"from_date": "2025-03-01"}, id="a day"),
        pytest.param("verify", {"from_date": None, "tables": None}, id="fields emptied in the UI"),
        pytest.param("verify", {"tables": TABLES}, id="every table"),
        pytest.param("backfill", {"reason": "r", "mode": "restate"}, id="a choice"),
        pytest.param("backfill", {"reason": "r", "layers": ["gold"]}, id="some of several"),
        pytest.param("backfill", {"reason": "r", "archive_path": None}, id="a folder emptied"),
        pytest.param("backfill", {"reason": "r", "dry_run": False}, id="no dry run"),
        pytest.param("gold_rebuild", {"reason": "r", "max_removed_percent": 0}, id="a whole share"),
        pytest.param("gold_rebuild", {"reason": "r", "max_removed_percent": 0.5}, id="a share"),
        pytest.param("erasure", {"reason": "r", "user_id": "7"}, id="a member"),
        pytest.param("quarantine_review", {"reason": "r", "cures": {"zip": "'1'"}}, id="a cure"),
        pytest.param("quarantine_review", {"reason": "r", "cures": None}, id="cures emptied"),
        pytest.param("quarantine_review", {"reason": "r", "rules": ["any"]}, id="a rule's name"),
    ],
)
def test_what_airflow_takes(params, dag_id, given):
    taken = params(dag_id).deep_merge(given).validate()

    assert taken | given == taken


@pytest.mark.parametrize(
    ("dag_id", "given", "wrong"),
    [
        pytest.param(
            "bronze", {"accept_kafka_loss": ["sleep"]}, "accept_kafka_loss", id="an unknown topic"
        ),
        pytest.param("backfill", {}, "reason", id="no reason"),
        pytest.param("gold_rebuild", {}, "reason", id="no reason for a rebuild"),
        pytest.param("erasure", {"reason": "r"}, "user_id", id="nobody to erase"),
        pytest.param("erasure", {"reason": "r", "user_id": 7}, "user_id", id="a number for a text"),
        pytest.param("backfill", {"reason": ""}, "reason", id="an empty reason"),
        pytest.param("backfill", {"reason": None}, "reason", id="a reason of null"),
        pytest.param("backfill", {"reason": 7}, "reason", id="a number for a reason"),
        pytest.param("backfill", {"reason": "r", "mode": "load"}, "mode", id="an unknown mode"),
        pytest.param("backfill", {"reason": "r", "mode": None}, "mode", id="no mode"),
        pytest.param(
            "quarantine_review", {"reason": "r", "cures": {"zip": 1}}, "cures", id="a cure in JSON"
        ),
        pytest.param(
            "quarantine_review", {"reason": "r", "cures": "zip"}, "cures", id="cures as text"
        ),
        pytest.param("quarantine_review", {"reason": "r", "rules": "any"}, "rules", id="one rule"),
        pytest.param("verify", {"from_date": "yesterday"}, "from_date", id="no date"),
        pytest.param("verify", {"from_date": "2025-02-30"}, "from_date", id="no such day"),
        pytest.param("verify", {"to_date": "20250301"}, "to_date", id="a date without dashes"),
        pytest.param("verify", {"to_date": 20250301}, "to_date", id="a number for a date"),
        pytest.param("verify", {"tables": ["heartrate"]}, "tables", id="an unknown table"),
        pytest.param("verify", {"tables": "heart_rate"}, "tables", id="one table, not a list"),
        pytest.param(
            "gold_rebuild", {"reason": "r", "tables": ["users"]}, "tables", id="another layer's"
        ),
        pytest.param(
            "backfill", {"reason": "r", "layers": ["bronze"]}, "layers", id="a layer not restated"
        ),
        pytest.param("backfill", {"reason": "r", "dry_run": "no"}, "dry_run", id="text for a flag"),
        pytest.param("backfill", {"reason": "r", "dry_run": None}, "dry_run", id="null for a flag"),
        pytest.param(
            "backfill",
            {"reason": "r", "require_approval": 1},
            "require_approval",
            id="a number for a flag",
        ),
        pytest.param(
            "backfill", {"reason": "r", "archive_path": 1}, "archive_path", id="a number for text"
        ),
        pytest.param(
            "gold_rebuild",
            {"reason": "r", "max_removed_percent": "5"},
            "max_removed_percent",
            id="text for a number",
        ),
    ],
)
def test_what_airflow_refuses(params, dag_id, given, wrong):
    from airflow.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError, match=f"^Invalid input for param {wrong}: "):
        params(dag_id).deep_merge(given).validate()
