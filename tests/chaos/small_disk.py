"""A small file system of its own, which a test may fill and make read-only."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# What a file may still be open for, which is to be written no more.
_PATIENCE_SECONDS = 5


class CannotMount(Exception):
    """This process may not mount a file system."""


@dataclass(frozen=True)
class SmallDisk:
    """A file system in memory.

    Attributes:
        folder: Where it is mounted.
    """

    folder: Path

    def leave(self, kilobytes: int) -> None:
        """Fill it but for so much."""
        self.make_room()
        room = os.statvfs(self.folder)
        taken = room.f_bavail * room.f_frsize - kilobytes * 1024
        with self._filling.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(taken, 1))

    def make_room(self) -> None:
        """Give back what was filled."""
        self._filling.unlink(missing_ok=True)

    def lock(self) -> bool:
        """Let nothing be written any more, once no file is open for it; give whether that came."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            if _called("mount", "-o", "remount,ro", self.folder).returncode == 0:
                return True
        return False

    def unlock(self) -> None:
        """Let it be written again."""
        _called("mount", "-o", "remount,rw", self.folder).check_returncode()

    @property
    def _filling(self) -> Path:
        return self.folder / "filling"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount one, and unmount it whatever happens.

    Raises:
        CannotMount: That is not allowed here.
    """
    folder.mkdir()
    mounted = _called("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)
    if mounted.returncode:
        raise CannotMount(mounted.stderr.strip())
    try:
        yield SmallDisk(folder)
    finally:
        # Whoever still has a file open there keeps it until then.
        _called("umount", "--lazy", folder).check_returncode()


def _called(*words: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(words, capture_output=True, text=True)
