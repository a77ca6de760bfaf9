"""The places between two writes at which a job is killed, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Point:
    """A moment of a job: just before or just after one of its functions.

    Attributes:
        job: The job.
        name: The moment, in words.
        module: Where the function is looked up.
        function: The function.
        is_after: Whether the job dies when the function returns, not when it is called.
        most: The job dies at one of the calls up to so many: those it surely comes to, however
            much of its work has been done before it was killed at the points above.
        least: And from so many on.
    """

    job: str
    name: str
    module: str
    function: str
    is_after: bool = False
    most: int = 1
    least: int = 1

    def words(self, random: Random) -> str:
        """Which call of what, as ``driver.py`` takes it."""
        moment = "after" if self.is_after else "before"
        return f"{self.module}:{self.function}:{moment}:{random.randint(self.least, self.most)}"


_RECORD = ("gympulse.io.ops", "record")
_COMPLETE = ("gympulse.io.ops", "complete")
_ASIDE = ("gympulse.io.quarantine", "set_aside")
_LOAD = "gympulse.operations.load"
_REBUILD = "gympulse.operations.rebuild"

# In the order in which a job comes to them.
POINTS: Sequence[Point] = (
    Point("bronze", "bronze planned, not written", "gympulse.io.bronze", "append"),
    Point("bronze", "bronze committed, not in the ledger", *_RECORD),
    Point("bronze", "bronze in the ledger, not in the checkpoint", *_RECORD, True),
    Point("bronze", "bronze done, not marked complete", *_COMPLETE),
    Point(
        "silver",
        "records set aside, others not merged",
        "gympulse.io.quarantine",
        "set_aside",
        True,
    ),
    Point("silver", "silver planned, not written", "gympulse.io.from_records", "_merge", most=2),
    Point("silver", "silver merged, not in the ledger", *_RECORD, most=2),
    Point("silver", "silver in the ledger, not in the checkpoint", *_RECORD, True, most=2),
    Point("silver", "silver done, not marked complete", *_COMPLETE),
    Point("gold", "gold planned, not written", "gympulse.io.from_tables", "converge"),
    Point("gold", "gold written, not in the ledger", *_RECORD),
    Point("gold", "gold in the ledger, not in the checkpoint", *_RECORD, True),
    Point("gold", "gold written, not marked complete", *_COMPLETE),
    Point("gold", "gold complete, no restore point", "gympulse.io.restore_points", "record"),
    Point("backfill", "backfill planned, nothing taken", _LOAD, "_take"),
    Point(
        "backfill",
        "a backfill's batch committed, not in the ledger",
        "gympulse.io.ops",
        "enter_commits",
        # The first enters what an earlier kill has left.
        most=2,
        least=2,
    ),
    Point("backfill", "a backfill's batch entered, not refined", _LOAD, "refine"),
    Point("backfill", "between two batches of a backfill", _LOAD, "refine", True),
    Point("backfill", "backfill done, no result kept", _LOAD, "keep"),
    Point("gold_rebuild", "before the swap of a rebuild", _REBUILD, "_swap", most=2),
    Point("gold_rebuild", "after the swap of a rebuild", _REBUILD, "_swap", True, most=4),
    Point("gold_rebuild", "rebuilt, no result kept", _REBUILD, "keep"),
    Point("maintenance", "files merged, log not cut", "gympulse.io.trimming", "cut_log", most=8),
    Point("maintenance", "some files removed", "gympulse.io.files", "remove", True, most=5),
    Point("maintenance", "files removed, no record kept", "gympulse.io.records", "keep_run"),
)


def points_of(job: str) -> list[Point]:
    """A job's points, in the order in which it comes to them."""
    return [point for point in POINTS if point.job == job]
