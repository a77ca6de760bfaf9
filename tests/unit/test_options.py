"""What an operator may ask for, and what that comes to."""

from datetime import date

import pytest

from gympulse.operations.checks import check
from gympulse.operations.options import LAYERS

TODAY = date(2025, 6, 1)
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
