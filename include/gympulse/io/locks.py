"""One writer per layer: locks that go with the process that writes, however it ends.

A layer has two. ``running`` is held by its job from beginning to end, so that a second copy
is refused, or waits. ``writing`` is held by whatever writes the layer's tables: its job, or for one
bounded batch a backfill or a rebuild. Who finds it held waits, and asks so often that it is
next: an operation pauses for longer than that between two of its batches.

On this machine they are locks of the operating system, in a container of Azure leases. Delta
itself refuses the later of two commits that meet, and that would not be enough: an hour's batch
and a restatement may each write a key as they read it before the other's commit.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout

from gympulse.errors import LockHeld
from gympulse.io import files, restoring
from gympulse.lake import Lake

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
# Longer than any batch; beyond it, whoever holds the lock is stuck.
PATIENCE_SECONDS = 2 * 3600


class Lock(Protocol):
    """A lock that lasts until it is released, or its process ends.

    Attributes:
        ask_seconds: How often to ask for it; with the time that asking takes, this is less
            than ``PAUSE_SECONDS``.
    """

    ask_seconds: float

    def is_acquired(self) -> bool:
        """Take it, if nobody holds it."""

    def sign(self, name: str) -> None:
        """Say who holds it, once it is taken."""

    def holder(self) -> str:
        """Who holds it, or who held it last."""

    def release(self) -> None:
        """Give it up, if it was taken."""


@contextmanager
def running(layer: str, lake: Lake, gateway: "JavaGateway", patience: float = 0) -> Iterator[None]:
    """Be the only copy of a layer's job, and then the layer's writer.

    Args:
        layer: Whose job it is.
        lake: Where its tables are.
        gateway: The Java process; see ``writing``.
        patience: For how many seconds to wait for another copy.

    Raises:
        LockHeld: Another copy runs; the message says which, and since when.
    """
    with (
        _holding(f"{layer}.running", layer, "its job", lake, gateway, patience),
        writing(layer, lake, gateway, "its job"),
    ):
        yield


@contextmanager
def writing(layer: str, lake: Lake, gateway: "JavaGateway", name: str) -> Iterator[None]:
    """Be the writer of a layer's tables, after whoever is it now.

    Args:
        layer: Whose tables.
        lake: Where they are.
        gateway: The Java process. It takes the lock, since that is what commits: were Python
            killed, it could still finish a commit, and the lock lasts until then.
        name: What others are told of the holder.

    Raises:
        LockHeld: The lock was not given up in two hours.
        HalfRestored: A restore of the layer is not finished, and this is not it.
    """
    with _holding(f"{layer}.writing", layer, name, lake, gateway, PATIENCE_SECONDS):
        restoring.refuse(lake, layer, name)
        yield


@contextmanager
def operating(job: str, lake: Lake, gateway: "JavaGateway", name: str) -> Iterator[None]:
    """Be the only copy of an operation's job, after whoever is it now; see ``writing``."""
    with _holding(f"{job}.running", job, name, lake, gateway, PATIENCE_SECONDS):
        yield


@contextmanager
def loading(lake: Lake, gateway: "JavaGateway", name: str) -> Iterator[None]:
    """Be the only load of archives, after whoever is it now; see ``writing``."""
    with _holding("archives.loading", "archives", name, lake, gateway, PATIENCE_SECONDS):
        yield


@contextmanager
def alone(path: str, name: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Be the only one to do something that needs no Java, after whoever does it now.

    Args:
        path: The lock's file; its folder is there, or is made.
        name: What it is that is done.
        patience: For how many seconds to wait.

    Raises:
        LockHeld: It was not given up in that time.
    """
    if files.is_remote(path):
        from gympulse.io.lease_locks import LeaseLock

        with _taken(LeaseLock(path, name), name, patience):
            yield
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=patience):
            yield
    except Timeout as error:
        raise LockHeld(name, "another process") from error


@contextmanager
def _holding(
    lock: str, layer: str, name: str, lake: Lake, gateway: "JavaGateway", patience: float
) -> Iterator[None]:
    path = f"{lake.locks}/{lock}.lock"
    if files.is_remote(path):
        from gympulse.io.lease_locks import LeaseLock

        chosen: Lock = LeaseLock(path, layer, gateway)
    else:
        from gympulse.io.file_locks import JavaFileLock

        chosen = JavaFileLock(path, gateway)
    with _taken(chosen, layer, patience):
        chosen.sign(name)
        yield


@contextmanager
def _taken(lock: Lock, layer: str, patience: float) -> Iterator[None]:
    try:
        if not lock.is_acquired():
            _wait(lock, layer, patience)
        yield
    finally:
        lock.release()


def _wait(lock: Lock, layer: str, patience: float) -> None:
    deadline, told = time.monotonic() + patience, ""
    while time.monotonic() < deadline:
        if told != (holder := lock.holder()):
            log.info("%s is held by %s: waiting until it is free.", layer, holder)
            told = holder
        time.sleep(lock.ask_seconds)
        if lock.is_acquired():
            return
    # Whoever has only just taken it is about to sign.
    time.sleep(lock.ask_seconds)
    raise LockHeld(layer, lock.holder())
