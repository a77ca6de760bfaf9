"""What was recorded of an operation reads as a table, in the log, in XCom and for approval."""

import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from deltalake import write_deltalake

from gympulse.lake import Lake
from gympulse.model.tables import COMPARISONS, OPERATIONS
from gympulse_airflow import operations
from gympulse_airflow.operations import show_plan, show_result
from gympulse_airflow.showing import PLAN, as_text

RUN = "manual__2025-06-01T10:00:00+00:00"
TEN = datetime(2025, 6, 1, 10, tzinfo=UTC)
EXAMPLES = json.dumps([{"key": [7, "2025-03-01"], "found": None, "expected": [72.0]}])
RESTATEMENT = {
    "operation_id": RUN,
    "phase": "plan",
    "job": "backfill",
    "mode": "restate",
    "from_date": date(2025, 3, 1),
    "to_date": date(2025, 3, 4),
    "reason": "a rule was wrong",
    "operator": None,
    "options": None,
    "is_dry_run": False,
    "outcome": "planned",
    "files_to_read": 12,
    "rows_to_read": 3400,
    "bytes_to_read": 56789,
    "began_at": TEN,
    "finished_at": TEN,
}
HEART_RATE = {
    "operation_id": RUN,
    "phase": "plan",
    "table": "heart_rate",
    "rows_expected": 3400,
    "missing": 1200,
    "extra": 3,
    "different": 0,
    "chosen": None,
    "passing": None,
    "failing": None,
    "first_date": date(2025, 3, 1),
    "last_date": date(2025, 3, 4),
    "examples": EXAMPLES,
    "finished_at": TEN,
    "version_now": None,
    "version_then": None,
}
GYM_SUMMARY = HEART_RATE | {
    "table": "gym_summary",
    "rows_expected": 40,
    "missing": 0,
    "extra": 0,
    "first_date": None,
    "last_date": None,
    "examples": None,
}
PLAN_LINES = [
    "backfill, restate, 2025-03-01 to 2025-03-04, both inclusive: planned.",
    "To read: 12 files, 3,400 rows, 56,789 bytes.",
    "Reason: a rule was wrong",
    "table        to insert  to change  to delete   first day    last day",
    "heart_rate       1,200          0          3  2025-03-01  2025-03-04",
    "gym_summary          0          0          0",
    'heart_rate: {"key": [7, "2025-03-01"], "found": null, "expected": [72.0]}',
]


@pytest.fixture
def record(tmp_path):
    """Record rows, as the jobs do: ``record(table, *rows)``."""
    from gympulse.io.schema import arrow_schema

    def write(table, *rows: dict) -> None:
        found = pa.Table.from_pylist(list(rows), schema=arrow_schema(table))
        write_deltalake(Lake(str(tmp_path)).path(table), found, mode="append")

    return write


@pytest.fixture
def logged(monkeypatch):
    """The lines that a task logs."""
    lines = []
    monkeypatch.setattr(operations.log, "info", lambda line, *values: lines.append(line % values))
    return lines


def test_a_plan_is_logged_and_given_to_xcom(record, logged, tmp_path):
    """Tables stand in the model's order, and another run's are not shown."""
    other = {"operation_id": "manual__2024"}
    record(OPERATIONS, RESTATEMENT | other, RESTATEMENT, RESTATEMENT | {"phase": "result"})
    record(COMPARISONS, HEART_RATE | other, GYM_SUMMARY, HEART_RATE)

    told = show_plan.function(str(tmp_path), "dev", RUN)

    assert logged == PLAN_LINES
    days = {"first_date": "2025-03-01", "last_date": "2025-03-04"}
    finished = {"finished_at": "2025-06-01T10:00:00+00:00"}
    assert json.loads(json.dumps(told)) == {
        "operation": RESTATEMENT
        | finished
        | {"from_date": "2025-03-01", "to_date": "2025-03-04"}
        | {"began_at": "2025-06-01T10:00:00+00:00"},
        "tables": [HEART_RATE | finished | days, GYM_SUMMARY | finished],
        "markdown": "backfill, restate, 2025-03-01 to 2025-03-04, both inclusive: planned.\n\n"
        "To read: 12 files, 3,400 rows, 56,789 bytes.\n\n"
        "Reason: a rule was wrong\n\n"
        "| table | to insert | to change | to delete | first day | last day |\n"
        "| :-- | --: | --: | --: | --: | --: |\n"
        "| heart_rate | 1,200 | 0 | 3 | 2025-03-01 | 2025-03-04 |\n"
        "| gym_summary | 0 | 0 | 0 |  |  |\n\n"
        '    heart_rate: {"key": [7, "2025-03-01"], "found": null, "expected": [72.0]}',
    }


@pytest.mark.parametrize(
    ("told", "sentences"),
    [
        pytest.param(
            {"mode": "load_archives", "from_date": None, "to_date": None},
            [
                "backfill, load_archives, every day: planned.",
                "To read: 12 files, 3,400 rows, 56,789 bytes.",
                "Reason: a rule was wrong",
            ],
            id="no bound",
        ),
        pytest.param(
            {"to_date": None, "rows_to_read": None},
            [
                "backfill, restate, from 2025-03-01 on: planned.",
                "To read: 12 files, 56,789 bytes.",
                "Reason: a rule was wrong",
            ],
            id="no end, and nobody knows how many rows",
        ),
        pytest.param(
            {
                "job": "gold_rebuild",
                "mode": None,
                "from_date": None,
                "outcome": "refused",
                "files_to_read": None,
                "rows_to_read": None,
                "bytes_to_read": None,
                "reason": None,
            },
            ["gold_rebuild, up to 2025-03-04, inclusive: refused."],
            id="no beginning and nothing else",
        ),
    ],
)
def test_what_was_asked_for_is_said_first(told, sentences):
    lines = as_text({"operation": RESTATEMENT | told, "tables": []}, PLAN)

    assert lines == [*sentences, "table  to insert  to change  to delete  first day  last day"]


def test_a_review_shows_who_asks_for_what(record, logged, tmp_path):
    """With records before and after, and what they still break."""
    cures = {"heartrate": "field['heartrate'] / 10.0"}
    asked = {"rules": ["bad_heartrate"], "sources": [], "cures": cures}
    review = {"job": "quarantine_review", "mode": "release", "operator": "Ann"}
    numbers = {"files_to_read": None, "rows_to_read": None, "bytes_to_read": None}
    days = {"from_date": None, "to_date": None}
    record(OPERATIONS, RESTATEMENT | review | numbers | days | {"options": json.dumps(asked)})
    example = {"record": "bpm/0/5", "before": "700", "after": "70.0", "breaks": []}
    found = {"table": "kafka_multiplex", "chosen": 1200, "passing": 1199, "failing": 1}
    nothing = dict.fromkeys(("rows_expected", "missing", "extra", "different"))
    dates = dict.fromkeys(("first_date", "last_date"))
    examples = {"examples": json.dumps([example])}
    record(COMPARISONS, HEART_RATE | found | nothing | dates | examples)

    told = show_plan.function(str(tmp_path), "dev", RUN)

    assert logged == [
        "quarantine_review, release, every day: planned.",
        "Reason: a rule was wrong",
        "Asked for by: Ann",
        'Options: {"rules": ["bad_heartrate"], "cures": '
        """{"heartrate": "field['heartrate'] / 10.0"}}""",
        "source           chosen  would pass  would not",
        "kafka_multiplex   1,200       1,199          1",
        'kafka_multiplex: {"record": "bpm/0/5", "before": "700", "after": "70.0", "breaks": []}',
    ]
    assert "| kafka_multiplex | 1,200 | 1,199 | 1 |" in told["markdown"]


def test_a_verification_shows_what_differs(record, logged, tmp_path):
    verification = {"job": "verify", "mode": None, "reason": None, "outcome": "different"}
    every_day = {"from_date": None, "to_date": None, "phase": "result"}
    record(OPERATIONS, RESTATEMENT | verification | every_day)
    record(COMPARISONS, HEART_RATE | {"phase": "result", "different": 1})

    told = show_result.function(str(tmp_path), "dev", RUN)

    assert logged == [
        "verify, every day: different.",
        "To read: 12 files, 3,400 rows, 56,789 bytes.",
        "table       expected  missing  different  extra   first day    last day",
        "heart_rate     3,400    1,200          1      3  2025-03-01  2025-03-04",
        'heart_rate: {"key": [7, "2025-03-01"], "found": null, "expected": [72.0]}',
    ]
    assert [table["different"] for table in json.loads(json.dumps(told))["tables"]] == [1]


def test_a_plan_that_is_not_there_is_asked_for(tmp_path):
    with pytest.raises(AirflowFailException, match=r"^No plan was recorded\. Clear make_plan"):
        show_plan.function(str(tmp_path), "dev", RUN)


def test_a_result_that_is_not_there_is_not_shown(tmp_path):
    """The verification failed before, which the run says by itself."""
    with pytest.raises(AirflowSkipException, match="^No result was recorded"):
        show_result.function(str(tmp_path), "dev", RUN)
