"""Restore points: what belongs together, when it is kept, and when nobody can tell."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from made_chain import Chain

from gympulse.io import ops, restore_points, restoring, together
from gympulse.io.restoring import Restoring
from gympulse.lake import Lake
from gympulse.model.tables import (
    BRONZE,
    COMPLETED_WORKOUTS,
    GOLD,
    GYM_LOGINS,
    GYM_LOGS,
    GYM_OCCUPANCY,
    GYM_SUMMARY,
    HEART_RATE,
    KAFKA_MULTIPLEX,
    QUARANTINE,
    REGISTRATIONS,
    RESTORE_POINTS,
    SILVER,
    USER_PROFILE_EVENTS,
    USERS,
    WORKOUT_BPM,
    WORKOUTS,
)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """A lake whose hour has come to gold."""
    chain = Chain(tmp_path)
    chain.gain(*BRONZE, *SILVER)
    chain.read(*SILVER, *GOLD)
    chain.gain(*GOLD)
    return chain


def kept(chain: Chain) -> list[restore_points.RestorePoint]:
    return restore_points.points(chain.lake)


def test_an_hour_that_changed_anything_leaves_a_point(chain):
    """With the versions that belong together, and what each stream reads next."""
    at = datetime(2025, 3, 1, 10, tzinfo=UTC)
    for layer in ("bronze", "silver", "gold"):
        ops.complete(chain.lake, "a run", layer, at, at)
    before = datetime.now(UTC)
    point = restore_points.record(chain.lake, "0123456789", "gold/a-run")

    assert kept(chain) == [point]
    versions = {table.name: 1 for table in (*BRONZE, *SILVER, *GOLD)} | {QUARANTINE.name: 0}
    assert (point.versions, point.complete_through) == (versions, at)
    assert before <= point.recorded_at <= datetime.now(UTC)
    assert point.point_id == f"{point.recorded_at:%Y%m%dT%H%M%SZ}-012345"
    assert point.positions.keys() == {table.name for table in (*SILVER, *GOLD)}
    [settings, heart_rate, *others] = point.positions[WORKOUT_BPM.name]
    assert settings["conf"] == {"a": "b"}
    assert heart_rate["reservoirId"] == str(chain.table(HEART_RATE).metadata().id)
    assert [place["reservoirVersion"] for place in (heart_rate, *others)] == [2, 2, 2]
    [row] = chain.table(restore_points.RESTORE_POINTS).to_pyarrow_table().to_pylist()
    assert (row["run_id"], row["airflow_run"]) == ("0123456789", "gold/a-run")


def test_a_quiet_hour_leaves_none(chain):
    first = restore_points.record(chain.lake, "first")

    assert restore_points.record(chain.lake, "second") is None
    chain.gain(USERS)
    second = restore_points.record(chain.lake, "third")
    assert kept(chain) == [first, second]


def test_nor_after_a_point_by_a_clock_that_was_ahead(chain, monkeypatch):
    ahead = restore_points.record(chain.lake, "ahead")
    later = pa.scalar(datetime(2100, 1, 1, tzinfo=UTC), pa.timestamp("us", tz="UTC"))

    def by(rows: pa.Table) -> pa.Table:
        place = rows.schema.get_field_index("recorded_at")
        return rows.set_column(place, "recorded_at", pa.repeat(later, len(rows)))

    ops.rewrite(chain.lake, RESTORE_POINTS, by)
    chain.gain(USERS)
    point = restore_points.record(chain.lake, "right")

    assert restore_points.record(chain.lake, "quiet") is None
    assert {each.point_id for each in kept(chain)} == {ahead.point_id, point.point_id}


def test_bronze_that_is_ahead_belongs_as_far_as_silver_has_read_it(chain):
    chain.gain(KAFKA_MULTIPLEX)
    point = restore_points.record(chain.lake, "a run")

    assert point.versions[KAFKA_MULTIPLEX.name] == 1


@pytest.mark.parametrize(
    ("read", "index"),
    [
        pytest.param([HEART_RATE], -1, id="by one of three"),
        pytest.param([HEART_RATE, WORKOUTS, USER_PROFILE_EVENTS], 7, id="by all, a part"),
    ],
)
def test_of_bronze_that_streams_have_read_differently_no_version_belongs(chain, read, index):
    """Or half read. Silver and gold do all the same."""
    chain.gain(KAFKA_MULTIPLEX)
    chain.read(*read, batch=1, index=index)
    point = restore_points.record(chain.lake, "a run")

    assert KAFKA_MULTIPLEX.name not in point.versions
    assert point.versions[GYM_LOGINS.name] == 1


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(lambda chain: chain.gain(WORKOUTS), id="silver has gone on"),
        pytest.param(
            lambda chain: chain.read(WORKOUTS, batch=1, unfinished=True), id="a batch is under way"
        ),
        pytest.param(
            lambda chain: chain.read(GYM_SUMMARY, batch=1, index=7), id="a version is half read"
        ),
    ],
)
def test_while_a_layer_is_at_work_nothing_is_kept(chain, happens):
    happens(chain)

    assert restore_points.record(chain.lake, "a run") is None
    assert kept(chain) == []


def test_a_batch_that_comes_between_is_noticed(chain, monkeypatch):
    """All is asked twice, before the versions are read and after."""
    looks = []

    class Busy(together.Checkpoint):
        def finished(self):
            looks.append(self.path)
            if len(looks) == len((*SILVER, *GOLD)):
                chain.read(USERS, batch=1)
            return super().finished()

    monkeypatch.setattr(together, "Checkpoint", Busy)
    assert restore_points.record(chain.lake, "a run") is None


def test_a_version_of_which_all_files_were_read_is_read(chain):
    """Streams of changes stop there, and go on at the next version."""
    chain.read(GYM_SUMMARY, batch=1, index=0)

    assert restore_points.record(chain.lake, "a run") is not None


@pytest.mark.parametrize(("index", "is_kept"), [(2, True), (1, False), (0, False)])
def test_a_stream_that_begins_with_a_whole_table_reads_all_its_files(chain, index, is_kept):
    for batch in (1, 2):
        chain.gain(GYM_LOGS, COMPLETED_WORKOUTS, REGISTRATIONS)
        chain.read(*SILVER, *GOLD, batch=batch)
    chain.read(GYM_SUMMARY, batch=3, index=index, whole=True)

    assert (restore_points.record(chain.lake, "a run") is not None) is is_kept


def test_files_put_together_are_nothing_that_a_stream_has_to_take(chain):
    chain.gain(COMPLETED_WORKOUTS)
    chain.read(WORKOUT_BPM, GYM_SUMMARY, *GOLD, batch=1)
    chain.table(COMPLETED_WORKOUTS).optimize.compact()
    point = restore_points.record(chain.lake, "a run")

    assert point.versions[COMPLETED_WORKOUTS.name] == 3


def test_streams_that_have_met_nothing_have_read_nothing(tmp_path):
    """Of a lake of which a part has arrived; where nothing has, there is nothing to go back to."""
    chain = Chain(tmp_path)
    assert restore_points.record(chain.lake, "a run") is None
    chain.gain(GYM_LOGINS, GYM_LOGS)
    chain.read(GYM_LOGS, GYM_SUMMARY, GYM_OCCUPANCY)
    point = restore_points.record(chain.lake, "a run")

    assert {name for name, version in point.versions.items() if version} == {
        GYM_LOGINS.name,
        GYM_LOGS.name,
    }
    read = {name for name, lines in point.positions.items() if lines is not None}
    assert read == {GYM_LOGS.name, GYM_SUMMARY.name, GYM_OCCUPANCY.name}
    chain.gain(USERS)
    chain.gain(WORKOUTS)
    assert restore_points.record(chain.lake, "a run") is None


def test_points_are_forgotten_but_for_some(chain):
    first = restore_points.record(chain.lake, "first")
    chain.gain(USERS)
    restore_points.record(chain.lake, "second")

    assert restore_points.forget(chain.lake, [first.point_id]) == 1
    assert kept(chain) == [first]
    assert restore_points.forget(chain.lake, [first.point_id]) == 0
    assert restore_points.forget(chain.lake, []) == 1
    assert kept(chain) == []


def test_a_point_that_is_gone_back_to_is_not_forgotten(chain):
    point = restore_points.record(chain.lake, "a run")
    restoring.begin(chain.lake, Restoring("restore a", ("gold",), point.point_id, {}, {}))

    assert restore_points.forget(chain.lake, []) == 0
    restoring.finish(chain.lake)
    assert restore_points.forget(chain.lake, []) == 1


def test_a_lake_of_old_has_no_points(tmp_path):
    assert restore_points.points(Lake(str(tmp_path))) == []
    assert restore_points.forget(Lake(str(tmp_path)), []) == 0
