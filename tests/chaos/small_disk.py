"""A small file system of its own, which a test may fill and make read-only."""

import ctypes
import errno
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# For how long files may be opened between two tries.
_PATIENCE_SECONDS = 5
# Of <sys/mount.h>.
_READ_ONLY, _REMOUNT, _BIND, _DETACH = 1, 32, 4096, 2


class CannotMount(Exception):
    """This process may not mount a file system."""


@dataclass
class SmallDisk:
    """A file system in memory.

    Attributes:
        folder: Where it is mounted.
        is_locked: Whether nothing can be written.
    """

    folder: Path
    is_locked: bool = False

    def leave(self, kilobytes: int) -> None:
        """Fill it but for so much."""
        self.make_room()
        with self._filling.open("wb") as file:
            # Whoever writes meanwhile takes of the room that was seen.
            while not self._has_filled(file, kilobytes):
                pass

    def _has_filled(self, file: IO, kilobytes: int) -> bool:
        room = os.statvfs(self.folder)
        taken = room.f_bavail * room.f_frsize - kilobytes * 1024
        try:
            os.posix_fallocate(file.fileno(), 0, max(taken, 1))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return taken <= 0
        return True

    def make_room(self) -> None:
        """Give back what was filled."""
        self._filling.unlink(missing_ok=True)

    def lock(self) -> None:
        """Let nothing be opened for writing any more; what is open is written on.

        So is a lock for as long as a job runs, for which no disk becomes read-only that is not
        broken. What looks the same to all who come later is a read-only view laid over it.
        """
        assert self._mounted(_BIND, self.folder), f"{self.folder} takes no view of it"
        self.is_locked = True
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self._mounted(_BIND | _REMOUNT | _READ_ONLY):
            assert time.monotonic() < until, f"somebody writes in {self.folder} all the time"

    def unlock(self) -> None:
        """Let it be written again."""
        if self.is_locked:
            ended = _libc().umount2(bytes(self.folder), _DETACH) == 0
            assert ended, f"{self.folder} stays read-only"
            self.is_locked = False

    def _mounted(self, flags: int, what: Path | None = None) -> bool:
        # A process for each try would come too late to find no file open.
        return _libc().mount(what and bytes(what), bytes(self.folder), None, flags, None) == 0

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


def can_mount(folder: Path) -> bool:
    """Whether this process may mount one."""
    try:
        with small_disk(folder, 1):
            return True
    except CannotMount:
        return False


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _called(*words: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(words, capture_output=True, text=True)
