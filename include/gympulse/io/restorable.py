"""Is all there that going back needs: the versions' files, and what streams are to read again?"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from gympulse.io import delta_files, files
from gympulse.io.changes import commits
from gympulse.io.restore_points import RestorePoint
from gympulse.io.together import place
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, QUARANTINE, SILVER, TABLES

_There = Callable[[str], set[str]]


def problems(lake: Lake, point: RestorePoint, tables: Sequence[Table]) -> list[str]:
    """What is missing for going back to a point, each a sentence; nothing is changed.

    Args:
        lake: Where the tables are.
        point: The point.
        tables: The tables to be put back.
    """
    quarantine = (QUARANTINE,) if set(tables) & set(SILVER) else ()
    versions = {table: point.versions[table.name] for table in (*tables, *quarantine)}
    # Several streams read bronze, whose files are many.
    there = cache(_files_of)
    found = [_version(lake, table, version, there) for table, version in versions.items()]
    found += _sources(lake, point, tables, there)
    return [problem for problem in found if problem]


def _version(lake: Lake, table: Table, version: int, there: _There) -> str | None:
    path = lake.path(table)
    try:
        listed = delta_files.files(path, version)
    except (DeltaError, OSError):
        return f"{table.name}: its log no longer holds version {version}."
    if missing := set(delta_files.paths("", listed)) - there(path):
        return (
            f"{table.name}: {len(missing):,} of the {len(listed):,} files of version {version} "
            "are no longer there."
        )
    return None


def _sources(
    lake: Lake, point: RestorePoint, tables: Sequence[Table], there: _There
) -> Iterator[str]:
    """What is missing of what streams are to read again of tables that stay as they are."""
    reading = [(TABLES[name], table) for table in tables for name in table.reads]
    for source, table in reading:
        if source in tables:
            continue
        path = lake.path(source)
        present = DeltaTable(path)
        version = present.version()
        first, _ = place(present, path, point.positions[table.name])
        try:
            since = list(commits(path, first, version))
        except FileNotFoundError:
            yield f"{source.name}: its log no longer holds version {first} and what came after."
            continue
        needed = {
            f"/{name}"
            for commit in since
            for name in (commit.added if source in BRONZE else commit.feed)
        }
        if missing := needed - there(path):
            yield (
                f"{source.name}: {len(missing):,} files that {table.name} is to read again, of "
                f"versions {first} to {version}, are no longer there."
            )


def _files_of(path: str) -> set[str]:
    """The files of a table that are there, each behind a slash."""
    return {found.removeprefix(path) for found in files.sizes(path)}
