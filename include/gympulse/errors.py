"""The errors a person can act on.

GympulseError
├── BadSettings      an option or setting is missing or unusable
├── CopyHeld         another process copies to the landing folder
├── LockHeld         another process writes what this one would write
├── NotAsExpected    tables are not what bronze makes of them
├── NotExpected      rows are such that the layer is to fail
├── Refused          an operation would change more than it may
├── SourceAway       Kafka or a database does not answer
└── Unknown          a checkpoint does not say what was read
"""

from collections.abc import Sequence


class GympulseError(Exception):
    """Something went wrong that one sentence explains; no stack trace is needed."""


class BadSettings(GympulseError):
    """One or more options cannot be used; all of them are listed."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class CopyHeld(GympulseError):
    """Another process copies rows to the same landing folder."""

    def __init__(self, name: str, folder: str) -> None:
        self.name, self.folder = name, folder
        super().__init__(
            f"Another process copies {name} to {folder}. "
            "Wait until it has finished, or end it, and clear this task: nothing was written."
        )


class LockHeld(GympulseError):
    """Another process holds the lock on a layer."""

    def __init__(self, layer: str, holder: str) -> None:
        self.layer, self.holder = layer, holder
        super().__init__(
            f"The {layer} layer is held by {holder}; one process at a time may write it. "
            "Wait until that one has finished, or end it, and start this job again: "
            "nothing was read or written."
        )


class NotAsExpected(GympulseError):
    """A verification found tables that are not what a recomputation gives."""

    def __init__(self, operation_id: str, tables: Sequence[str]) -> None:
        self.operation_id, self.tables = operation_id, tuple(tables)
        super().__init__(
            f"{', '.join(tables)} differ from what bronze makes of them. Examples are in "
            f"ops_db.comparisons, operation {operation_id}. Nothing was changed; to mend the days "
            "that differ, run a backfill with mode restate over them."
        )


class NotExpected(GympulseError):
    """Rows do not meet expectations that are set to fail the layer."""

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(
            # On one line, since Spark's errors are cut to their first.
            " ".join(findings) + " Nothing is lost: the next run takes the same rows again. "
            "Mend what brings them, or set the expectation to warn, and start the job again."
        )


class Refused(GympulseError):
    """An operation stopped before it changed anything, because it would change too much."""


class SourceAway(GympulseError):
    """A source that the job reads from does not answer."""

    def __init__(self, source: str, address: str, found: str) -> None:
        self.source, self.address = source, address
        super().__init__(
            f"{source} at {address} does not answer ({found}). "
            "Start it or correct the address; the next run takes all that has gathered meanwhile."
        )


class Unknown(GympulseError):
    """A stream's checkpoint does not say what the stream has read."""

    def __init__(self, table: str, checkpoint: str) -> None:
        super().__init__(
            f"What {table} was made of is unknown: {checkpoint} is missing or cannot be read. "
            "Nothing was changed. Run the layer's job once, which renews it, and start again."
        )
