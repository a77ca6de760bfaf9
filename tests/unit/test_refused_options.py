"""A sentence for each thing that an operator cannot ask for."""

from datetime import date

import pytest

from gympulse.errors import BadSettings
from gympulse.model.tables import GOLD, SILVER
from gympulse.operations.checks import check

TODAY = date(2025, 6, 1)
GOLD_TABLES = ", ".join(table.short_name for table in GOLD)
TABLES = ", ".join(table.short_name for table in (*SILVER, *GOLD))
NO_REASON = "reason is missing. Why this is done, for whoever reads the record later."
ONE_DAY = {"from_date": "2025-03-01", "to_date": "2025-03-01"}
NO_CURES = (
    "cures is {}; a JSON object of names and texts is needed, such as "
    """{{"heartrate": "field['heartrate'] / 10.0"}}."""
)


@pytest.mark.parametrize(
    ("job", "asked", "problems"),
    [
        pytest.param("backfill", {}, [NO_REASON], id="no reason"),
        pytest.param(
            "erasure",
            {"reason": "why", "user_id": "Ann"},
            ["user_id is 'Ann'; a whole number of 64 bits is needed."],
            id="no member's id",
        ),
        pytest.param("gold_rebuild", {"reason": " \n"}, [NO_REASON], id="a blank reason"),
        pytest.param(
            "backfill",
            {"reason": "why", "mode": "load"},
            ["mode names load; known: load_archives, restate."],
            id="an unknown mode",
        ),
        pytest.param(
            "backfill",
            {"reason": "why", "mode": "restate"},
            [
                "from_date is missing; a restatement needs both days.",
                "to_date is missing; a restatement needs both days.",
            ],
            id="a restatement without its days",
        ),
        pytest.param(
            "backfill",
            {"reason": "why", "layers": None, "tables": [], **ONE_DAY, "mode": "restate"},
            ["layers and tables are both empty; name what is meant."],
            id="a restatement of nothing",
        ),
        pytest.param(
            "verify",
            {"from_date": "0001-01-01", "to_date": "20250301"},
            [
                "from_date is 0001-01-01; no event is older than 2000-01-01.",
                "to_date is '20250301'; a day such as 2025-03-01 is needed.",
            ],
            id="a day before all, and one in another form",
        ),
        pytest.param(
            "backfill",
            {"reason": "why", "layers": ["bronze", "gold"], "tables": ["a", "users", "b"]},
            ["layers names bronze; known: silver, gold.", f"tables names a, b; known: {TABLES}."],
            id="unknown layers and tables",
        ),
        pytest.param(
            "gold_rebuild",
            {"reason": "why", "tables": ["users"]},
            [f"tables names users; known: {GOLD_TABLES}."],
            id="a table of another layer",
        ),
        pytest.param(
            "verify",
            {"from_date": "2025-03-05", "to_date": "2025-03-04"},
            ["to_date is 2025-03-04, before from_date, 2025-03-05; swap or mend them."],
            id="an end before the beginning",
        ),
        pytest.param(
            "verify",
            {"from_date": "yesterday", "to_date": "2025-02-30"},
            [
                "from_date is 'yesterday'; a day such as 2025-03-01 is needed.",
                "to_date is '2025-02-30'; a day such as 2025-03-01 is needed.",
            ],
            id="no days",
        ),
        pytest.param(
            "verify",
            {"from_date": "2025-06-02", "to_date": "2025-06-02"},
            [
                "from_date is 2025-06-02, in the future; today is 2025-06-01.",
                "to_date is 2025-06-02, in the future; today is 2025-06-01.",
            ],
            id="days to come",
        ),
        pytest.param(
            "gold_rebuild",
            {"reason": "why", "max_removed_percent": 100.5},
            ["max_removed_percent is 100.5; 0 to 100 is needed."],
            id="more than everything",
        ),
        *(
            pytest.param(
                "quarantine_review",
                {"reason": "why", "cures": cures},
                [NO_CURES.format(repr(cures))],
                id=f"cures of {cures}",
            )
            for cures in ("heartrate / 10", "[]", '"x"', '{"a": ', "null", " ", 7, ["a"])
        ),
        pytest.param(
            "quarantine_review",
            {"reason": "why", "cures": {"heartrate": 70, " ": "1", "time": "\n"}},
            [
                "cures gives 'heartrate' the value 70; a name and a text are needed, neither of "
                "them blank.",
                "cures gives ' ' the value \"1\"; a name and a text are needed, neither of them "
                "blank.",
                "cures gives 'time' the value \"\\n\"; a name and a text are needed, neither of "
                "them blank.",
            ],
            id="cures that say nothing",
        ),
        pytest.param(
            "quarantine_review",
            {"reason": "why", "decision": "discard", "cures": {"time": "1"}},
            ["cures are given, but what is discarded stays as it is; leave them empty."],
            id="cures of what is discarded",
        ),
        pytest.param(
            "quarantine_review",
            {"reason": "why", "decision": "keep", "sources": ["bpm"], "rules": ["bad time", "-x"]},
            [
                "decision names keep; known: release, discard.",
                "rules names 'bad time'; names of letters, digits and underscores are needed.",
                "rules names '-x'; names of letters, digits and underscores are needed.",
                "sources names bpm; known: kafka_multiplex, registered_users, gym_logins, "
                "completed_workouts.",
            ],
            id="unknown decisions, rules and sources",
        ),
        pytest.param(
            "maintenance",
            {"keep_days": 0, "keep_records_days": float("nan")},
            [
                "keep_days is 0; 0.01 or more is needed.",
                "keep_records_days is nan; 30 or more is needed.",
            ],
            id="nothing kept",
        ),
        pytest.param(
            "gold_rebuild",
            {"max_removed_percent": -1, "from_date": "?"},
            [
                "from_date is '?'; a day such as 2025-03-01 is needed.",
                NO_REASON,
                "max_removed_percent is -1; 0 to 100 is needed.",
            ],
            id="every problem at once",
        ),
    ],
)
def test_what_cannot_be_done(job, asked, problems):
    with pytest.raises(BadSettings) as refused:
        check(job, asked, TODAY)

    assert list(refused.value.problems) == problems
