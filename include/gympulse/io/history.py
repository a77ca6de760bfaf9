"""Forget what a Delta table was: old files, change feed, log. No Spark.

A log says more than which files there are. Commits and checkpoints hold the least and greatest
values of files that are gone, and the change feed holds the rows that went.
"""

import io
import json
import os
from collections.abc import Callable, Iterable
from urllib.parse import unquote

import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from gympulse.errors import Damaged
from gympulse.io import files

_LOG = "_delta_log/"


def forget(path: str) -> int:
    """Keep of a table its newest version alone, as a checkpoint and that version's commit.

    The caller is the table's writer, and every stream of the table has read all of it. Whoever
    reads an older version is told that it is gone.

    Returns:
        How many files went.

    Raises:
        Damaged: A file that the table has is not there; nothing was removed of its rows.

    Replay: the checkpoint is there before anything goes, so that the table can be read at every
    moment; a call that was killed is finished by the next.
    """
    table = DeltaTable(path)
    version = f"{_LOG}{table.version():020}"
    # Sums of what is about to be written anew, which Hadoop would hold against it.
    gone = _remove(path, [name for name in _below(path) if name.endswith(".crc")])
    table.create_checkpoint()
    present = _below(path)
    kept = {f"{version}.json", f"{_LOG}_last_checkpoint"}
    for name in present:
        if name.startswith(f"{version}.checkpoint") and name.endswith(".parquet"):
            _rewrite(f"{path}/{name}", _without_removed)
            kept.add(name)
    _rewrite(f"{path}/{version}.json", _without_bounds)
    kept |= _live(table, path, present)
    # Which rows of a file are deleted; the engine that writes such files removes them.
    kept |= {name for name in present if name.endswith(".bin")}
    return gone + _remove(path, [name for name in present if name not in kept])


def _live(table: DeltaTable, path: str, present: list[str]) -> set[str]:
    live = {unquote(name) for name in table.get_add_actions()["path"].to_pylist()}
    if missing := live - set(present):
        name = f"{path}/{min(missing)}"
        raise Damaged(name, "the table's log names it", "Restore the file")
    return live


def _below(path: str) -> list[str]:
    """Names of the files of a table, from its folder on, the log's last."""
    found = files.sizes(path)
    names = (
        name.removeprefix(f"{path}/") if files.is_remote(path) else os.path.relpath(name, path)
        for name in found
    )
    return sorted(names, key=lambda name: (name.startswith(_LOG), name))


def _remove(path: str, names: Iterable[str]) -> int:
    count = 0
    for name in names:
        files.remove(f"{path}/{name}")
        count += 1
    return count


def _rewrite(path: str, change: Callable[[bytes], bytes]) -> None:
    content = files.read(path)
    if (new := change(content)) != content:
        files.write(path, new)


def _without_removed(checkpoint: bytes) -> bytes:
    """A checkpoint without what is no longer there: only a vacuum asks for it, and that is done."""
    rows = pq.read_table(io.BytesIO(checkpoint))
    is_kept = pc.is_null(rows["remove"])
    if pc.all(is_kept).as_py():
        return checkpoint
    written = io.BytesIO()
    pq.write_table(rows.filter(is_kept), written)
    return written.getvalue()


def _without_bounds(commit: bytes) -> bytes:
    """A commit without the least and greatest values of the files that it removed."""
    actions = [json.loads(line) for line in commit.splitlines() if line.strip()]
    for action in actions:
        for name in ("stats", "tags"):
            action.get("remove", {}).pop(name, None)
    return b"".join(json.dumps(action).encode() + b"\n" for action in actions)
