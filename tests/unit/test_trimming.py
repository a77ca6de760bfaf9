"""What nobody needs goes, whenever the last run was killed; what anybody needs stays."""

from contextlib import contextmanager
from datetime import UTC, datetime
from os import utime
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake
from lake_history import DAY, LATER, NOW, add, changes, numbers

from gympulse.io import commits, files, retention, schema, trimming
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model.tables import (
    KAFKA_MULTIPLEX,
    WORKOUTS,
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path))


@pytest.fixture
def path(lake) -> str:
    """A table of 13 versions, each of which takes the place of the one before; 8 is whole."""
    for number in range(12):
        add(lake, WORKOUTS, number, mode="overwrite")
        if number == 7:
            DeltaTable(lake.path(WORKOUTS)).create_checkpoint()
    return lake.path(WORKOUTS)


@pytest.mark.parametrize(
    ("since", "first"),
    [
        pytest.param(12, 12, id="of the newest, which is written whole first"),
        pytest.param(11, 8, id="of others, the last whole one before"),
        pytest.param(8, 8, id="a whole one begins with itself"),
        pytest.param(7, 0, id="before the first whole one all stays"),
    ],
)
def test_a_log_is_cut_before_a_whole_version(lake, path, since, first):
    before = sorted(files.names(commits.log_of(path)))
    told = trimming.cut_log(path, since, LATER, is_dry_run=True)
    assert sorted(files.names(commits.log_of(path))) == before
    gone = trimming.cut_log(path, since, LATER)

    assert commits.versions(path) == list(range(first, 13))
    assert gone == len(before) + 1 - len(files.names(commits.log_of(path)))
    assert told == gone or first == 12
    assert trimming.cut_log(path, since, LATER) == 0
    assert {version: numbers(lake, WORKOUTS, version) for version in range(max(first, 1), 13)} == {
        version: [version - 1] for version in range(max(first, 1), 13)
    }


def test_a_log_is_not_cut_at_what_was_just_written_whole(lake, path):
    """Who has opened the table before goes by what was whole then."""
    earlier = Path(commits.log_of(path), f"{8:020d}.checkpoint.parquet")
    utime(earlier, (NOW.timestamp(), NOW.timestamp()))

    trimming.cut_log(path, 12, NOW)
    assert commits.versions(path)[0] == 0
    trimming.cut_log(path, 12, NOW + DAY)
    assert commits.versions(path) == [8, 9, 10, 11, 12]


@pytest.mark.parametrize("before_the_kill", range(13))
def test_a_cut_that_was_killed_leaves_a_log_without_gaps(lake, path, monkeypatch, before_the_kill):
    """Whatever it had removed, the table can be read, and the next run removes the rest."""
    remove, left = files.remove, list(range(before_the_kill))

    def killed(name: str) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        remove(name)

    with monkeypatch.context() as until:
        until.setattr(files, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            trimming.cut_log(path, 12, LATER)
    there = commits.versions(path)
    assert there == list(range(there[0], 13))
    assert numbers(lake, WORKOUTS) == [11]

    trimming.cut_log(path, 12, LATER)
    assert commits.versions(path) == [12]
    add(lake, WORKOUTS, 12)
    assert numbers(lake, WORKOUTS) == [11, 12]


def test_what_a_stream_has_written_is_known_by_a_log_that_was_cut(lake, path):
    """By the number of its last batch bronze takes none twice."""
    from deltalake import CommitProperties, Transaction

    done = CommitProperties(app_transactions=[Transaction("a-stream", 7)])
    nothing = dict.fromkeys(WORKOUTS.columns)
    rows = rows_of(WORKOUTS, [nothing | {"user_id": 12}])
    write_deltalake(path, rows, mode="append", commit_properties=done)
    add(lake, WORKOUTS, 13)
    trimming.cut_log(path, 14, LATER)

    assert commits.versions(path) == [14]
    assert DeltaTable(path).transaction_version("a-stream") == 7


@pytest.mark.parametrize(
    ("since", "needed"),
    [
        pytest.param(12, {12}, id="the newest"),
        pytest.param(10, {9, 10, 11, 12}, id="all since, and what they took the place of"),
    ],
)
def test_files_that_no_kept_version_needs_go(lake, path, since, needed):
    """What takes the place of others names them: who reads changes reads them from there."""
    by_version = {version: commits.held(path, version) for version in range(1, 13)}
    dry = trimming.remove_unneeded(path, since, LATER, is_dry_run=True)
    assert len(retention.data_files(path)) == 12
    gone = trimming.remove_unneeded(path, since, LATER)

    left = set(retention.data_files(path))
    if since == 12:
        # Its own commit took the place of the one before.
        needed = needed | {11}
    assert left == set().union(*(by_version[version] for version in needed | {12, 11}))
    assert gone == dry
    assert trimming.remove_unneeded(path, since, LATER) == {}


def test_what_no_commit_names_stays_while_it_is_new(lake, path):
    """It may be of a write that goes on; a killed one's remains too."""
    stray = Path(path, "part-killed.parquet")
    stray.write_bytes(b"PAR1")
    for told in (retention.data_files(path),):
        assert told["part-killed.parquet"][0] == 4
    now = datetime.now(UTC)

    trimming.remove_unneeded(path, 1, now - DAY)
    assert stray.exists()
    assert list(trimming.remove_unneeded(path, 1, now + DAY)) == [stray.name]


def test_nothing_of_a_write_that_goes_on_goes(path):
    """However old it looks: files are listed by the table's writer, who has no other beside it."""
    written = Path(path, "part-goes-on.parquet")
    written.write_bytes(b"PAR1")

    @contextmanager
    def writer():
        # Here the write that went on is over, and before the next begins, files are listed.
        written.unlink()
        yield
        written.write_bytes(b"PAR1")

    assert trimming.remove_unneeded(path, 1, LATER, writer=writer()) == {}


def test_folders_whose_names_cannot_be_written_as_they_are(lake):
    """Of a partition by text: percent signs of the file's own name are not the log's."""
    schema.create(lake, [KAFKA_MULTIPLEX])
    path, nothing = lake.path(KAFKA_MULTIPLEX), dict.fromkeys(KAFKA_MULTIPLEX.columns)
    for topic in ("bpm", "a b%c/é", None):
        rows = rows_of(KAFKA_MULTIPLEX, [nothing | {"topic": topic}])
        write_deltalake(path, rows, mode="append")

    assert trimming.remove_unneeded(path, 3, LATER) == {}
    assert DeltaTable(path).to_pyarrow_table().num_rows == 3


def test_change_feeds_are_kept_for_those_that_read_them(lake):
    """And go with the versions whose changes they are."""
    add(lake, WORKOUTS, 0, 1)
    path = lake.path(WORKOUTS)
    for number in (1, 2, 3):
        DeltaTable(path).update({"session_id": str(number)}, predicate="user_id = 1")
    feeds = [name for name in retention.data_files(path) if name.startswith("_change_data/")]
    assert len(feeds) == 3
    was = changes(lake, WORKOUTS, 3)

    trimming.remove_unneeded(path, 3, LATER)
    assert changes(lake, WORKOUTS, 3) == was
    left = [name for name in retention.data_files(path) if name.startswith("_change_data/")]
    assert len(left) == 2
    assert retention.changes_since(path) == 3


def test_what_dead_jobs_have_left(lake):
    """Checkpoints moved aside and scratch, a week old; the stream's own stays, whatever its age."""
    old, young = NOW - 8 * DAY, NOW - 6 * DAY
    places = {
        lake.checkpoint("heart_rate"): (old, old),
        lake.checkpoint("heart_rate.1"): (old, old),
        lake.checkpoint("heart_rate.2"): (old, young),
        lake.checkpoint("heart_rate.3"): (young, old),
        f"{lake.scratch}/0a": (old, old),
        f"{lake.scratch}/0b": (young, young),
    }
    for folder, instants in places.items():
        for name, at in zip(("offsets/1", "below/it/2"), instants, strict=True):
            files.write(f"{folder}/{name}", b"x")
            utime(f"{folder}/{name}", (at.timestamp(), at.timestamp()))
    files.write(lake.topics, b"{}")
    utime(lake.topics, (old.timestamp(), old.timestamp()))
    week = NOW - 7 * DAY
    gone = [lake.checkpoint("heart_rate.1"), f"{lake.scratch}/0a"]

    assert trimming.remove_remains(lake, week, is_dry_run=True) == gone
    assert all(map(files.is_folder, places))
    assert trimming.remove_remains(lake, week) == gone
    assert [folder for folder in places if not files.is_folder(folder)] == gone
    assert files.exists(lake.topics)
    assert trimming.remove_remains(lake, week) == []


def test_a_lake_without_either(lake):
    assert trimming.remove_remains(lake, NOW) == []
