"""Is all there that going back needs: the versions' files, and what streams are to read again?"""

from collections.abc import Collection, Iterator, Sequence

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from gympulse.io import delta_files, files
from gympulse.io.changes import commits
from gympulse.io.restore_points import RestorePoint
from gympulse.io.together import place
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, QUARANTINE, SILVER, TABLES


def problems(lake: Lake, point: RestorePoint, tables: Sequence[Table]) -> list[str]:
    """What is missing for going back to a point, each a sentence; nothing is changed.

    Args:
        lake: Where the tables are.
        point: The point.
        tables: The tables to be put back.
    """
    quarantine = (QUARANTINE,) if set(tables) & set(SILVER) else ()
    versions = {table: point.versions[table.name] for table in (*tables, *quarantine)}
    found = [_version(lake, table, version) for table, version in versions.items()]
    found += _sources(lake, point, tables)
    return [problem for problem in found if problem]


def _version(lake: Lake, table: Table, version: int) -> str | None:
    path = lake.path(table)
    try:
        listed = delta_files.files(path, version)
    except (DeltaError, OSError):
        return f"{table.name}: its log no longer holds version {version}."
    missing = _missing(path, delta_files.paths("", listed))
    if missing:
        return (
            f"{table.name}: {len(missing):,} of the {len(listed):,} files of version {version} "
            "are no longer there."
        )
    return None


def _sources(lake: Lake, point: RestorePoint, tables: Sequence[Table]) -> Iterator[str]:
    """What is missing of what streams are to read again of tables that stay as they are."""
    reading = {(TABLES[name], table) for table in tables for name in table.reads}
    for source, table in sorted(reading, key=str):
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
        needed = [
            name for commit in since for name in (commit.added if source in BRONZE else commit.feed)
        ]
        if missing := _missing(path, needed):
            yield (
                f"{source.name}: {len(missing):,} files that {table.name} is to read again, of "
                f"versions {first} to {version}, are no longer there."
            )


def _missing(path: str, names: Collection[str]) -> set[str]:
    """Those files of a table that are not there."""
    there = {found.removeprefix(path).lstrip("/") for found in files.sizes(path)} if names else ()
    return {name.lstrip("/") for name in names}.difference(there)
