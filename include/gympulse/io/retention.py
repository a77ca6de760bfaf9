"""Which versions of a table somebody may still need: readers, streams, points to go back to.

A reader names a version or an instant of the last days. A stream reads every commit since the
one its checkpoint names, however long it has stood still, and the files of those commits, of
change feeds and removed ones too; one that was put back to a point does so since the point. So of
each table all versions from one on are kept.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from deltalake import DeltaTable

from gympulse.io import commits, files
from gympulse.io.checkpoints import Checkpoint, Offsets
from gympulse.io.restore_points import RestorePoint
from gympulse.lake import Lake
from gympulse.model.table import Table


def kept_since(
    lake: Lake,
    table: Table,
    before: datetime,
    streams: Sequence[Table] = (),
    points: Iterable[RestorePoint] = (),
) -> int:
    """Decide from which version on a table's are kept, one and all.

    Args:
        lake: Where the table is.
        table: The table.
        before: Readers may ask for what the table was at this instant, and since.
        streams: The tables that are filled by streams of this one. A stream that has not
            finished two batches, or whose checkpoint cannot be read, needs all there is.
        points: Points to go back to. Each needs the version that it names, and what streams
            would read again from there.
    """
    path = lake.path(table)
    there = commits.versions(path)
    table_id = DeltaTable(path).metadata().id
    standing = [Checkpoint(lake.checkpoint(each.short_name)).looked_at_again() for each in streams]
    needed = [_newest_at(path, there, before)]
    for point in points:
        needed += [point.versions[table.name]] if table.name in point.versions else []
        standing += [point.positions[e.name] for e in streams if e.name in point.positions]
    needed += [_first(offsets, table_id, there[0]) for offsets in standing]
    return max(min(needed), there[0])


def _newest_at(path: str, there: list[int], instant: datetime) -> int:
    """The version that was the newest at an instant; the oldest where all came later."""
    later = bisect_right(there, instant, key=partial(commits.committed_at, path))
    return there[max(later - 1, 0)]


def _first(offsets: Offsets | None, table_id: str, oldest: int) -> int:
    """The first version that a stream looks at when it starts; the oldest where it is unknown."""
    for offset in offsets or ():
        if offset and offset.get("reservoirId") == table_id:
            return offset.get("reservoirVersion", oldest)
    return oldest


def changes_since(path: str) -> int | None:
    """The first version from which all changes can still be read; None where none can."""
    there, first = data_files(path), None
    for version in reversed(commits.versions(path)):
        if not commits.named(path, version) <= there.keys():
            break
        first = version
    return first


def data_files(path: str) -> dict[str, tuple[int, datetime]]:
    """Bytes of a table's files, and when each was written, by their paths below its folder."""
    found = {name.removeprefix(f"{path}/"): told for name, told in files.written(path).items()}
    return {
        name: told
        for name, told in found.items()
        if name.endswith(".parquet") and not name.startswith("_delta_log/")
    }


def needed_files(path: str, since: int) -> set[str]:
    """The files that versions from one on need, by their paths below the table's folder."""
    needed = {
        name
        for version in commits.versions(path)
        if version >= since
        for name in commits.named(path, version)
    }
    return needed | commits.held(path, since)
