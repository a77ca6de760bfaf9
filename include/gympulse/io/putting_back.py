"""Put tables back to a version, and their streams to where they were; without Spark."""

import json
from collections.abc import Mapping
from uuid import NAMESPACE_OID, uuid5

from deltalake import CommitProperties, DeltaTable

from gympulse.io import files
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.together import Lines
from gympulse.lake import Lake
from gympulse.model.table import Table

_BY = "restoredBy"
# Spark has a source look at the last batch again, from where the one before it ended: were there
# none before it, from the source's first version on, which the log may no longer hold. Of files
# there is nothing to look at between two batches that end at one place, and one is enough.
_BATCHES, _BATCH_OF_FILES = (0, 1), (0,)


def put_back(lake: Lake, table: Table, now: int, then: int, operation: str) -> int:
    """Make a table what it was, columns included, in one commit. The caller is its writer.

    Readers of the change feed find what that changes in the commit.

    Args:
        lake: Where the table is.
        table: What is put back.
        now: Its version before.
        then: The version to go back to; where that is the same, nothing is done.
        operation: Who does it; the commit bears the name.

    Returns:
        The version that has the rows of ``then``.

    Replay: finds the commit and makes no other.
    """
    found = DeltaTable(lake.path(table))
    if then == now:
        return now
    since = found.version() - now
    for commit in found.history(since) if since else ():
        if commit.get(_BY) == operation:
            return commit["version"]
    found.restore(then, commit_properties=CommitProperties(custom_metadata={_BY: operation}))
    return found.version()


def going_on_at(lines: Lines, following: Mapping[str, int]) -> Lines:
    """A stream's lines with other versions to be read next.

    Args:
        lines: As ``Checkpoint.finished`` gives them.
        following: By Delta table's id, the version, of those that are to be other ones.
    """
    return [
        {**line, "reservoirVersion": following[line["reservoirId"]], "index": -1}
        if line and line.get("reservoirId") in following
        else line
        for line in lines
    ]


def new_stream(
    lake: Lake, table: Table, operation: str, lines: Lines | None, files_taken: Lines = ()
) -> None:
    """Let a new stream take the place of the one that fills a table.

    What marks a batch as done holds for its stream alone: batches of a new one are taken, though
    their numbers begin anew. The old checkpoint is kept under a name with a number.

    Args:
        lake: Where the checkpoint is kept.
        table: The table.
        operation: Who asks for it; the stream's id follows from it.
        lines: What the stream has read, as ``Checkpoint.finished`` gives it; None for nothing.
        files_taken: Of a stream of files, those that it has read, as it notes them.

    Replay: finds its own stream and completes it.
    """
    checkpoint = Checkpoint(lake.checkpoint(table.short_name))
    stream = str(uuid5(NAMESPACE_OID, f"{operation} {table.name}"))
    if checkpoint.stream != stream:
        checkpoint.move_aside()
    if lines is None:
        return
    told = {
        # First, since it is by this that a stream half made is known.
        "metadata": json.dumps({"id": stream}),
        **({"sources/0/0": _text(files_taken)} if files_taken else {}),
    }
    for batch in _BATCH_OF_FILES if files_taken else _BATCHES:
        told[f"offsets/{batch}"] = _text(lines)
        told[f"commits/{batch}"] = _text([{"nextBatchWatermarkMs": 0}])
    for name, text in told.items():
        files.write(f"{checkpoint.path}/{name}", text.encode())


def _text(lines: Lines) -> str:
    told = ("-" if line is None else json.dumps(line, separators=(",", ":")) for line in lines)
    return "\n".join(["v1", *told])
