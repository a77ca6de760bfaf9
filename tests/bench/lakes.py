"""Lakes with history: built once, and restored before each run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.progress import Progress
from tests.bench.processes import Cost, jobs
from tests.bench.records import Landing, hour, land, send
from tests.bench.sizes import Bench

from gympulse.io.kafka import end_offsets
from gympulse.lake import Lake
from gympulse.local.errors import LocalProblem
from gympulse.local.java import java_home
from gympulse.local.platform import kafka_broker
from gympulse.local.settings import ROOT
from gympulse.settings import Kafka

# Adds to new days, and to a day long past.
PIECES = ("new", "late")


class Kept:
    """A lake's state that can be restored; always to the same path, for streams keep paths."""

    def __init__(self, folder: Path) -> None:
        self.lake = Lake(str(folder / "lake"))
        self._now, self._kept = folder / "lake", folder / "kept"

    def keep(self) -> None:
        """Take the lake as it now is as the state to be restored."""
        shutil.rmtree(self._kept, ignore_errors=True)
        self._now.rename(self._kept)

    def restore(self) -> None:
        """Bring the lake back to the state kept."""
        shutil.rmtree(self._now, ignore_errors=True)
        # Streams know landed files by their time of change too.
        subprocess.run(["cp", "-a", self._kept, self._now], check=True)

    def bytes_written(self) -> int:
        """Add up the files that commits since the state kept have added, change feeds included."""
        logs = self._now.glob("sbit-managed-*/*/*/_delta_log/*.json")
        new = [log for log in logs if not (self._kept / log.relative_to(self._now)).exists()]
        actions = [json.loads(line) for log in new for line in log.read_text().splitlines()]
        return sum(
            action[kind]["size"] for action in actions for kind in ("add", "cdc") if kind in action
        )


class History(Kept):
    """A lake with days of history, and the broker they came from."""

    def __init__(self, bench: Bench, name: str, servers: str, days: range) -> None:
        super().__init__(bench.folder / name)
        self.bench, self.name, self.servers, self.days = bench, name, servers, days
        self.log = bench.folder / f"{name}.log"
        self.pieces: dict[str, Landing] = {}
        self.offsets_before_pieces = ""
        self._build()

    def _build(self) -> None:
        self.bench.tell(f"Building {len(self.days)} days of history")
        sizes = json.dumps(asdict(self.bench.sizes))
        command = [sys.executable, "-m", "tests.bench.build_history", self.lake.root, self.servers]
        command += [str(self.days.start), str(self.days.stop), sizes]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with (
            self.log.open("a") as log,
            Progress(console=self.bench.console, transient=True) as bar,
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | {"JAVA_HOME": str(java_home())},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            ) as process,
        ):
            task = bar.add_task("Days", total=len(self.days))
            for line in process.stdout:
                # Java, too, speaks here.
                if line.strip().isdigit():
                    bar.update(task, completed=int(line) + 1 - self.days.start)
        if process.returncode:
            last = "\n".join(self.log.read_text().splitlines()[-15:])
            raise LocalProblem(f"The history could not be built:\n{last}")
        self.offsets_before_pieces = json.dumps(end_offsets(Kafka(self.servers)))
        self.keep()

    def add(self, piece: str) -> None:
        """Send a piece; the first run of the jobs over the state kept takes it in."""
        sizes = self.bench.sizes
        day = sizes.days if piece == "new" else sizes.middle
        records = hour(day, sizes.piece_devices, first=sizes.history_devices)
        self.pieces[piece] = send(self.servers, records)

    def take(self, name: str, landing: Landing, *options: str) -> dict[str, Cost]:
        """Run the jobs over the state kept, and what was sent and lands since."""
        self.restore()
        land(landing, self.lake, name)
        return jobs(self.lake, self.servers, self.log, *options)


class Histories:
    """The lakes with history, built when first asked for."""

    def __init__(self, bench: Bench, long_servers: str, short_servers: str) -> None:
        self._bench, self._servers = bench, {"long": long_servers, "short": short_servers}
        self._built: dict[str, History] = {}

    @property
    def long(self) -> History:
        """All days."""
        return self._of("long", range(self._bench.sizes.days))

    @property
    def short(self) -> History:
        """One day: that which the late piece belongs to."""
        middle = self._bench.sizes.middle
        return self._of("short", range(middle, middle + 1))

    def _of(self, name: str, days: range) -> History:
        if name not in self._built:
            self._built[name] = History(self._bench, name, self._servers[name], days)
        return self._built[name]


@contextmanager
def histories(bench: Bench) -> Iterator[Histories]:
    """Brokers for the lakes with history, ended after use."""
    with (
        kafka_broker(bench.folder / "kafka-long") as long,
        kafka_broker(bench.folder / "kafka-short") as short,
    ):
        yield Histories(bench, long, short)
