"""Which versions of a table somebody may still need: readers, streams, points to go back to.

A reader names a version or an instant of the last days. A stream reads every commit since the
one its checkpoint names, however long it has stood still, and the files of those commits, of
change feeds and removed ones too; one that was put back to a point does so since the point. So of
each table all versions from one on are kept.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from deltalake import DeltaTable

from gympulse.io import commits, files
from gympulse.io.checkpoints import Checkpoint
from gympulse.lake import Lake
from gympulse.model.table import Table


def kept_since(lake: Lake, table: Table, before: datetime, streams: Iterable[Table] = ()) -> int:
    """Decide from which version on a table's are kept, one and all.

    Args:
        lake: Where the table is.
        table: The table.
        before: Readers may ask for what the table was at this instant, and since.
        streams: The tables that are filled by streams of this one. A stream that has not
            finished two batches, or whose checkpoint cannot be read, needs all there is.
    """
    path = lake.path(table)
    there = commits.versions(path)
    table_id = DeltaTable(path).metadata().id
    needed = [_first(Checkpoint(lake.checkpoint(each.short_name)), table_id) for each in streams]
    since = min([_newest_at(path, there, before), *(at for at in needed if at is not None)])
    if None in needed:
        since = there[0]
    return max(since, there[0])


def _newest_at(path: str, there: list[int], instant: datetime) -> int:
    """The version that was the newest at an instant; the oldest where all came later."""
    later = bisect_right(there, instant, key=partial(commits.committed_at, path))
    return there[max(later - 1, 0)]


def _first(checkpoint: Checkpoint, table_id: str) -> int | None:
    """The first version that a stream looks at when it starts; None where that is unknown."""
    for offset in checkpoint.looked_at_again() or ():
        if offset and offset.get("reservoirId") == table_id:
            return offset.get("reservoirVersion")
    return None


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
