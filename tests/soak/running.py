"""One hour: its life arrives, the jobs run as processes of their own, and are measured."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from deltalake import DeltaTable
from tests.bench.processes import Cost, job, submit
from tests.bench.records import land, send
from tests.soak import measuring, notes
from tests.soak.life import Life
from tests.soak.measuring import Taken, Work
from tests.soak.warm import Warm

from gympulse.lake import Lake
from gympulse.local.class_archive import all_layers
from gympulse.local.errors import LocalProblem
from gympulse.local.settings import ROOT
from gympulse.model.table import Table
from gympulse.model.tables import HEART_RATE, LAYERS, WORKOUT_BPM_SUMMARY

MAINTENANCE = ROOT / "spark_jobs" / "maintenance.py"
# The least that maintenance can be told to keep.
_LEAST_DAYS = 0.01


@dataclass
class Soak:
    """A lake that hour after hour arrives in.

    Attributes:
        folder: Where the lake and the jobs' log are.
        servers: Kafka's.
        bands: How many send.
        is_one_process: Whether one process runs the three layers, instead of one each.
        maintained_every: After so many runs maintenance comes; 0 for never.
        taken: What was measured so far, by run; of a folder where some were, those too.
    """

    folder: Path
    servers: str
    bands: int
    is_one_process: bool = False
    maintained_every: int = 24
    taken: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._life, self.taken = Life(self.bands), notes.kept(self.folder)
        for run in self.taken:
            # What comes late of it is yet to come.
            self._life.hour(run.number - 1)
        self.lake, self._log = Lake(str(self.folder / "lake")), self.folder / "soak.log"
        self._warm = Warm(self.lake, self.servers, self._log)

    def run(self, is_timed: bool = True) -> Taken:
        """Do the next hour.

        Args:
            is_timed: Whether the jobs are processes of their own, whose time is measured.

        Raises:
            LocalProblem: A job failed, or did not bring the hour to gold.
        """
        number = len(self.taken) + 1
        began = time.time()
        landing = send(self.servers, self._life.hour(number - 1))
        land(landing, self.lake, f"hour{number}")
        jobs = self._jobs(is_timed)
        self._check()
        is_due = self.maintained_every and number % self.maintained_every == 0
        maintained = self._maintain() if is_due else None
        sizes, kept = measuring.sizes(self.lake), measuring.checkpoints(self.lake)
        self.taken.append(Taken(number, began, jobs, sizes, *kept, maintained))
        notes.keep(self.folder, self.taken[-1])
        return self.taken[-1]

    def verify(self) -> float:
        """Hold silver and gold against a recomputation from bronze; give its seconds.

        Raises:
            LocalProblem: They differ.
        """
        self.end()
        return job("verify", self.lake, self.servers, self._log).seconds

    def end(self) -> None:
        """End what was started."""
        self._warm.stop()

    def _jobs(self, is_timed: bool) -> dict[str, Work]:
        if not is_timed:
            self._warm.run()
            return {}
        self._warm.stop()
        if self.is_one_process:
            return {"all layers": self._worked(self._all_layers)}
        return {
            layer: self._worked(lambda layer=layer: job(layer, self.lake, self.servers, self._log))
            for layer in LAYERS
        }

    def _all_layers(self) -> Cost:
        words = [self.lake.root, self.servers]
        # Nothing looks how much there is for a script that is none of the jobs.
        load = {"GYMPULSE_LOAD": "small"}
        return submit(Path(all_layers.__file__), words, self._log, environment=load)

    def _maintain(self) -> Work | None:
        """Maintain the lake, whose day is as long as its last runs have taken."""
        if not MAINTENANCE.exists():
            return None
        since = [run.began for run in self.taken[1 - self.maintained_every :]]
        days = max((time.time() - min(since, default=time.time())) / 86_400, _LEAST_DAYS)
        words = ["--lake", self.lake.root, f"--keep-days={days:.4f}"]
        return self._worked(lambda: submit(MAINTENANCE, words, self._log))

    def _worked(self, run) -> Work:
        began = time.time()
        return measuring.work(run(), self.lake, began)

    def _check(self) -> None:
        """Do not measure what is not done."""
        hours = len(self.taken) + 1
        workouts = self.bands * (self._life.past + hours)
        expected = {HEART_RATE: self._life.readings, WORKOUT_BPM_SUMMARY: workouts}
        found = {table: self._rows(table) for table in expected}
        if found != expected:
            told = ", ".join(f"{t.name} {found[t]:,} of {n:,}" for t, n in expected.items())
            raise LocalProblem(f"The jobs did not bring hour {hours} to gold: {told} rows.")

    def _rows(self, table: Table) -> int:
        return DeltaTable(self.lake.path(table)).to_pyarrow_dataset().count_rows()
