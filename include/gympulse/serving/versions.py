"""Which version of a table to read, and which files hold it: asked of its log."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from threading import Lock

import pyarrow as pa
from cachetools import LRUCache
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from gympulse.io import delta_files, files
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import LAYER_RUNS
from gympulse.serving.problems import Problem, bad_parameter

# A page's next version is asked for again and again; a listing of 10,000 files takes megabytes.
_KEPT = 32


@dataclass(frozen=True)
class Version:
    """One version of a table.

    Attributes:
        table: The table.
        number: Delta's number of the version.
        root: The table's folder.
        files: One row per file, with its columns' bounds.
    """

    table: Table
    number: int
    root: str
    files: pa.Table


class Versions:
    """The versions of a lake's tables; what was listed once is kept."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._newest: dict[str, DeltaTable] = {}
        self._listed: LRUCache = LRUCache(_KEPT)
        self._lock = Lock()

    def newest(self, table: Table) -> Version:
        """Give the version that is there now.

        Raises:
            Problem: The table is not there yet.
        """
        with self._lock:
            return self._version(table, self._followed(table))

    def at(self, table: Table, number: int) -> Version:
        """Give a version by its number.

        Raises:
            Problem: There is no such version, or its files or log are gone.
        """
        with self._lock:
            if (table, number) in self._listed:
                return self._listed[table, number]
            newest = self._followed(table).version()
            if number > newest:
                raise bad_parameter("as_of", number, f"a version up to {newest}, the newest,")
            try:
                return self._version(table, DeltaTable(self.lake.path(table), version=number))
            except DeltaError as error:
                raise _gone(table, number) from error

    def as_of(self, table: Table, instant: datetime) -> Version:
        """Give the version that was the newest at an instant.

        Raises:
            Problem: The instant is before all that the table's log still tells.
        """
        with self._lock:
            commits = _commits(self._followed(table))
        found = bisect_left(commits, (instant, float("inf")))
        if not found:
            first = f"{commits[0][0]:%Y-%m-%dT%H:%M:%SZ}" if commits else "none"
            raise bad_parameter("as_of", instant.isoformat(), f"an instant from {first} on")
        return self.at(table, commits[found - 1][1])

    def complete_through(self, version: Version) -> datetime | None:
        """Give what a version of a layer's table is complete through; None where nobody knows.

        What a run wrote is complete once the run has finished, which is before another writes.
        """
        layer = version.table.database.removesuffix("_db")
        # In this order: a run that is known by now has its version in the log by then.
        runs = self.runs()
        with self._lock:
            following = _committed_at(self._followed(version.table), version.number + 1)
        found = [
            row["complete_through"]
            for row in runs
            if row["layer"] == layer and (following is None or row["finished_at"] <= following)
        ]
        return max((through for through in found if through is not None), default=None)

    def runs(self) -> list[dict]:
        """Give all finished runs of all layers; none before the first."""
        try:
            version = self.newest(LAYER_RUNS)
        except Problem:
            return []
        with self._lock:
            known = self._listed.get("runs")
            if known is None or known[0] != version.number:
                table = DeltaTable(version.root, version=version.number)
                known = (version.number, table.to_pyarrow_table().to_pylist())
                self._listed["runs"] = known
        return known[1]

    def _followed(self, table: Table) -> DeltaTable:
        path = self.lake.path(table)
        try:
            known = self._newest.get(table.name)
            if known is None or _is_another(path, known):
                self._newest[table.name] = DeltaTable(path)
            elif _may_have_grown(path, known):
                known.update_incremental()
        except DeltaError as error:
            self._newest.pop(table.name, None)
            raise Problem(
                404,
                "Table not there yet",
                f"{table.name} is not there yet. {_maker(table)}",
                "table-missing",
            ) from error
        except OSError as error:
            # The next question asks again.
            raise Problem(
                503, "Lake away", f"The files of {table.name} cannot be reached now."
            ) from error
        return self._newest[table.name]

    def _version(self, table: Table, opened: DeltaTable) -> Version:
        key = (table, opened.version())
        if key not in self._listed:
            found = pa.table(opened.get_add_actions(flatten=True))
            self._listed[key] = Version(table, opened.version(), self.lake.path(table), found)
        return self._listed[key]


def paths(version: Version, files: pa.Table | None = None) -> list[str]:
    """Give the full paths of a version's files, or of some of them."""
    return delta_files.paths(version.root, version.files if files is None else files)


def _maker(table: Table) -> str:
    layer = table.database.removesuffix("_db")
    if layer == "ops":
        return "The first run of any layer makes it."
    return f"Run the {layer} layer once, which makes all its tables."


def _may_have_grown(path: str, known: DeltaTable) -> bool:
    """Whether there may be a version after the one that is known.

    One look tells; Delta itself lists the log, which takes the longer the longer the log is.
    """
    return files.exists(_commit(path, known.version() + 1))


def _is_another(path: str, known: DeltaTable) -> bool:
    """Whether the table that was known is no longer there."""
    return not files.exists(_commit(path, known.version()))


def _commit(path: str, version: int) -> str:
    return f"{path}/_delta_log/{version:020d}.json"


def _commits(table: DeltaTable) -> list[tuple[datetime, int]]:
    """When each version that the log still tells of was committed, the earliest first.

    None before an earlier version's: where a clock was put back, as Delta itself has it.
    """
    told = sorted(table.history(), key=lambda each: each["version"])
    instants = accumulate(map(_instant, told), max)
    return list(zip(instants, (each["version"] for each in told), strict=True))


def _committed_at(table: DeltaTable, number: int) -> datetime | None:
    """When a version was committed; None while it is not there."""
    newest = table.version()
    if number > newest:
        return None
    told = table.history(newest - number + 1)
    return next((_instant(each) for each in told if each["version"] == number), None)


def _instant(told: dict) -> datetime:
    return datetime.fromtimestamp(told["timestamp"] / 1000, UTC)


def _gone(table: Table, number: int) -> Problem:
    return Problem(
        410,
        "Version gone",
        f"Version {number} of {table.name} is no longer kept. Begin again without as_of or "
        "cursor, which gives the newest.",
        "version-gone",
    )
