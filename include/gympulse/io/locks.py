"""One writer per layer: an operating-system lock that dies with the process that writes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from py4j.java_gateway import JavaGateway
from py4j.protocol import Py4JJavaError

from gympulse.errors import LockHeld
from gympulse.lake import Lake


@contextmanager
def writing(layer: str, lake: Lake, gateway: JavaGateway) -> Iterator[None]:
    """Hold the lock on a layer's tables.

    The Java process takes it, since that is what commits: were Python killed, it could
    still finish a commit, and the lock lasts until then.

    Raises:
        LockHeld: Another process holds it; the message says which, and since when.
    """
    if "://" in lake.root:
        # Object stores put a commit if it is absent: the later of two writers fails.
        yield
        return
    Path(lake.locks).mkdir(parents=True, exist_ok=True)
    path = Path(lake.locks, f"{layer}.lock")
    file = gateway.jvm.java.io.RandomAccessFile(str(path), "rw")
    try:
        if not _acquired(file.getChannel()):
            raise LockHeld(layer, _holder(path))
        _sign(path, gateway)
        yield
    finally:
        # Closing releases; the file stays, since removing it would let two processes in.
        file.close()


def _acquired(channel) -> bool:
    try:
        return channel.tryLock() is not None
    except Py4JJavaError as error:
        if "OverlappingFileLockException" in str(error.java_exception):
            return False
        raise


def _sign(path: Path, gateway: JavaGateway) -> None:
    java = gateway.jvm.java.lang.ProcessHandle.current().pid()
    since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    text = f"process {java} (its Python: {os.getpid()}) since {since}"
    # Beside the lock: POSIX drops a process's locks on a file when it closes any handle of it.
    path.with_suffix(".holder").write_text(text)


def _holder(path: Path) -> str:
    try:
        return path.with_suffix(".holder").read_text() or "another process"
    except FileNotFoundError:
        return "another process"
