"""What an operator may ask for, and a sentence for each thing that cannot be done."""

from datetime import date

import pytest

from gympulse.errors import BadSettings
from gympulse.model.tables import GOLD, SILVER
from gympulse.operations.checks import check
from gympulse.operations.options import LAYERS

TODAY = date(2025, 6, 1)
GOLD_TABLES = ", ".join(table.short_name for table in GOLD)
TABLES = ", ".join(table.short_name for table in (*SILVER, *GOLD))
NO_REASON = "reason is missing. Why this is done, for whoever reads the record later."
LOAD = {
    "mode": "load_archives",
    "from_date": None,
    "to_date": None,
    "layers": LAYERS,
    "tables": (),
    "archive_path": "data_zone/kfk-mx/",
    "registered_users_path": "data_zone/registered_users/",
    "gym_logins_path": "data_zone/gym_logins/",
    "reason": "why",
    "dry_run": True,
}
ONE_DAY = {"from_date": "2025-03-01", "to_date": "2025-03-01"}
REBUILD = {
    "from_date": None,
    "to_date": None,
    "tables": (),
    "max_removed_percent": 5.0,
    "reason": "why",
    "dry_run": True,
}


REVIEW = {
    "decision": "release",
    "rules": (),
    "sources": (),
    "from_date": None,
    "to_date": None,
    "cures": {},
    "reason": "why",
    "dry_run": True,
}
NO_CURES = (
    "cures is {}; a JSON object of names and texts is needed, such as "
    """{{"heartrate": "field['heartrate'] / 10.0"}}."""
)


@pytest.mark.parametrize(
    ("job", "asked", "values"),
    [
        pytest.param("backfill", {"reason": "why"}, LOAD, id="a reason is enough for a load"),
        pytest.param(
            "backfill",
            dict.fromkeys(LOAD) | {"reason": "why", "layers": [], "archive_path": ""},
            LOAD | {"layers": ()},
            id="what is empty has its default, but no list",
        ),
        pytest.param(
            "backfill",
            {
                "reason": "why",
                "mode": "restate",
                "from_date": "2025-06-01",
                "to_date": "2025-06-01",
                "layers": ["gold"],
                "tables": ["heart_rate"],
                "dry_run": False,
            },
            LOAD
            | {
                "mode": "restate",
                "from_date": TODAY,
                "to_date": TODAY,
                "layers": ("gold",),
                "tables": ("heart_rate",),
                "dry_run": False,
            },
            id="one day, and that today",
        ),
        pytest.param(
            "erasure",
            {"reason": "request 7", "user_id": " 1.2474e4 "},
            {"mode": "erase", "user_id": "12474", "reason": "request 7", "dry_run": True},
            id="a member, however spelled",
        ),
        pytest.param("gold_rebuild", {"reason": "why"}, REBUILD, id="all of gold"),
        pytest.param(
            "gold_rebuild",
            {"reason": "why", "max_removed_percent": 0, "from_date": "2025-03-01"},
            REBUILD | {"max_removed_percent": 0, "from_date": date(2025, 3, 1)},
            id="nothing may vanish",
        ),
        pytest.param(
            "gold_rebuild",
            {"reason": "why", "max_removed_percent": 100},
            REBUILD | {"max_removed_percent": 100},
            id="everything may vanish",
        ),
        pytest.param("quarantine_review", {"reason": "why"}, REVIEW, id="all that is open"),
        pytest.param(
            "quarantine_review",
            dict.fromkeys(REVIEW) | {"reason": "why", "cures": {}},
            REVIEW,
            id="what is empty has its default in a review",
        ),
        pytest.param(
            "quarantine_review",
            {
                "reason": "why",
                "rules": ["bad_time", "of_old"],
                "sources": ["gym_logins"],
                "cures": '{"login": "try_cast(login AS bigint) / 1000"}',
            },
            REVIEW
            | {
                "rules": ("bad_time", "of_old"),
                "sources": ("gym_logins",),
                "cures": {"login": "try_cast(login AS bigint) / 1000"},
            },
            id="cures as JSON, and a rule that is no more",
        ),
        pytest.param(
            "quarantine_review",
            {"reason": "why", "cures": {"address.zip": "'02139'"}},
            REVIEW | {"cures": {"address.zip": "'02139'"}},
            id="cures by name",
        ),
        pytest.param(
            "maintenance",
            {"tables": ["ledger"], "keep_days": 0.01},
            {
                "tables": ("ledger",),
                "keep_days": 0.01,
                "keep_records_days": 90.0,
                "dry_run": False,
            },
            id="one table of a quarter of an hour",
        ),
        pytest.param(
            "verify",
            {"to_date": date(2025, 3, 4), "unknown": 1},
            {"from_date": None, "to_date": date(2025, 3, 4), "tables": ()},
            id="up to a day",
        ),
    ],
)
def test_what_is_asked_for(job, asked, values):
    assert check(job, asked, TODAY) == values


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
