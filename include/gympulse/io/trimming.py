"""Remove what nobody needs any more: files and logs of tables, and what dead jobs have left."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from deltalake import DeltaTable

from gympulse.io import commits, files
from gympulse.io.retention import data_files, needed_files
from gympulse.lake import Lake

_OF_VERSION = re.compile(r"(\d{20})\.(?:(\d{20})\.compacted\.)?")
# A checkpoint that was moved aside: the stream's name and a number.
_ASIDE = re.compile(r".+\.\d+")


def cut_log(path: str, since: int, before: datetime, is_dry_run: bool = False) -> int:
    """Remove a log's files before the last whole version that the kept ones can be read from.

    The newest version is written whole first, so that a later call can begin there.

    Args:
        path: The table's folder.
        since: The first version that must stay readable.
        before: What was written whole since is not begun with: whoever has opened the table
            meanwhile may still go by what was before it.
        is_dry_run: Only count them.

    Returns:
        How many files went, or would.

    Replay: removes what is left; the oldest go first, so that what remains has no gap.
    """
    table = DeltaTable(path)
    if not is_dry_run and table.version() > max(commits.checkpoints(path), default=0):
        table.create_checkpoint()
    whole = commits.checkpoints(path, before)
    begin = max((version for version in whole if version <= since), default=0)
    found = {name: _last_version(name) for name in files.names(commits.log_of(path))}
    gone = sorted(
        name for name, version in found.items() if version is not None and version < begin
    )
    for name in () if is_dry_run else gone:
        files.remove(f"{commits.log_of(path)}/{name}")
    return len(gone)


def _last_version(name: str) -> int | None:
    """The last version that a file of a log tells of; None for files of no version."""
    match = _OF_VERSION.match(name)
    return int(match[2] or match[1]) if match else None


def remove_unneeded(
    path: str,
    since: int,
    before: datetime,
    is_dry_run: bool = False,
    writer: AbstractContextManager | None = None,
) -> dict[str, int]:
    """Remove a table's files that no kept version needs, those of change feeds too.

    What no commit names is the rest of a write that was killed, or one that goes on: it stays
    while it is new. As clocks jump, age alone does not tell: files are listed by the table's
    writer, so that none of a write that goes on is among them.

    Args:
        path: The table's folder.
        since: The first version that is kept.
        before: Files that were written since stay.
        is_dry_run: Only name them.
        writer: Within it this process is the table's writer; None where it is anyway.

    Returns:
        Bytes of the files that went, or would, by their paths.

    Replay: removes what is left.
    """
    gone = _unneeded(path, since, before)
    if is_dry_run or not gone:
        return gone
    with writer or nullcontext():
        listed = data_files(path).keys()
    gone = {name: size for name, size in _unneeded(path, since, before).items() if name in listed}
    for name in gone:
        files.remove(f"{path}/{name}")
    return gone


def _unneeded(path: str, since: int, before: datetime) -> dict[str, int]:
    present, needed = data_files(path), needed_files(path, since)
    return {
        name: size
        for name, (size, written_at) in present.items()
        if name not in needed and written_at < before
    }


def remove_remains(lake: Lake, before: datetime, is_dry_run: bool = False) -> list[str]:
    """Remove what has lain unused: checkpoints that were moved aside, scratch of killed operations.

    Args:
        lake: The lake.
        before: Folders in which anything was written since stay.
        is_dry_run: Only name them.

    Returns:
        The folders that went, or would.

    Replay: removes what is left.
    """
    aside = _folders(lake.checkpoint(""))
    gone = [
        *_unused({name: at for name, at in aside.items() if _ASIDE.fullmatch(name)}, before),
        *_unused(_folders(f"{lake.scratch}/"), before),
    ]
    for folder in () if is_dry_run else gone:
        files.remove_folder(folder)
    return gone


def _folders(root: str) -> dict[str, tuple[str, datetime]]:
    """By name, the folders below one: their paths, and when a file was last written there."""
    found: dict[str, tuple[str, datetime]] = {}
    for path, (_, written_at) in files.written(root.rstrip("/")).items():
        name, is_below, _ = path.removeprefix(root).partition("/")
        if is_below:
            _, latest = found.get(name, (root, written_at))
            found[name] = (f"{root}{name}", max(latest, written_at))
    return found


def _unused(found: Mapping[str, tuple[str, datetime]], before: datetime) -> list[str]:
    return sorted(path for path, latest in found.values() if latest < before)
