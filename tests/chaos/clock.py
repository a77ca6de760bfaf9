"""The clock and the time zone of processes, as a test says they are."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

_LIBRARY = "vendor/libfaketime/src/libfaketime.so.1"


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
            return {"TZ": zone}
        return {
            "TZ": zone,
            "LD_PRELOAD": str(Path(find_spec("libfaketime").origin).parent / _LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
            # Without it waits by the monotonic clock are as far off as the other clock.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
        }

    def ahead(self, to: timedelta) -> timedelta:
        """Let it jump, and give how far ahead of the machine's a process finds it."""
        self.jump(to)
        asked = [sys.executable, "-c", "import time; print(time.time())"]
        told = subprocess.check_output(asked, env=os.environ | self.env("UTC"), text=True)
        return timedelta(seconds=round(float(told) - time.time()))
