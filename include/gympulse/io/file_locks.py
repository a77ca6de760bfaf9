"""Locks of the operating system on files of this machine, held by the Java process."""

import os
from datetime import UTC, datetime
from pathlib import Path

from py4j.java_gateway import JavaGateway
from py4j.protocol import Py4JJavaError


class JavaFileLock:
    """A ``locks.Lock`` on a file; it dies with the process, whatever ends that."""

    ask_seconds = 0.1

    def __init__(self, path: str, gateway: JavaGateway) -> None:
        self._path, self._gateway = Path(path), gateway
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = gateway.jvm.java.io.RandomAccessFile(path, "rw")

    def is_acquired(self) -> bool:
        """See ``locks.Lock``."""
        try:
            return self._file.getChannel().tryLock() is not None
        except Py4JJavaError as error:
            if "OverlappingFileLockException" in str(error.java_exception):
                return False
            raise

    def sign(self, name: str) -> None:
        """See ``locks.Lock``."""
        java = self._gateway.jvm.java.lang.ProcessHandle.current().pid()
        since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        text = f"{name}, process {java} (its Python: {os.getpid()}), since {since}"
        # Beside the lock: POSIX drops a process's locks on a file when it closes any handle of it.
        self._path.with_suffix(".holder").write_text(text)

    def holder(self) -> str:
        """See ``locks.Lock``."""
        try:
            return self._path.with_suffix(".holder").read_text() or "another process"
        except FileNotFoundError:
            return "another process"

    def release(self) -> None:
        """See ``locks.Lock``."""
        # Closing releases; the file stays, since removing it would let two processes in.
        self._file.close()
