"""The clock and the time zone of processes, as a test says they are."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from gympulse.local.java import java_home

_OF_PYTHON = Path(__file__).with_name("clock_of_python")
# Python that goes by the clock: for Spark, and for whoever asks.
PYTHON = _OF_PYTHON / "python"
# What asks for the time and the distance from UTC, both in milliseconds.
_ASKED = (
    (
        str(PYTHON),
        "-c",
        "import time; print(time.time() * 1000, time.localtime().tm_gmtoff * 1000)",
    ),
    (str(java_home() / "bin" / "java"), str(_OF_PYTHON / "Now.java")),
)
_LIBRARY = "vendor/libfaketime/src/libfaketime.so.1"


@dataclass(frozen=True)
class Told:
    """What a process finds.

    Attributes:
        ahead: How far its clock is ahead of the machine's.
        offset: How far its zone is ahead of UTC, at what it takes for now.
    """

    ahead: timedelta
    offset: timedelta


@dataclass(frozen=True)
class Clock:
    """A clock that processes are started with, and that jumps while they run.

    What waits does not see it: monotonic clocks go on. Files bear the machine's own instants.

    Attributes:
        file: What says how far it is from the machine's.
        is_set: Whether processes see it; otherwise they have the machine's.
    """

    file: Path
    is_set: bool = True

    def jump(self, to: timedelta) -> None:
        """Let it be so far ahead of the machine's, or behind; it is noticed within a second."""
        written = self.file.with_suffix(".new")
        written.write_text(f"{to.total_seconds():+.0f}")
        written.replace(self.file)

    def env(self, zone: str) -> Mapping[str, str]:
        """Variables of a process's environment, in a time zone of the machine."""
        if not self.is_set:
            return {"TZ": zone, "CHAOS_PYTHON": sys.executable}
        return {
            "TZ": zone,
            "CHAOS_CLOCK": str(self.file),
            "CHAOS_PYTHON": sys.executable,
            "PYTHONPATH": os.pathsep.join([str(_OF_PYTHON), *_paths()]),
            "LD_PRELOAD": str(Path(find_spec("libfaketime").origin).parent / _LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
            # Without it waits by the monotonic clock are as far off as the other clock.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
        }

    def told(self, to: timedelta, zone: str) -> dict[str, Told]:
        """Let it jump, and give what Python and Java find on a machine of a zone."""
        self.jump(to)
        return {words[0]: self._found(words, zone) for words in _ASKED}

    def _found(self, words: Sequence[str], zone: str) -> Told:
        told = subprocess.check_output(words, env=os.environ | self.env(zone), text=True)
        now, offset = (float(each) / 1000 for each in told.split())
        return Told(timedelta(seconds=round(now - time.time())), timedelta(seconds=offset))


def _paths() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
