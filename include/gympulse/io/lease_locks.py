"""Locks in a container of Azure: leases of blobs, renewed for as long as the holder lives.

A lease is no lock of the operating system: it outlives its process by up to half a minute, and
it may run out under one that was cut off or held up. So its holder ends itself in time, before
another can take over.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobLeaseClient

from gympulse.errors import StoreAway
from gympulse.io import azure_blobs
from gympulse.runbook import Section, more

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway

# How long a lease outlives its holder. Azure grants 15 to 60.
LEASE_SECONDS = 30
_RENEW_SECONDS = 10
_RETRY_SECONDS = 1
# Ends a holder before its lease: clocks differ, and ending takes a moment.
_MARGIN_SECONDS = 5
# An attempt to renew is over in time for another.
_QUICKLY = {"retry_total": 0, "connection_timeout": 2, "read_timeout": 3}
# What a refusal is, as against a service that is not well.
_HELD, _GONE = 409, (404, 409, 412)


class LeaseLock:
    """A ``locks.Lock`` on a blob.

    Args:
        path: The blob, which is made where it is missing.
        name: The job, as its last line names it should the lease be lost.
        gateway: The Java process that commits, if there is one: it is ended first.
    """

    ask_seconds = 0.25

    def __init__(self, path: str, name: str, gateway: "JavaGateway | None" = None) -> None:
        self._path, self._name, self._gateway = path, name, gateway
        self._blob = azure_blobs.blob(path)
        self._lease = BlobLeaseClient(self._blob)
        self._renewal: _Renewal | None = None

    def is_acquired(self) -> bool:
        """See ``locks.Lock``."""
        began = time.monotonic()
        with _said(self._path):
            try:
                self._lease.acquire(LEASE_SECONDS)
            except ResourceNotFoundError:
                with suppress(ResourceExistsError):
                    self._blob.upload_blob(b"")
                return self.is_acquired()
            except HttpResponseError as error:
                if error.status_code == _HELD:
                    return False
                raise
        self._renewal = _Renewal(self._lease, began, self._end)
        return True

    def sign(self, name: str) -> None:
        """See ``locks.Lock``."""
        since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        text = f"{name}, process {os.getpid()} on {socket.gethostname()}, since {since}"
        with _said(self._path):
            # The names and values of metadata are ASCII.
            self._blob.set_blob_metadata({"holder": quote(text)}, lease=self._lease)

    def holder(self) -> str:
        """See ``locks.Lock``."""
        with _said(self._path):
            metadata = self._blob.get_blob_properties().metadata
        return unquote(metadata.get("holder", "")) or "another process"

    def release(self) -> None:
        """See ``locks.Lock``."""
        if self._renewal is not None:
            self._renewal.stop()
            # It runs out by itself.
            with suppress(AzureError):
                self._lease.release()

    def _end(self, why: str) -> None:
        """End this process, and the one that commits for it, at once."""
        said = (
            f"{self._name} failed: The lock {self._path} was lost ({why}), so that another process "
            "may write now. This one has ended itself; start it again.\n" + more(Section.HELD)
        )
        killer = Thread(target=self._end_java, args=[said], daemon=True)
        killer.start()
        killer.join(_MARGIN_SECONDS)
        os._exit(1)

    def _end_java(self, said: str) -> None:
        if self._gateway is None:
            print(said, flush=True)
            return
        java = self._gateway.jvm.java.lang
        # Java hands on what Python prints, and will not live to do it.
        java.System.out.println(said)
        # Nobody answers.
        with suppress(Exception):
            java.Runtime.getRuntime().halt(1)


class _Renewal:
    """Keeps a lease until it is stopped; if it cannot, calls ``lost`` before the lease is over.

    Two threads: one asks, and may hang in that; the other looks at the clock.
    """

    def __init__(self, lease: BlobLeaseClient, began: float, lost: Callable[[str], None]) -> None:
        self._lease, self._lost = lease, lost
        self._until = began + LEASE_SECONDS - _MARGIN_SECONDS
        self._found = "no answer"
        self._stopped = Event()
        self._threads = [Thread(target=each, daemon=True) for each in (self._renew, self._watch)]
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """End it; the lease is not renewed any more."""
        self._stopped.set()
        for each in self._threads:
            each.join()

    def _renew(self) -> None:
        pause = _RENEW_SECONDS
        while not self._stopped.wait(pause):
            began, pause = time.monotonic(), _RETRY_SECONDS
            try:
                self._lease.renew(**_QUICKLY)
            except HttpResponseError as error:
                self._found = _first_line(error)
                if error.status_code in _GONE:
                    self._until = 0
                    return
            except AzureError as error:
                self._found = _first_line(error)
            else:
                self._until, pause = began + LEASE_SECONDS - _MARGIN_SECONDS, _RENEW_SECONDS

    def _watch(self) -> None:
        # Looks often enough to see that the lease was refused.
        while not self._stopped.wait(min(_RETRY_SECONDS, max(self._until - time.monotonic(), 0))):
            if time.monotonic() >= self._until:
                self._lost(self._found)
                return


@contextmanager
def _said(path: str) -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise StoreAway(path, str(error)) from error


def _first_line(error: AzureError) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
