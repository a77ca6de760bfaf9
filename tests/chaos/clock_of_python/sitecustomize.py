"""Python's clock, as far ahead of the machine's as a file says: read when Python starts.

The library that moves Java's clock does not see all waits of C: those of Kafka's client in Python
would last for days.
"""

import os
import threading
import time
from pathlib import Path

import time_machine

_EVERY_SECONDS = 0.1


def _follow(file: Path) -> None:
    """Go by the file's clock from now on, and for as long as the process lives."""
    real, ahead = time.time, file.read_text()
    clock = time_machine.travel(real() + float(ahead)).start()
    real = time_machine.escape_hatch.time.time

    def again() -> None:
        nonlocal ahead
        while True:
            time.sleep(_EVERY_SECONDS)
            if ahead != (found := file.read_text()):
                ahead = found
                clock.move_to(real() + float(ahead))

    threading.Thread(target=again, daemon=True).start()


if "CHAOS_CLOCK" in os.environ:
    _follow(Path(os.environ["CHAOS_CLOCK"]))
