"""Do the tables belong together now, and where do their streams stand? Asked without Spark.

They do where every stream has taken all that the silver tables it reads hold, and none has a
batch under way: then no row was made of anything that is not there. Bronze may be ahead of
silver, and is meanwhile: it belongs to the others as far as silver has read it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from gympulse.io import delta_files
from gympulse.io.changes import commits, has_changes
from gympulse.io.checkpoints import Checkpoint
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, GOLD, QUARANTINE, SILVER, TABLES

log = logging.getLogger(__name__)

# The lines of a batch's plan, as Spark keeps them: its settings, then a place for each source.
Lines = list[dict[str, Any] | None]
# A version and a file of it that are read next; -1 where none of its files was.
Place = tuple[int, int]

_WRITTEN = (*SILVER, *GOLD, QUARANTINE)
# Version 0 makes a table, and holds nothing.
_BEGINNING: Place = (1, -1)


@dataclass(frozen=True)
class Together:
    """Versions that belong together.

    Attributes:
        at: An instant at which they did.
        versions: By table's name; of bronze the version that silver has read, and none where its
            streams have read several.
        positions: By table of silver and gold, the last batch's lines; None where its stream had
            none.
    """

    at: datetime
    versions: dict[str, int]
    positions: dict[str, Lines | None]


def written(lake: Lake) -> dict[str, int]:
    """The versions of what silver and gold write, whether or not they belong together."""
    return {table.name: DeltaTable(lake.path(table)).version() for table in _WRITTEN}


def look(lake: Lake) -> Together | None:
    """Note what belongs together now; None where that cannot be told exactly."""
    before = _standing(lake)
    if before is None:
        return None
    at = datetime.now(UTC)
    versions = written(lake)
    if _standing(lake) != before:
        log.info("A batch went on meanwhile.")
        return None
    places = _places(lake, before)
    behind = [
        (table, source)
        for (table, source), following in places.items()
        if TABLES[source] in SILVER and not _is_through(lake, source, [following], versions[source])
    ]
    if behind:
        log.info("%s has yet to take what %s has gained.", *behind[0])
        return None
    for source in BRONZE:
        read = [following for (_, name), following in places.items() if name == source.name]
        reached = max(read)[0] - 1
        if _is_through(lake, source.name, read, reached):
            versions[source.name] = reached
    return Together(at, versions, before)


def place(source: DeltaTable, path: str, lines: Lines | None) -> Place:
    """Where a stream goes on in one of the tables that it reads, which lies at a path.

    A stream may stop at the last file of a version's changes; it then goes on at the next version.
    """
    source_id = str(source.metadata().id)
    for offset in (lines or [None])[1:]:
        if offset and offset["reservoirId"] == source_id:
            version, file = offset["reservoirVersion"], offset["index"]
            if file >= 0 and file + 1 == _files_of(path, version, offset["isStartingVersion"]):
                return version + 1, -1
            return version, file
    return _BEGINNING


def _files_of(path: str, version: int, is_whole: bool) -> int | None:
    """How many files a version has, or its changes are in; None where the log no longer tells."""
    try:
        if is_whole:
            # A stream that begins with all that a table holds counts these.
            return len(delta_files.files(path, version))
        return sum(len(commit.feed) for commit in commits(path, version, version))
    except (FileNotFoundError, DeltaError):
        return None


def _standing(lake: Lake) -> dict[str, Lines | None] | None:
    """The streams' last batches; None where one is not finished, or cannot be read."""
    found: dict[str, Lines | None] = {}
    for table in (*SILVER, *GOLD):
        checkpoint = Checkpoint(lake.checkpoint(table.short_name))
        found[table.name] = checkpoint.finished()
        if found[table.name] is None and checkpoint.exists:
            log.info("%s has a batch under way.", table.name)
            return None
    return found


def _places(lake: Lake, standing: Mapping[str, Lines | None]) -> dict[tuple[str, str], Place]:
    paths = {source.name: lake.path(source) for source in (*BRONZE, *SILVER)}
    sources = {name: DeltaTable(path) for name, path in paths.items()}
    return {
        (name, source): place(sources[source], paths[source], lines)
        for name, lines in standing.items()
        for source in TABLES[name].reads
    }


def _is_through(lake: Lake, source: str, read: Sequence[Place], version: int) -> bool:
    """Whether all that a table holds up to a version was read from all these places."""
    table: Table = TABLES[source]
    is_whole = all(file < 0 for _, file in read)
    return is_whole and not has_changes(lake.path(table), min(read)[0], version)
