"""The places between two writes at which a job is killed, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from gympulse.model.tables import HEART_RATE, KAFKA_MULTIPLEX, WORKOUT_BPM_SUMMARY


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
        table: Only calls for this table count, which each hour brings something to; layers work
            on several side by side.
    """

    job: str
    name: str
    module: str
    function: str
    is_after: bool = False
    most: int = 1
    least: int = 1
    table: str = ""

    @property
    def moment(self) -> str:
        """``before`` or ``after`` the function, as ``driver.py`` takes it."""
        return "after" if self.is_after else "before"

    def words(self, random: Random) -> str:
        """Which call of what, as ``driver.py`` takes it."""
        call = random.randint(self.least, self.most)
        return f"{self.module}:{self.function}:{self.moment}:{call}:{self.table}"


_RECORD = ("gympulse.io.ops", "record")
_COMPLETE = ("gympulse.io.ops", "complete")
_ASIDE = ("gympulse.io.quarantine", "set_aside")
_MERGE = ("gympulse.io.from_records", "_merge")
_CONVERGE = ("gympulse.io.from_tables", "converge")
_LOAD = "gympulse.operations.load"
_REBUILD = "gympulse.operations.rebuild"
_OF_KAFKA = {"table": KAFKA_MULTIPLEX.short_name}
_OF_READINGS = {"table": HEART_RATE.short_name}
_OF_SUMMARIES = {"table": WORKOUT_BPM_SUMMARY.short_name}

# In the order in which a job comes to them.
POINTS: Sequence[Point] = (
    Point("bronze", "bronze planned, not written", "gympulse.io.bronze", "append", **_OF_KAFKA),
    Point("bronze", "bronze committed, not in the ledger", *_RECORD, **_OF_KAFKA),
    Point("bronze", "bronze in the ledger, not in the checkpoint", *_RECORD, True, **_OF_KAFKA),
    Point("bronze", "bronze done, not marked complete", *_COMPLETE),
    Point("silver", "records set aside, others not merged", *_ASIDE, True),
    Point("silver", "silver planned, not written", *_MERGE, **_OF_READINGS),
    Point("silver", "silver merged, not in the ledger", *_RECORD, **_OF_READINGS),
    Point("silver", "silver in the ledger, not in the checkpoint", *_RECORD, True, **_OF_READINGS),
    Point("silver", "silver done, not marked complete", *_COMPLETE),
    Point("gold", "gold planned, not written", *_CONVERGE, **_OF_SUMMARIES),
    Point("gold", "gold written, not in the ledger", *_RECORD, **_OF_SUMMARIES),
    Point("gold", "gold in the ledger, not in the checkpoint", *_RECORD, True, **_OF_SUMMARIES),
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
