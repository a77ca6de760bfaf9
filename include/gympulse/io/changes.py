"""What single commits did to a Delta table, read from its log without Spark."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from gympulse.io.commits import actions, versions


@dataclass(frozen=True)
class Commit:
    """One version of a table, by what it changed.

    Attributes:
        version: The version that it made.
        added: Bytes by path of the files whose rows it brought; those that only moved, as where
            small files are put together, are none.
        feed: Paths of the files that a reader of the change feed has to read.
        rows: How many rows it brought.
        is_streams: Whether a batch of a stream wrote it.
        name: What its writer called it; None where it has no name.
        at: When it was made.
    """

    version: int
    added: dict[str, int]
    feed: tuple[str, ...]
    rows: int
    is_streams: bool
    name: str | None
    at: datetime

    @property
    def has_changes(self) -> bool:
        """Whether any row came, changed or went."""
        return bool(self.feed)


def commits(path: str, first: int, last: int) -> Iterator[Commit]:
    """The commits of some versions, both inclusive, in order.

    Raises:
        FileNotFoundError: The log no longer holds one of them.
    """
    for version in range(first, last + 1):
        yield _commit(version, actions(path, version))


def _commit(version: int, done: Sequence[Mapping[str, Any]]) -> Commit:
    def of(kind: str) -> list[dict[str, Any]]:
        return [action[kind] for action in done if kind in action]

    told = next(iter(of("commitInfo")), {"timestamp": 0})
    added = [file for file in of("add") if file.get("dataChange", True)]
    removed = [file for file in of("remove") if file.get("dataChange", True)]
    # Where a commit has written its changes down, they are read, and its rows are not.
    feed = of("cdc") or [*added, *removed]
    return Commit(
        version=version,
        added={unquote(file["path"]): file["size"] for file in added},
        feed=tuple(unquote(file["path"]) for file in feed),
        rows=sum(json.loads(file.get("stats") or "{}").get("numRecords", 0) for file in added),
        is_streams=bool(of("txn")),
        name=told.get("userMetadata"),
        at=datetime.fromtimestamp(told["timestamp"] / 1000, UTC),
    )


def of_batch(path: str, stream: str, batch_id: int) -> Commit | None:
    """The commit of a stream's batch; None where there is none, or the log no longer holds it."""
    for version in reversed(versions(path)):
        done = actions(path, version)
        found = [told["txn"]["version"] for told in done if _is_of_stream(told, stream)]
        if found:
            return _commit(version, done) if found[0] == batch_id else None
    return None


def _is_of_stream(action: Mapping[str, Any], stream: str) -> bool:
    return action.get("txn", {}).get("appId") == stream


def has_changes(path: str, first: int, last: int) -> bool:
    """Whether any row came, changed or went in some versions; what is unknown counts as so."""
    try:
        return any(commit.has_changes for commit in commits(path, first, last))
    except FileNotFoundError:
        return True
