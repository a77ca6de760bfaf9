"""The layers' jobs in one process that stays, for hours whose time is not looked at.

python -m tests.soak.warm LAKE SERVERS

Runs the three layers for each line that comes in, and answers it with a line ``done``.
"""

import os
import subprocess
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path

from tests import lasting

from gympulse.lake import Lake
from gympulse.layers import run_layer
from gympulse.local.errors import LocalProblem
from gympulse.local.java import java_home
from gympulse.local.settings import ROOT
from gympulse.model.tables import LAYERS
from gympulse.session import Session
from gympulse.settings import Kafka, Settings

_DONE = "done"


class Warm:
    """The process, started when it is first needed."""

    def __init__(self, lake: Lake, servers: str, log: Path) -> None:
        self._command = [sys.executable, "-m", "tests.soak.warm", lake.root, servers]
        self._log = log
        self._process: subprocess.Popen | None = None

    def run(self) -> None:
        """Run the three layers.

        Raises:
            LocalProblem: One failed.
        """
        process = self._process = self._process or self._started()
        # One that has died between two hours says so by its silence.
        with suppress(BrokenPipeError):
            process.stdin.write("go\n")
            process.stdin.flush()
        # Java, too, speaks here.
        if not any(line.strip() == _DONE for line in iter(process.stdout.readline, "")):
            last = "\n".join(self._log.read_text().splitlines()[-15:])
            raise LocalProblem(f"The layers could not be run:\n{last}")

    def stop(self) -> None:
        """End the process, if there is one; the next run starts another."""
        if self._process:
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen:
        with self._log.open("a") as log:
            return subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=os.environ | {"JAVA_HOME": str(java_home())},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )


def main(root: str, servers: str) -> None:
    """Run the layers as often as a line comes in."""
    # Sessions that live for a hundred hours keep more than those of one.
    lasting.prepare("--driver-memory", "6g")
    session, settings = Session("soak"), Settings(Lake(root), kafka=Kafka(servers))
    for _ in sys.stdin:
        with Path(os.devnull).open("w") as nobody, redirect_stdout(nobody):
            for layer in LAYERS:
                run_layer(layer, settings, session)
        print(_DONE, flush=True)
    session.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
