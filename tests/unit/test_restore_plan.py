"""Which point is gone back to, and which tables go back."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from made_chain import Chain

from gympulse.errors import BadSettings, Refused
from gympulse.io import operations, restore_points
from gympulse.model.tables import (
    BRONZE,
    GOLD,
    GYM_LOGINS,
    GYM_LOGS,
    SILVER,
    USERS,
)
from gympulse.operations.arguments import Request
from gympulse.operations.checks import check
from gympulse.operations.record import keep
from gympulse.operations.restore_plan import asked, made
from gympulse.session import Session
from gympulse.settings import Settings

TODAY = date(2026, 1, 1)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """A lake with two points, and nothing since the second."""
    chain = Chain(tmp_path)
    for batch in range(2):
        chain.gain(*BRONZE, *SILVER)
        chain.read(*SILVER, *GOLD, batch=batch)
        chain.gain(*GOLD)
        restore_points.record(chain.lake, f"{batch} is a chain")
    return chain


def request(chain: Chain, **given: Any) -> Request:
    values = check("restore", {"reason": "why", "dry_run": False, **given}, TODAY)
    return Request("restore", "an operation", Settings(chain.lake), values, "Ann")


def plan(chain: Chain, **given: Any):
    """The plan; what differs would need Spark."""
    return made(request(chain, **given), Session("none"))


def test_a_point_is_named_or_the_newest_before_an_instant(chain):
    first, second = restore_points.points(chain.lake)
    later = (second.recorded_at + timedelta(seconds=1)).isoformat()

    assert plan(chain, point=second.point_id).point == second
    assert plan(chain, before=later).point == second
    found = made_of_first(chain, before=second.recorded_at.isoformat())
    assert found == first


def made_of_first(chain: Chain, **given: Any) -> restore_points.RestorePoint:
    """The point chosen, where tables have changed since: refused, which names it."""
    first = restore_points.points(chain.lake)[0]
    uri = DeltaTable(chain.lake.path(USERS), version=first.versions[USERS.name]).file_uris()[0]
    Path(uri.removeprefix("file://")).unlink()
    with pytest.raises(Refused) as refused:
        plan(chain, **given)
    assert str(refused.value) == (
        f"{first.point_id} cannot be gone back to:\n"
        "  - silver_db.users: 1 of the 1 files of version 1 are no longer there.\n"
        "Nothing was changed. Choose a later point, or leave bronze as it is; or let a backfill "
        "with mode restate recompute silver and gold from bronze, which needs no point."
    )
    return first


def test_a_point_that_is_not_there_is_refused(chain):
    first, second = restore_points.points(chain.lake)
    kept = f"kept are 2 points, from {first.point_id} to {second.point_id}."
    before = first.recorded_at.isoformat()

    with pytest.raises(BadSettings) as refused:
        plan(chain, point="x")
    assert str(refused.value) == f"point is x, which is not in ops_db.restore_points; {kept}"
    with pytest.raises(BadSettings) as refused:
        plan(chain, before=before)
    assert str(refused.value) == f"before is {before}; {kept}"
    restore_points.forget(chain.lake, [])
    with pytest.raises(BadSettings, match="; no point is kept yet.$"):
        plan(chain, before=before)


def test_who_goes_on_with_a_plan_means_its_point(chain):
    """Whatever was recorded meanwhile."""
    second = restore_points.points(chain.lake)[-1]
    asked_for = request(chain, before="2200-01-01T00:00Z")
    values = {**asked_for.values, "point": second.point_id}
    keep(replace(asked_for, values=values), operations.PLAN, "planned", second.recorded_at, [])
    chain.gain(*BRONZE, USERS)
    chain.read(*SILVER, *GOLD, batch=2)
    restore_points.record(chain.lake, "other chain")

    assert len(restore_points.points(chain.lake)) == 3
    assert plan(chain, before="2200-01-01T00:00Z", tables=["gym_logs"]).point == second


@pytest.mark.parametrize(
    ("given", "tables"),
    [
        pytest.param({}, (*SILVER, *GOLD), id="silver and gold"),
        pytest.param({"layers": ["gold"]}, GOLD, id="one layer"),
        pytest.param({"tables": ["gym_logs", "users"]}, (USERS, GYM_LOGS), id="some tables"),
        pytest.param(
            {"layers": ["gold", "silver", "bronze"]}, (*BRONZE, *SILVER, *GOLD), id="everything"
        ),
    ],
)
def test_what_goes_back_comes_in_the_models_order(chain, given, tables):
    assert asked(request(chain, point="x", **given)) == list(tables)


def test_what_is_read_again_is_told(chain):
    """Rows of bronze that came since, and of tables that stay."""
    chain.gain(GYM_LOGINS)
    chain.gain(GYM_LOGINS)
    second = restore_points.points(chain.lake)[-1]
    found = plan(chain, point=second.point_id)

    assert (found.reading.files, found.reading.rows) == (2, 2)
    sizes = DeltaTable(chain.lake.path(GYM_LOGINS)).get_add_actions()["size_bytes"]
    assert found.reading.bytes == sum(sizes.to_pylist()[:2])
    row = {"version_now": 2, "version_then": 2, "rows_expected": 2, "extra": 0, "missing": 0}
    assert [{name: each[name] for name in row} for each in found.rows] == [row] * len(found.rows)
