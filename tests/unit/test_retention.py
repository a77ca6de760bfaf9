"""Which versions are kept: what readers, streams and points to go back to need, and no more."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_history import DAY, LATER, NOW, add, age, changes, follow, numbers

from gympulse.io import commits, trimming
from gympulse.io.retention import kept_since
from gympulse.lake import Lake
from gympulse.model.tables import COMPLETED_WORKOUTS, WORKOUTS

WEEK = NOW - 7 * DAY
# Version 0 is of 30 days ago, and every day brings one.
NEWEST, OF_A_WEEK_AGO = 30, 23


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    """A lake with a table of 31 versions, one a day."""
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    for number in range(NEWEST):
        add(lake, WORKOUTS, number)
    age(lake, WORKOUTS)
    return lake


@pytest.mark.parametrize(
    ("following", "finished", "since"),
    [
        pytest.param((), None, 0, id="a stream that has not begun needs all"),
        pytest.param(
            (31,), None, 0, id="so does one of a single batch, which Spark looks up again"
        ),
        pytest.param((12, 31), None, 12, id="of more, the last is looked up again"),
        pytest.param((12, 20, 31), 2, 12, id="a batch that is under way does not count"),
        pytest.param(
            (30, 31), None, OF_A_WEEK_AGO, id="of one that is up to date, readers need more"
        ),
        pytest.param((20, 21), None, 20, id="one that has stood still for days is waited for"),
    ],
)
def test_a_stream_keeps_what_it_looks_at_when_it_starts(lake, tmp_path, following, finished, since):
    reader = replace(COMPLETED_WORKOUTS, name=f"silver_db.{tmp_path.name}")
    follow(lake, WORKOUTS, reader.short_name, *following, finished=finished)

    assert kept_since(lake, WORKOUTS, WEEK, [reader]) == since


def test_a_checkpoint_that_cannot_be_read_keeps_all(lake):
    reader = replace(COMPLETED_WORKOUTS, name="silver_db.torn")
    follow(lake, WORKOUTS, "torn", 20, 31)
    Path(lake.checkpoint("torn"), "offsets", "0").write_text("v1\n{}\n{")

    assert kept_since(lake, WORKOUTS, WEEK, [reader]) == 0


@pytest.mark.parametrize(
    ("before", "since"),
    [
        pytest.param(WEEK, OF_A_WEEK_AGO, id="at the very instant of a commit"),
        pytest.param(WEEK - timedelta(seconds=1), OF_A_WEEK_AGO - 1, id="just before it"),
        pytest.param(NOW + 365 * DAY, NEWEST, id="after all: the newest"),
        pytest.param(NOW - 365 * DAY, 0, id="before all: the oldest"),
    ],
)
def test_a_reader_may_ask_for_what_was_newest_at_an_instant(lake, before, since):
    assert kept_since(lake, WORKOUTS, before) == since


def test_a_log_that_is_being_cut_begins_with_its_first_whole_version(tmp_path):
    """A kill has left commits before it, by which no version can be read."""
    lake = Lake(str(tmp_path))
    for number in range(6):
        add(lake, WORKOUTS, number)
    DeltaTable(lake.path(WORKOUTS), version=4).create_checkpoint()
    for version in (0, 1):
        Path(commits.log_of(lake.path(WORKOUTS)), f"{version:020d}.json").unlink()

    assert commits.versions(lake.path(WORKOUTS)) == [4, 5, 6]
    assert kept_since(lake, WORKOUTS, NOW - 365 * DAY) == 4


STEPS = st.lists(
    st.sampled_from(["add", "add", "replace", "change", "remove", "compact", "checkpoint"]),
    min_size=3,
    max_size=12,
)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, data=st.data())
def test_nothing_that_is_needed_goes(tmp_path_factory, steps, data):
    """Whatever happened: kept versions, and the changes since, are afterwards what they were."""
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    path = lake.path(WORKOUTS)
    add(lake, WORKOUTS, 0)
    for number, step in enumerate(steps, start=1):
        _do(lake, step, number)
    age(lake, WORKOUTS)
    newest = DeltaTable(path).version()
    of_stream = data.draw(st.integers(0, newest + 1), "the stream's last batch begins here")
    before = NOW - data.draw(st.integers(0, 31), "days") * DAY
    follow(lake, WORKOUTS, COMPLETED_WORKOUTS.short_name, of_stream, newest + 1)
    since = kept_since(lake, WORKOUTS, before, [COMPLETED_WORKOUTS])
    needed = range(since, newest + 1)
    was = {version: numbers(lake, WORKOUTS, version) for version in needed}
    changed = {v: changes(lake, WORKOUTS, v) for v in needed}

    for _ in range(2):
        trimming.cut_log(path, since, LATER)
        trimming.remove_unneeded(path, since, NOW + DAY)

        assert since <= max(min(of_stream, newest), 0)
        assert {version: numbers(lake, WORKOUTS, version) for version in needed} == was
        assert {v: changes(lake, WORKOUTS, v) for v in changed} == changed
        assert kept_since(lake, WORKOUTS, before, [COMPLETED_WORKOUTS]) == since


def _do(lake: Lake, step: str, number: int) -> None:
    table = DeltaTable(lake.path(WORKOUTS))
    if step in ("add", "replace"):
        add(lake, WORKOUTS, number, mode="overwrite" if step == "replace" else "append")
    elif step == "change":
        table.update({"session_id": str(number)}, predicate="user_id % 2 = 0")
    elif step == "remove":
        table.delete(f"user_id = {number - 1}")
    elif step == "compact":
        table.optimize.compact()
    else:
        table.create_checkpoint()
