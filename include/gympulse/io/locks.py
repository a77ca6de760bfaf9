"""One writer per layer: operating-system locks that die with the process that writes.

A layer has two. ``running`` is held by its job from beginning to end, so that a second copy
is refused. ``writing`` is held by whatever writes the layer's tables: its job, or for one
bounded batch a backfill or a rebuild. Who finds it held waits, and asks so often that it is
next: an operation pauses for longer than that between two of its batches.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from py4j.java_gateway import JavaGateway, JavaObject
from py4j.protocol import Py4JJavaError

from gympulse.errors import LockHeld
from gympulse.lake import Lake

log = logging.getLogger(__name__)

_ASK_SECONDS = 0.1
PAUSE_SECONDS = 5 * _ASK_SECONDS
# Longer than any batch; beyond it, whoever holds the lock is stuck.
_PATIENCE_SECONDS = 2 * 3600


@contextmanager
def running(layer: str, lake: Lake, gateway: JavaGateway) -> Iterator[None]:
    """Be the only copy of a layer's job, and then the layer's writer.

    Raises:
        LockHeld: Another copy runs; the message says which, and since when.
    """
    with (
        _holding(f"{layer}.running", layer, "its job", lake, gateway, patience=0),
        writing(layer, lake, gateway, "its job"),
    ):
        yield


@contextmanager
def writing(layer: str, lake: Lake, gateway: JavaGateway, name: str) -> Iterator[None]:
    """Be the writer of a layer's tables, after whoever is it now.

    Args:
        layer: Whose tables.
        lake: Where they are.
        gateway: The Java process. It takes the lock, since that is what commits: were Python
            killed, it could still finish a commit, and the lock lasts until then.
        name: What others are told of the holder.

    Raises:
        LockHeld: The lock was not given up in two hours.
    """
    with _holding(f"{layer}.writing", layer, name, lake, gateway, _PATIENCE_SECONDS):
        yield


@contextmanager
def loading(lake: Lake, gateway: JavaGateway, name: str) -> Iterator[None]:
    """Be the only load of archives, after whoever is it now; see ``writing``."""
    with _holding("archives.loading", "archives", name, lake, gateway, _PATIENCE_SECONDS):
        yield


@contextmanager
def _holding(
    lock: str, layer: str, name: str, lake: Lake, gateway: JavaGateway, patience: float
) -> Iterator[None]:
    if "://" in lake.root:
        # Object stores put a commit if it is absent: the later of two writers fails.
        yield
        return
    Path(lake.locks).mkdir(parents=True, exist_ok=True)
    path = Path(lake.locks, f"{lock}.lock")
    file = gateway.jvm.java.io.RandomAccessFile(str(path), "rw")
    try:
        if not _acquired(file.getChannel()):
            _wait(file.getChannel(), path, layer, patience)
        _sign(path, name, gateway)
        yield
    finally:
        # Closing releases; the file stays, since removing it would let two processes in.
        file.close()


def _wait(channel: JavaObject, path: Path, layer: str, patience: float) -> None:
    deadline, told = time.monotonic() + patience, ""
    while time.monotonic() < deadline:
        if told != (holder := _holder(path)):
            log.info("%s is held by %s: waiting until it is free.", layer, holder)
            told = holder
        time.sleep(_ASK_SECONDS)
        if _acquired(channel):
            return
    raise LockHeld(layer, _holder(path))


def _acquired(channel: JavaObject) -> bool:
    try:
        return channel.tryLock() is not None
    except Py4JJavaError as error:
        if "OverlappingFileLockException" in str(error.java_exception):
            return False
        raise


def _sign(path: Path, name: str, gateway: JavaGateway) -> None:
    java = gateway.jvm.java.lang.ProcessHandle.current().pid()
    since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    text = f"{name}, process {java} (its Python: {os.getpid()}), since {since}"
    # Beside the lock: POSIX drops a process's locks on a file when it closes any handle of it.
    path.with_suffix(".holder").write_text(text)


def _holder(path: Path) -> str:
    try:
        return path.with_suffix(".holder").read_text() or "another process"
    except FileNotFoundError:
        return "another process"
