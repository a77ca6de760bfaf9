"""The errors a person can act on.

GympulseError
├── BadSettings      an option or setting is missing or unusable
├── CannotWrite      a disk is full, or cannot be written
├── CopyHeld         another process copies to the landing folder
├── Damaged          a file that the platform keeps for itself cannot be read
├── HalfRestored     a restore of the layer was begun and not finished
├── JobFailed        a job could not be done
├── KafkaLoss        Kafka no longer holds what bronze is to read next
├── LockHeld         another process writes what this one would write
├── NotAsExpected    tables are not what bronze makes of them
├── NotErased        a member who was erased is still found
├── NotExpected      rows are such that the layer is to fail
├── NotMaintained    tables could not be maintained
├── Refused          an operation would change more than it may
├── SourceAway       Kafka or a database does not answer
│   └── NotAdmitted  it does, and refuses who asks
├── StoreAway        the lake's storage account does not answer, or refuses
├── Unbalanced       a batch's rows are not all accounted for
└── Unknown          a checkpoint does not say what was read
"""

from collections.abc import Mapping, Sequence

from gympulse.runbook import Section, more

# What an hour's run writes at most before it may remove anything, Spark's scratch not counted.
ROOM_MB = 1024


class GympulseError(Exception):
    """Something went wrong that one sentence explains; no stack trace is needed.

    Attributes:
        section: Where README.md, under *When something breaks*, says more.
    """

    section: Section

    @property
    def explained(self) -> str:
        """The message, and where more is said."""
        return f"{self}\n{more(self.section)}"


class BadSettings(GympulseError):
    """One or more options cannot be used; all of them are listed."""

    section = Section.SETTINGS

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class CannotWrite(GympulseError):
    """A disk has no room, or cannot be written."""

    section = Section.DISK

    def __init__(self, path: str, found: str, room: tuple[int, int] | None) -> None:
        self.path = path
        if room is None:
            state, way_out = "cannot be written", "Let the disk it lies on be written again"
        else:
            free, total = (f"{size / 2**20:,.0f} MB" for size in room)
            state = f"is full: {free} of {total} are free"
            way_out = f"Make room, for a run at least {ROOM_MB:,} MB"
        # On one line, since Spark's errors are cut to their first.
        super().__init__(
            f"{path} {state} ({found}). {way_out}, and start this job again: nothing is lost, "
            "and it goes on where it stopped."
        )


class CopyHeld(GympulseError):
    """Another process copies rows to the same landing folder."""

    section = Section.HELD

    def __init__(self, name: str, folder: str) -> None:
        self.name, self.folder = name, folder
        super().__init__(
            f"Another process copies {name} to {folder}. "
            "Wait until it has finished, or end it, and clear this task: nothing was written."
        )


class Damaged(GympulseError):
    """A file that the platform keeps for itself cannot be read."""

    section = Section.UNKNOWN

    def __init__(self, path: str, found: str, way_out: str) -> None:
        self.path = path
        super().__init__(
            f"{path} cannot be read ({found}). {way_out}, and start this job again: "
            "nothing was read or written."
        )


class HalfRestored(GympulseError):
    """A restore has put a part of the tables back, and ended before it had done all."""

    section = Section.HELD

    def __init__(self, layer: str, operation: str) -> None:
        self.layer, self.operation = layer, operation
        super().__init__(
            f"The {layer} layer was being put back by {operation}, which was begun and is not "
            "finished. Clear its task in the DAG restore, or run it again with the same "
            "--operation-id: it goes on where it stopped. Nothing was read or written here."
        )


class JobFailed(GympulseError):
    """A job could not be done, for a reason that is said, and where more is said."""

    def __init__(self, job: str, reason: str, section: Section) -> None:
        self.job, self.reason, self.section = job, reason, section
        super().__init__(f"{job} failed: {reason}\n{more(section)}")


class KafkaLoss(GympulseError):
    """Kafka no longer holds what bronze is to read next; all partitions concerned are listed."""

    section = Section.KAFKA_LOSS

    def __init__(self, problems: Sequence[str], topics: Sequence[str]) -> None:
        self.problems, self.topics = tuple(problems), tuple(topics)
        listed = "".join(f"\n  - {problem}" for problem in self.problems)
        options = " ".join(f"--accept-kafka-loss {topic}" for topic in self.topics)
        super().__init__(
            f"Kafka no longer holds what bronze is to read next:{listed}\n"
            "Nothing was read of any topic. Restore the records if they can be restored. If not, "
            f"run the bronze job with {options}, or trigger the DAG bronze with these topics under "
            "'Accept loss': it goes on with what Kafka holds, and the ledger shows the gap."
        )


class LockHeld(GympulseError):
    """Another process holds the lock on a layer."""

    section = Section.HELD

    def __init__(self, layer: str, holder: str) -> None:
        self.layer, self.holder = layer, holder
        super().__init__(
            f"The {layer} layer is held by {holder}; one process at a time may write it. "
            "Wait until that one has finished, or end it, and start this job again: "
            "nothing was read or written."
        )


class NotAsExpected(GympulseError):
    """A verification found tables that are not what a recomputation gives."""

    section = Section.NOT_EQUAL

    def __init__(self, operation_id: str, tables: Sequence[str]) -> None:
        self.operation_id, self.tables = operation_id, tuple(tables)
        super().__init__(
            f"{', '.join(tables)} differ from what bronze makes of them. Examples are in "
            f"ops_db.comparisons, operation {operation_id}. Nothing was changed; to mend the days "
            "that differ, run a backfill with mode restate over them."
        )


class NotErased(GympulseError):
    """Files of the lake still name a member after their erasure."""

    section = Section.NOT_EQUAL

    def __init__(self, operation_id: str, paths: Sequence[str]) -> None:
        self.operation_id, self.paths = operation_id, tuple(paths)
        listed = "".join(f"\n  - {path}" for path in self.paths[:20])
        super().__init__(
            f"{len(self.paths):,} files still name the member after erasure {operation_id}:{listed}"
            "\nFiles that landed meanwhile, the next run of the same operation takes: start it "
            "again. What is no table, landed file or archive has to be removed by hand first."
        )


class NotExpected(GympulseError):
    """Rows do not meet expectations that are set to fail the layer."""

    section = Section.UNEXPECTED

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(
            # On one line, since Spark's errors are cut to their first.
            " ".join(findings) + " Nothing is lost: the next run takes the same rows again. "
            "Mend what brings them, or set the expectation to warn, and start the job again."
        )


class NotMaintained(GympulseError):
    """Tables could not be maintained; the others were."""

    section = Section.NOT_MAINTAINED

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        listed = "".join(f"\n  - {table}: {found}" for table, found in self.problems.items())
        super().__init__(
            f"These tables could not be maintained:{listed}\n"
            "All others were, and no row was lost. Mend what is said and start this job again."
        )


class Refused(GympulseError):
    """An operation stopped before it changed anything, because it would change too much."""

    section = Section.REFUSED


class SourceAway(GympulseError):
    """A source that the job reads from does not answer."""

    section = Section.SOURCE_AWAY

    def __init__(self, source: str, address: str, found: str) -> None:
        self.source, self.address = source, address
        super().__init__(
            f"{source} at {address} does not answer ({found}). "
            "Start it or correct the address; the next run takes all that has gathered meanwhile."
        )


class NotAdmitted(SourceAway):
    """A source refuses who asks: user, password, token or certificate."""

    def __init__(self, source: str, address: str, found: str, settings: Sequence[str]) -> None:
        self.source, self.address, self.settings = source, address, tuple(settings)
        GympulseError.__init__(
            self,
            f"{source} at {address} refuses bronze ({found}). Look at {', '.join(settings)}; "
            "nothing was read, and the next run takes all that has gathered meanwhile.",
        )


class StoreAway(GympulseError, OSError):
    """A storage account does not answer, or does not let this process in."""

    section = Section.STORE_AWAY

    def __init__(self, path: str, found: str) -> None:
        self.path = path
        first = next((line.strip() for line in found.splitlines() if line.strip()), "no reason")
        super().__init__(
            f"{path} cannot be reached ({first}). Check the address, the variables AZURE_... of "
            "this process, and that their identity is a Storage Blob Data Contributor there."
        )


class Unbalanced(GympulseError):
    """The outcomes of a batch's rows do not add up to the rows read, or one is negative."""

    section = Section.NOT_EQUAL

    def __init__(self, table: str, stream: str, batch_id: int, counts: Mapping[str, int]) -> None:
        self.table, self.stream, self.batch_id, self.counts = table, stream, batch_id, dict(counts)
        numbers = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in counts.items())
        super().__init__(
            f"{table}, stream {stream}, batch {batch_id}: the rows read are not all accounted for "
            f"({numbers}). The batch was not entered in the ledger and will be repeated. This is "
            "an error of the program: bronze keeps every record; mend it, then run verify."
        )


class Unknown(GympulseError):
    """A stream's checkpoint does not say what the stream has read."""

    section = Section.UNKNOWN

    def __init__(self, table: str, checkpoint: str) -> None:
        super().__init__(
            f"What {table} was made of is unknown: {checkpoint} is missing or cannot be read. "
            "Nothing was changed. Run the layer's job once, which renews it, and start again."
        )
