"""After a bad deployment, back to the last good point: the tables are as if it had never been."""

import pytest
from deltalake import DeltaTable

from gympulse.errors import HalfRestored
from gympulse.io import positions, restore_points
from gympulse.lake import Lake
from gympulse.model.tables import GYM_SUMMARY, HEART_RATE, OPS, WORKOUT_BPM
from gympulse.operations import restore as restoration
from gympulse.session import Session
from oracle.histories import cut, place, seeded_history
from streams.checking import (
    assert_equals_oracle,
    assert_ledger_balances,
    assert_ledger_equals_bronze,
)
from streams.conftest import Emptied
from streams.deploying import deployed
from streams.operating import counted, operate
from streams.runs import PARTITIONS, Runner, versions


@pytest.fixture(scope="module")
def batches() -> list:
    """What arrives in each of some hours."""
    return place(cut(seeded_history(91, happened=160), 91, runs=4), PARTITIONS)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory, session: Session, emptied: Emptied, batches: list) -> Runner:
    """A lake after two good hours, a quiet one, and one of a bad deployment."""
    runner = Runner(Lake(str(tmp_path_factory.mktemp("restored"))), emptied(), session)
    for batch in batches[:2]:
        runner.receive(batch)
        runner.run()
    runner.run()
    with deployed():
        runner.receive(batches[2])
        runner.run()
    return runner


def state(lake: Lake) -> dict[str, int]:
    """The versions of all tables but those that record operations."""
    ops = [table for table in OPS if table.short_name not in ("operations", "comparisons")]
    return versions(lake) | {t.name: DeltaTable(lake.path(t)).version() for t in ops}


def test_a_bad_deployment_is_undone(
    spoilt: Runner, batches: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run changes nothing; a killed restore is finished by the same one, and by it alone."""
    lake = spoilt.lake
    first, good, bad = restore_points.points(lake)
    assert first.versions.keys() == good.versions.keys()
    before = state(lake)
    plan = operate(spoilt, "restore", "dry", dry_run=True, point=good.point_id)
    assert state(lake) == before
    shown = {row["table"]: row for row in plan["tables"]}
    for table in (HEART_RATE, WORKOUT_BPM, GYM_SUMMARY):
        row = shown[table.short_name]
        assert (row["version_now"], row["version_then"]) == (
            before[table.name],
            good.versions[table.name],
        )
        assert table.short_name in counted(plan)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    before_bad = bad.recorded_at.isoformat()
    for step in ("put_back", "new_stream", "undo_quarantine"):
        with monkeypatch.context() as patch:
            patch.setattr(restoration, step, _after(2, getattr(restoration, step), killed))
            with pytest.raises(KeyboardInterrupt):
                operate(spoilt, "restore", "good", before=before_bad)
        with pytest.raises(HalfRestored, match="restore good, which was begun"):
            spoilt.run("gold")
    result = operate(spoilt, "restore", "good", before=before_bad)
    assert result["operation"]["outcome"] == "done"
    assert restore_points.points(lake) == [first, good]
    done = state(lake)
    operate(spoilt, "restore", "good", before=before_bad)
    assert state(lake) == done

    spoilt.run("silver", "gold")
    assert_equals_oracle(spoilt, batches[:3])
    assert_ledger_equals_bronze(spoilt, batches[:3])
    spoilt.receive(batches[3])
    spoilt.run()
    assert_equals_oracle(spoilt, batches)
    assert_ledger_balances(lake)
    assert_ledger_equals_bronze(spoilt, batches)
    assert positions.gaps(lake) == []
    assert len(restore_points.points(lake)) == 4


def _after(calls: int, done, then):
    """What does its work so many times, and then something else."""
    left = [calls]

    def call(*given):
        left[0] -= 1
        return done(*given) if left[0] >= 0 else then()

    return call
