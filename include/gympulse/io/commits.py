"""What the commits of a Delta table did: read from the files of its log, without Spark."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from gympulse.errors import Damaged
from gympulse.io import files

_COMMIT = re.compile(r"(\d{20})\.json")
_WAY_OUT = "Restore it"
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\.parquet")


def log_of(path: str) -> str:
    """The folder of a table's log."""
    return f"{path}/_delta_log"


def versions(path: str) -> list[int]:
    """The versions that can be read and whose commits the log still has, the oldest first."""
    there = _numbers(files.names(log_of(path)), _COMMIT)
    if 0 in there:
        return there
    # What lies before the first whole version is the rest of a log that is being cut.
    first = min(checkpoints(path), default=0)
    return [version for version in there if version >= first]


def checkpoints(path: str, before: datetime | None = None) -> list[int]:
    """The versions that the log keeps whole in one file, the oldest first.

    Args:
        path: The table's folder.
        before: Only of files that were written earlier.
    """
    if before is None:
        return _numbers(files.names(log_of(path)), _CHECKPOINT)
    found = files.written(log_of(path)).items()
    names = [name.rsplit("/", 1)[-1] for name, (_, written_at) in found if written_at < before]
    return _numbers(names, _CHECKPOINT)


def begins(path: str) -> bool:
    """Whether the log still has the table's first commit, so that all its changes can be read."""
    return files.exists(_file(path, 0))


def committed_at(path: str, version: int) -> datetime:
    """When a version was committed."""
    found = [action["commitInfo"] for action in actions(path, version) if "commitInfo" in action]
    if not found:
        raise Damaged(_file(path, version), "it does not say when it was made", _WAY_OUT)
    return datetime.fromtimestamp(found[0]["timestamp"] / 1000, UTC)


def named(path: str, version: int) -> set[str]:
    """The files that a commit's changes, and its version, are read from.

    Returns:
        Their paths below the table's folder. Those that others took the place of, with the same
        rows, are not among them.
    """
    return {
        unquote(told["path"])
        for action in actions(path, version)
        for name, told in action.items()
        if name in ("add", "cdc") or (name == "remove" and told.get("dataChange", True))
    }


def held(path: str, version: int) -> set[str]:
    """The files that make up a version, by their paths below the table's folder."""
    found = pa.table(DeltaTable(path, version=version).get_add_actions())
    return set(map(unquote, found["path"].to_pylist()))


def actions(path: str, version: int) -> list[dict[str, Any]]:
    """What a commit says, action by action.

    Raises:
        FileNotFoundError: The log no longer holds it.
        Damaged: It cannot be read.
    """
    lines = files.read(_file(path, version)).splitlines()
    try:
        return [json.loads(line) for line in lines if line.strip()]
    except ValueError as error:
        raise Damaged(_file(path, version), str(error), _WAY_OUT) from error


def _file(path: str, version: int) -> str:
    return f"{log_of(path)}/{version:020d}.json"


def _numbers(names: Iterable[str], pattern: re.Pattern) -> list[int]:
    found = map(pattern.fullmatch, names)
    return sorted(int(match[1]) for match in found if match)
