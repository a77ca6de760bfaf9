"""Where Spark spills on this machine: a folder for each process, that the next one removes at last.

A job that is killed cannot tidy up, and what it has spilled may fill the disk that others need.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout


@cache
def folder() -> str:
    """This process's folder; what dead processes of this user have left goes first.

    It lies where temporary files do (``TMPDIR``), and is removed when Python ends.

    Replay: of one process the same folder again.
    """
    place = Path(tempfile.gettempdir()) / f"gympulse-{os.getuid()}-spark"
    place.mkdir(mode=0o700, exist_ok=True)
    # Without it somebody could take a lock for a dead one's that was made, but not taken yet.
    with FileLock(place / "looking.lock"):
        _remove_dead(place)
        own = place / uuid4().hex
        lock = FileLock(own.with_suffix(".lock"))
        # Held until the process ends, however it does.
        lock.acquire()
        own.mkdir()
    atexit.register(_remove, own, lock)
    return str(own)


def _remove_dead(place: Path) -> None:
    for path in place.glob("*.lock"):
        # Whoever lives has it.
        with suppress(Timeout), FileLock(path, timeout=0) as lock:
            _remove(path.with_suffix(""), lock)


def _remove(scratch: Path, lock: FileLock) -> None:
    """Remove a folder and then its lock; what cannot be removed is tried again by the next."""
    shutil.rmtree(scratch, ignore_errors=True)
    if not scratch.exists():
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
