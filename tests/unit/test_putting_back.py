"""Tables go back in one commit, streams go on where they were; all of it again does nothing."""

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable
from deltalake.schema import Field, PrimitiveType
from made_chain import Chain

from gympulse.errors import HalfRestored
from gympulse.io import restorable, restore_points, restoring
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.putting_back import going_on_at, new_stream, put_back
from gympulse.io.restoring import Restoring
from gympulse.model.tables import (
    BRONZE,
    GOLD,
    GYM_LOGINS,
    GYM_LOGS,
    GYM_SUMMARY,
    HEART_RATE,
    SILVER,
    USERS,
    WORKOUT_BPM,
    WORKOUTS,
)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """A lake with a point, and an hour since."""
    chain = Chain(tmp_path)
    chain.gain(*BRONZE, *SILVER)
    chain.read(*SILVER, *GOLD)
    chain.gain(*GOLD)
    restore_points.record(chain.lake, "good")
    chain.gain(*BRONZE, *SILVER, *GOLD)
    return chain


def test_a_table_goes_back_in_one_commit(chain):
    """With its columns of then; the same restore finds it done, another goes on from there."""
    chain.table(USERS).alter.add_columns([Field("new", PrimitiveType("string"))])
    then = DeltaTable(chain.lake.path(USERS), version=1)

    assert put_back(chain.lake, USERS, now=3, then=1, operation="restore a") == 4
    table = chain.table(USERS)
    assert table.version() == 4
    assert table.to_pyarrow_table() == then.to_pyarrow_table()
    assert put_back(chain.lake, USERS, now=3, then=1, operation="restore a") == 4
    table.alter.set_table_properties({"delta.appendOnly": "false"})
    assert put_back(chain.lake, USERS, now=3, then=1, operation="restore a") == 4
    assert chain.table(USERS).version() == 5
    assert put_back(chain.lake, USERS, now=5, then=1, operation="restore b") == 6


def test_a_table_that_is_as_it_was_stays(chain):
    assert put_back(chain.lake, USERS, now=2, then=2, operation="restore a") == 2
    assert chain.table(USERS).version() == 2


def test_a_stream_goes_on_elsewhere(chain):
    """In the sources that went back with it; those that stayed it reads from where it was."""
    [point] = restore_points.points(chain.lake)
    lines = point.positions[GYM_SUMMARY.name]
    logs = str(chain.table(GYM_LOGS).metadata().id)
    moved = going_on_at(lines, {logs: 7, "another": 9})

    assert [line["reservoirVersion"] for line in moved[1:]] == [7, 2, 2]
    assert moved[0] == lines[0]
    half_read = [{"reservoirId": logs, "reservoirVersion": 3, "index": 4}]
    assert going_on_at(half_read, {logs: 7}) == [
        {"reservoirId": logs, "reservoirVersion": 7, "index": -1}
    ]
    assert going_on_at([*lines, None], {logs: 7}) == [*moved, None]


def test_a_new_stream_takes_the_old_ones_place(chain):
    [point] = restore_points.points(chain.lake)
    chain.read(WORKOUTS, batch=1)
    lines, checkpoint = (
        point.positions[WORKOUTS.name],
        Checkpoint(chain.lake.checkpoint("workouts")),
    )
    new_stream(chain.lake, WORKOUTS, "restore a", lines)
    stream = checkpoint.stream

    assert checkpoint.finished() == lines
    assert (checkpoint.unfinished(), checkpoint.exists) == (None, True)
    assert Checkpoint(f"{checkpoint.path}.1").planned(1) is not None
    (Path(checkpoint.path) / "commits" / "1").unlink()
    new_stream(chain.lake, WORKOUTS, "restore a", lines)
    assert (checkpoint.stream, checkpoint.finished()) == (stream, lines)
    assert not Path(f"{checkpoint.path}.2").exists()
    new_stream(chain.lake, WORKOUTS, "restore b", lines)
    assert checkpoint.stream != stream
    assert Checkpoint(f"{checkpoint.path}.2").stream == stream


def test_a_stream_that_had_read_nothing_begins_anew(chain):
    checkpoint = Checkpoint(chain.lake.checkpoint("workouts"))
    new_stream(chain.lake, WORKOUTS, "restore a", None)
    new_stream(chain.lake, WORKOUTS, "restore a", None)

    assert not checkpoint.exists
    assert not Path(f"{checkpoint.path}.2").exists()


def test_others_are_refused_until_a_restore_is_finished(chain):
    lake = chain.lake
    assert restoring.begun(lake) is None
    found = Restoring("restore a", ("silver", "gold"), "a point", {"t": 2}, {"t": 1})
    restoring.begin(lake, found)

    assert restoring.begun(lake) == found
    restoring.refuse(lake, "bronze", "its job")
    restoring.refuse(lake, "gold", "restore a")
    with pytest.raises(HalfRestored) as refused:
        restoring.refuse(lake, "gold", "its job")
    assert str(refused.value) == (
        "The gold layer was being put back by restore a, which was begun and is not finished. "
        "Clear its task in the DAG restore, or run it again with the same --operation-id: it goes "
        "on where it stopped. Nothing was read or written here."
    )
    restoring.finish(lake)
    assert restoring.begun(lake) is None
    restoring.refuse(lake, "gold", "its job")


def problems(chain: Chain, *tables) -> list[str]:
    [point] = restore_points.points(chain.lake)
    return restorable.problems(chain.lake, point, tables or (*SILVER, *GOLD))


def test_all_is_there(chain):
    assert problems(chain) == []
    assert problems(chain, USERS) == []


def test_what_is_no_longer_there_is_named(chain):
    """Files of the versions, and what streams would read again of tables that stay."""
    first = DeltaTable(chain.lake.path(USERS), version=1).file_uris()
    later = DeltaTable(chain.lake.path(GYM_LOGINS)).file_uris()
    for uri in (*first, *later):
        Path(uri.removeprefix("file://")).unlink(missing_ok=True)
    expected = [
        "silver_db.users: 1 of the 1 files of version 1 are no longer there.",
        "bronze_db.gym_logins: 1 files that silver_db.gym_logs is to read again, of versions 2 to "
        "2, are no longer there.",
    ]

    assert problems(chain) == expected
    assert problems(chain, USERS) == expected[:1]
    assert problems(chain, GYM_LOGS) == expected[1:]
    assert problems(chain, GYM_SUMMARY) == []


def test_what_goes_back_with_it_is_not_read_again(chain):
    [later] = set(chain.table(HEART_RATE).file_uris()) - set(
        DeltaTable(chain.lake.path(HEART_RATE), version=1).file_uris()
    )
    Path(later.removeprefix("file://")).unlink()

    assert problems(chain) == []
    assert problems(chain, WORKOUT_BPM) == [
        "silver_db.heart_rate: 1 files that silver_db.workout_bpm is to read again, of versions 2 "
        "to 2, are no longer there."
    ]


def test_a_log_that_was_trimmed_is_named(chain):
    for table, versions in ((USERS, (0, 1)), (GYM_LOGINS, (2,))):
        chain.table(table).create_checkpoint()
        for version in versions:
            Path(chain.lake.path(table), "_delta_log", f"{version:020d}.json").unlink()

    assert problems(chain) == [
        "silver_db.users: its log no longer holds version 1.",
        "bronze_db.gym_logins: its log no longer holds version 2 and what came after.",
    ]


def test_a_new_stream_is_written_as_spark_writes_it(chain):
    """A source that had read nothing has no place."""
    [point] = restore_points.points(chain.lake)
    new_stream(chain.lake, WORKOUTS, "restore a", [*point.positions[WORKOUTS.name], None])
    folder = Path(chain.lake.checkpoint("workouts"))
    old = Path(f"{folder}.1")

    for batch in ("0", "1"):
        # Word for word, since by these words Spark sees that nothing lies between the two.
        assert (folder / "offsets" / batch).read_text() == (
            old / "offsets" / "0"
        ).read_text() + "\n-"
        assert (folder / "commits" / batch).read_text() == 'v1\n{"nextBatchWatermarkMs":0}'
    assert json.loads((folder / "metadata").read_text()).keys() == {"id"}
