"""After a bad deployment, back to the last good point: the tables are as if it had never been."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from gympulse.errors import HalfRestored, Refused
from gympulse.io import kafka, positions, restore_points
from gympulse.io.restore_points import RestorePoint
from gympulse.lake import Lake
from gympulse.model.tables import BRONZE, GOLD, GYM_SUMMARY, HEART_RATE, OPS, SILVER
from gympulse.operations import restore as restoration
from gympulse.session import Session
from oracle.histories import cut, place, seeded_history
from streams.checking import (
    assert_equals_oracle,
    assert_ledger_balances,
    assert_ledger_equals_bronze,
)
from streams.deploying import deployed
from streams.operating import counted, operate
from streams.processes import kill_after_commits, submit
from streams.runs import PARTITIONS, Broker, Runner, versions


@pytest.fixture(scope="module")
def batches() -> list:
    """What arrives in each of some hours."""
    return place(cut(seeded_history(91, happened=120), 91, runs=4), PARTITIONS)


@pytest.fixture
def runner(tmp_path: Path, session: Session, broker: Broker) -> Runner:
    """An empty lake and a broker with empty topics."""
    return Runner(Lake(str(tmp_path)), broker, session)


def state(lake: Lake) -> dict[str, int]:
    """The versions of all tables but those that record operations."""
    ops = [table for table in OPS if table.short_name not in ("operations", "comparisons")]
    return versions(lake) | {t.name: DeltaTable(lake.path(t)).version() for t in ops}


def test_a_bad_deployment_is_undone(
    runner: Runner, batches: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run changes nothing; a killed restore is finished by the same one, and by it alone."""
    lake = runner.lake
    runner.receive(batches[0])
    runner.run()
    with deployed():
        runner.receive(batches[1])
        runner.run()
    good, bad = restore_points.points(lake)
    told = {"before": bad.recorded_at.isoformat()}
    assert_plan_is_told(runner, good, **told)
    for step, calls in (("put_back", 2), ("new_stream", 2), ("undo_quarantine", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(restoration, step, killed_after(calls, getattr(restoration, step)))
            with pytest.raises(KeyboardInterrupt):
                operate(runner, "restore", "good", **told)
        with pytest.raises(HalfRestored, match="restore good, which was begun"):
            runner.run("gold")
    result = operate(runner, "restore", "good", **told)
    assert result["operation"]["outcome"] == "done"
    assert restore_points.points(lake) == [good]
    done = state(lake)
    operate(runner, "restore", "good", **told)
    assert state(lake) == done
    runner.receive(batches[2])
    runner.run()
    assert_never_happened(runner, batches[:3])
    assert len(restore_points.points(lake)) == 2


def assert_plan_is_told(runner: Runner, good: RestorePoint, before: str) -> None:
    """A dry run says of each table what it would change, and changes nothing."""
    present = state(runner.lake)
    plan = operate(runner, "restore", "good", dry_run=True, before=before)
    assert state(runner.lake) == present
    told = {row["table"]: (row["version_now"], row["version_then"]) for row in plan["tables"]}
    tables = (*SILVER, *GOLD)
    assert told == {t.short_name: (present[t.name], good.versions[t.name]) for t in tables}
    wrong = {"heart_rate", "completed_workouts", "workout_bpm", "gym_summary"}
    assert wrong <= set(counted(plan))
    assert plan["operation"]["rows_to_read"] > 0


def assert_never_happened(runner: Runner, batches: list) -> None:
    """The lake is what the oracle makes of all records, and so is what is recorded of them."""
    assert_equals_oracle(runner, batches)
    assert_ledger_balances(runner.lake)
    assert_ledger_equals_bronze(runner, batches)
    assert positions.gaps(runner.lake) == []


def killed_after(calls: int, done: Callable) -> Callable:
    """What does its work so many times, and then ends all."""
    left = iter(range(calls))

    def call(*given: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return done(*given)

    return call


@pytest.mark.long
def test_one_table_goes_back_alone(runner: Runner, batches: list) -> None:
    """Those computed from it follow by its changes; the others stay."""
    runner.receive(batches[0])
    runner.run()
    with deployed(HEART_RATE):
        runner.receive(batches[1])
        runner.run()
    before = versions(runner.lake)
    operate(runner, "restore", "one", before=bad(runner), tables=["heart_rate"])
    after = versions(runner.lake)
    assert {name for name, version in after.items() if version != before[name]} == {HEART_RATE.name}
    runner.run("silver", "gold")
    assert_never_happened(runner, batches[:2])
    with deployed(GYM_SUMMARY):
        runner.receive(batches[2])
        runner.run()
    operate(runner, "restore", "gold", before=bad(runner), layers=["gold"])
    runner.receive(batches[3])
    runner.run()
    assert_never_happened(runner, batches)


@pytest.mark.long
def test_bronze_goes_back_where_all_can_be_read_again(runner: Runner, batches: list) -> None:
    """Of Kafka and the landing folders; what they no longer hold is named, and nothing changes."""
    for batch in batches[:2]:
        runner.receive(batch)
        runner.run()
    layers = ["bronze", "silver", "gold"]
    first = restore_points.points(runner.lake)[0]
    operate(runner, "restore", "all", point=first.point_id, layers=layers)
    rows = {t: DeltaTable(runner.lake.path(t)).to_pyarrow_table().num_rows for t in BRONZE}
    then = {
        t: DeltaTable(runner.lake.path(t), version=first.versions[t.name])
        .to_pyarrow_table()
        .num_rows
        for t in BRONZE
    }
    assert rows == then
    runner.run()
    assert_never_happened(runner, batches[:2])
    state_before = state(runner.lake)
    runner.broker.expire("bpm", 0, kafka.end_offsets(runner.settings.kafka)["bpm"][0])
    with pytest.raises(Refused) as refused:
        operate(runner, "restore", "gone", point=first.point_id, layers=layers)
    assert "bpm, partition 0: offset " in str(refused.value)
    assert state(runner.lake) == state_before


@pytest.mark.long
def test_what_was_cleaned_away_cannot_be_gone_back_to(runner: Runner, batches: list) -> None:
    """A point's files that are gone are counted, and nothing is changed."""
    for batch in batches[:3]:
        runner.receive(batch)
        runner.run()
    first, *_ = restore_points.points(runner.lake)
    for table in (*SILVER, *GOLD):
        DeltaTable(runner.lake.path(table)).vacuum(
            0, dry_run=False, enforce_retention_duration=False
        )
    before = state(runner.lake)
    with pytest.raises(Refused, match=f"^{first.point_id} cannot be gone back to:\n  - silver_db"):
        operate(runner, "restore", "vacuumed", point=first.point_id)
    assert state(runner.lake) == before
    runner.run()
    assert_equals_oracle(runner, batches[:3])


def bad(runner: Runner) -> str:
    """The instant of the newest point, which is of a bad deployment."""
    return restore_points.points(runner.lake)[-1].recorded_at.isoformat()


@pytest.mark.long
def test_a_restore_that_is_killed_is_finished(runner: Runner, batches: list) -> None:
    """With ``kill -9``, after any of its writes; the same command then goes on."""
    runner.receive(batches[0])
    runner.run()
    with deployed():
        runner.receive(batches[1])
        runner.run()
    told = ("--lake", runner.lake.root, "--operation-id=killed", "--reason=a test")
    told += (f"--before={bad(runner)}", "--no-dry-run")
    kills = [
        kill_after_commits(submit("spark_jobs/restore.py", *told), runner.lake, commits)
        for commits in (3, 8, 13, 20, 30)
    ]
    assert sum(kills) > 2
    last = submit("spark_jobs/restore.py", *told)
    said, _ = last.communicate()
    assert last.returncode == 0, said
    runner.run("silver", "gold")
    assert_never_happened(runner, batches[:2])
