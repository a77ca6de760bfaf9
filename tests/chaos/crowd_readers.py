"""Readers beside a crowd of writers: what each saw, and which commits made what it saw."""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from httpx import HTTPStatusError

from chaos.crowd_commits import Commits
from gympulse.io.restore_points import points
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import GOLD, SILVER, WORKOUT_BPM, WORKOUT_BPM_SUMMARY
from serving.reading import SERVED, as_json, as_sets
from serving.served import Client, client_of
from serving.walking import walked

_PAGE_ROWS = 50
# Between two looks, where readers would take the processor from those whom they look at.
_COMMITS_SECONDS, _ROWS_SECONDS = 0.02, 4
_GONE = 410


@dataclass(frozen=True)
class Seen:
    """What a reader saw of a table.

    Attributes:
        table: The table.
        version: The version that it was told to be.
        rows: How many rows there were.
        keys: How many different keys these had.
        files: The paths of the files read; None for one who asks the API.
    """

    table: Table
    version: int
    rows: int
    keys: int
    files: frozenset[str] | None = None


@dataclass
class Readers:
    """Readers that go round and round.

    Attributes:
        lake: What they read.
        seen: What each saw.
        walks: Walks through the API, of which every page was of one version.
        problems: What kept one from reading.
    """

    lake: Lake
    seen: list[Seen] = field(default_factory=list)
    walks: int = 0
    problems: list[str] = field(default_factory=list)

    def go_round(self) -> None:
        """Read every table whole, as it now is."""
        for table in (*SILVER, *GOLD):
            if DeltaTable.is_deltatable(self.lake.path(table)):
                self.seen.append(_seen(table, DeltaTable(self.lake.path(table))))

    def walk(self, client: Client) -> None:
        """Go through what is served by pages, and hold the rows against those of the version."""
        if not all(DeltaTable.is_deltatable(self.lake.path(table)) for table in GOLD):
            return
        for path, table in SERVED.items():
            try:
                walk = walked(client, path, _PAGE_ROWS)
                opened = DeltaTable(self.lake.path(table), version=walk.version)
            except HTTPStatusError as error:
                if error.response.status_code != _GONE:
                    raise
                continue
            rows = _rows(table, opened)
            assert as_sets(walk.rows) == as_sets(as_json(rows.to_pylist())), (
                f"{path}: its pages are not version {walk.version} of {table.name}"
            )
            keys = {tuple(row[name] for name in table.key) for row in walk.rows}
            self.seen.append(Seen(table, walk.version, len(walk.rows), len(keys)))
            self.walks += 1

    def saw_whole(self, commits: Commits) -> str:
        """Hold what was seen against what the commits make.

        Raises:
            AssertionError: Something seen is no version of its table, or has a key twice.
        """
        assert not self.problems, "; ".join(self.problems)
        states = {table: commits.states(table) for table in (*SILVER, *GOLD)}
        for seen in self.seen:
            name, state = f"{seen.table.name}, version {seen.version}", states[seen.table]
            files = state.get(seen.version)
            assert files is not None, f"{name} was seen and never committed"
            assert seen.rows == sum(files.values()), f"{name}: {seen.rows} rows seen of {files}"
            assert seen.keys == seen.rows, f"{name}: {seen.rows} rows of {seen.keys} keys seen"
            is_same = seen.files is None or seen.files == files.keys()
            assert is_same, f"{name}: other files were read than it has"
        states_seen = len({(seen.table, seen.version) for seen in self.seen})
        together = _belong_together(self.lake)
        return (
            f"{len(self.seen):,} looks at {states_seen:,} versions, each whole; {self.walks:,} "
            f"walks, all of whose pages were of one version; {together:,} restore points whose "
            "summaries count the readings beside them"
        )


def look_on(lake: Lake, over: Path) -> tuple[Commits, Readers]:
    """See what is committed, and read: one with delta-rs, one who asks the API.

    Args:
        lake: What is looked at, from its beginning.
        over: The file that ends it, once it is there.
    """
    # Who looks on is not to hold the others up.
    os.nice(5)
    commits, readers = Commits(lake), Readers(lake)

    def until_over(look: Callable[[], None], pause: float) -> None:
        is_last = False
        while not is_last:
            time.sleep(pause)
            is_last = over.exists()
            try:
                look()
            # Whatever it is, nobody else would have been kept from reading by it.
            except Exception as error:
                readers.problems.append(f"{type(error).__name__}: {error}")

    with client_of(lake) as client, ThreadPoolExecutor(3) as beside:
        looks = {
            commits.look: _COMMITS_SECONDS,
            readers.go_round: _ROWS_SECONDS,
            partial(readers.walk, client): _ROWS_SECONDS,
        }
        for look, pause in looks.items():
            beside.submit(until_over, look, pause)
    return commits, readers


@contextmanager
def looked_on(lake: Lake, folder: Path) -> Iterator[Callable[[], tuple[Commits, Readers]]]:
    """Have a process that looks on; when all is over it can be asked what it has seen."""
    over, begun = folder / "crowd.over", multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, begun) as pool:
        seen = pool.submit(look_on, lake, over)
        try:
            yield seen.result
        finally:
            over.touch()


def _seen(table: Table, opened: DeltaTable) -> Seen:
    rows = _rows(table, opened)
    keys = rows.select(list(table.key)).group_by(list(table.key)).aggregate([])
    files = pa.table(opened.get_add_actions())["path"].to_pylist()
    return Seen(table, opened.version(), len(rows), len(keys), frozenset(map(unquote, files)))


def _rows(table: Table, opened: DeltaTable) -> pa.Table:
    return pa.table(opened.to_pyarrow_table()).select(list(table.columns))


def _belong_together(lake: Lake) -> int:
    """Hold summaries against the readings that they were made of, as each point names both."""
    found = points(lake)
    for point in found:
        key = list(WORKOUT_BPM_SUMMARY.key)
        summaries, readings = (
            DeltaTable(lake.path(table), version=point.versions[table.name]).to_pyarrow_table()
            for table in (WORKOUT_BPM_SUMMARY, WORKOUT_BPM)
        )
        counted = Counter(tuple(row.values()) for row in readings.select(key).to_pylist())
        told = {
            tuple(row[name] for name in key): row["num_records"] for row in summaries.to_pylist()
        }
        assert told == dict(counted), f"{point.point_id}: its summaries are of other readings"
    return len(found)
