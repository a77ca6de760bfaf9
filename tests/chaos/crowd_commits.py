"""What jobs have committed, seen as it comes: the files of commits, read by nothing of Delta."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, LEDGER, TABLES
from oracle.compare import read_rows

_COMMIT = re.compile(r"(\d{20})\.json")
_WHOLE = re.compile(r"(\d{20})\.checkpoint\.parquet")


@dataclass(frozen=True)
class Commit:
    """One commit as its file says.

    Attributes:
        digest: Of the file.
        added: By path, rows of the files that it added.
        removed: The paths of those that it removed.
        batch: The stream and the batch that it is of; None where it is of none.
    """

    digest: str
    added: dict[str, int]
    removed: frozenset[str]
    batch: tuple[str, int] | None

    @classmethod
    def read(cls, content: bytes) -> "Commit":
        """Read a commit's file."""
        actions = [json.loads(line) for line in content.splitlines() if line.strip()]
        added = {
            unquote(each["add"]["path"]): json.loads(each["add"]["stats"])["numRecords"]
            for each in actions
            if "add" in each
        }
        removed = frozenset(unquote(e["remove"]["path"]) for e in actions if "remove" in e)
        batches = [(e["txn"]["appId"], e["txn"]["version"]) for e in actions if "txn" in e]
        digest = hashlib.sha256(content).hexdigest()
        return cls(digest, added, removed, batches[0] if batches else None)


@dataclass
class Commits:
    """All commits of a lake, since it was empty.

    Attributes:
        lake: The lake.
        seen: By table's name and version.
    """

    lake: Lake
    seen: dict[str, dict[int, Commit]] = field(default_factory=lambda: {n: {} for n in TABLES})

    def look(self) -> None:
        """See what has come since."""
        for name, table in TABLES.items():
            seen = self.seen[name]
            while (path := _file(self.lake, table, len(seen))).exists():
                seen[len(seen)] = Commit.read(path.read_bytes())

    def states(self, table: Table) -> dict[int, dict[str, int]]:
        """By version, the files of a table and their rows, as the commits up to it make them."""
        files: dict[str, int] = {}
        found = {}
        for version, commit in sorted(self.seen[table.name].items()):
            files = {name: rows for name, rows in files.items() if name not in commit.removed}
            files |= commit.added
            found[version] = dict(files)
        return found

    def survive(self) -> str:
        """Hold the logs against what was seen.

        A log's beginning may have gone: maintenance cuts it before a version that it keeps whole.

        Raises:
            AssertionError: A commit is gone, is another than it was, or leaves a gap.
        """
        self.look()
        kept = 0
        for name, table in TABLES.items():
            seen, there = self.seen[name], _versions(self.lake, table)
            assert max(there, default=-1) == len(seen) - 1, f"{name}: a gap at {len(seen)}"
            for version in range(_begin(self.lake, table, there), len(seen)):
                assert version in there, f"{name}: version {version} is lost"
                file = _file(self.lake, table, version)
                is_same = Commit.read(file.read_bytes()).digest == seen[version].digest
                assert is_same, f"{name}: version {version} is another commit than it was"
                kept += 1
        total = sum(map(len, self.seen.values()))
        entered = self._are_entered()
        return (
            f"{total:,} commits of {len(TABLES)} tables, without a gap; {kept:,} are still in the "
            f"logs, as they were; {entered:,} batches of bronze are the commits that the ledger has"
        )

    def _are_entered(self) -> int:
        """Hold what the ledger says of bronze's streams against the commits it names."""
        names = {table.short_name: table.name for table in BRONZE}
        columns = ("layer", "table", "stream", "batch_id", "inserted", "version")
        found = 0
        for layer, table, stream, batch, rows, version in read_rows(
            self.lake, LEDGER.name, columns
        ):
            if layer != "bronze" or not rows:
                continue
            commit = self.seen[names[table]].get(version)
            assert commit, f"{table}: the ledger has version {version}, which nobody saw"
            # What an operation has committed is of no stream.
            if commit.batch:
                assert commit.batch == (stream, batch), f"{table}: {version} is of {commit.batch}"
                added = sum(commit.added.values())
                assert added == rows, f"{table}: version {version} added {added}, not {rows}"
                found += 1
        assert found, "the ledger has no batch of bronze"
        return found


@contextmanager
def overwritten(lake: Lake, table: Table) -> Iterator[None]:
    """Have the commit before in the place of a table's newest meanwhile."""
    before, newest = (_file(lake, table, v) for v in sorted(_versions(lake, table))[-2:])
    kept = newest.read_bytes()
    newest.write_bytes(before.read_bytes())
    try:
        yield
    finally:
        newest.write_bytes(kept)


def _file(lake: Lake, table: Table, version: int) -> Path:
    return Path(lake.path(table), "_delta_log", f"{version:020d}.json")


def _versions(lake: Lake, table: Table, kind: re.Pattern = _COMMIT) -> set[int]:
    names = (path.name for path in Path(lake.path(table), "_delta_log").glob("*"))
    return {int(match[1]) for match in map(kind.fullmatch, names) if match}


def _begin(lake: Lake, table: Table, there: set[int]) -> int:
    """The first version that the log still has to tell."""
    return 0 if 0 in there else min(_versions(lake, table, _WHOLE), default=0)
