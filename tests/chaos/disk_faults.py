"""A disk that runs full, or is no longer written, before a job or in the midst of it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from threading import Event, Thread

from chaos.small_disk import SmallDisk
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import LAYERS, LEDGER

# What a run of few records writes at least before it is done.
_KILOBYTES = 64


def _checkpoint(folder: str) -> Callable[[Lake, Table], str]:
    return lambda lake, table: f"{lake.checkpoint(table.short_name)}/{folder}"


# By what has just been written when the disk gives out: where a table has it.
MOMENTS: dict[str, Callable[[Lake, Table], str]] = {
    "rows": lambda lake, table: lake.path(table),
    "a commit": lambda lake, table: f"{lake.path(table)}/_delta_log",
    "a batch's plan": _checkpoint("offsets"),
    "a batch's end": _checkpoint("commits"),
    "an entry of the ledger": lambda lake, table: f"{lake.path(LEDGER)}/_delta_log",
}


@dataclass(frozen=True)
class Fault:
    """What happens to a disk during a run of a layer's job.

    Attributes:
        layer: The layer.
        moment: What was written just before, of ``MOMENTS``; None for before the run.
        kilobytes: What is left of the disk's room; None where it is made read-only.
    """

    layer: str
    moment: str | None
    kilobytes: int | None

    @property
    def name(self) -> str:
        """It, in words."""
        what = "read-only" if self.kilobytes is None else "full"
        when = f"once {self.layer} had written {self.moment}" if self.moment else "before or in"
        return f"disk {what} {when}" + ("" if self.moment else f" {self.layer}'s run")

    @contextmanager
    def injected(self, disk: SmallDisk, lake: Lake) -> Iterator[None]:
        """Let it happen meanwhile; afterwards there is room, and all may be written."""
        if self.moment is None:
            self._happen(disk)
        try:
            with _watching(self, lake, lambda: self._happen(disk)):
                yield
        finally:
            disk.unlock()
            disk.make_room()

    def _happen(self, disk: SmallDisk) -> None:
        if self.kilobytes is None:
            disk.lock()
        else:
            disk.leave(self.kilobytes)


def drawn(random: Random, layer: str, count: int) -> Iterator[Fault]:
    """So many faults of a layer's run: those in its midst first, which need something to do."""
    moments = random.sample(list(MOMENTS), count // 2)
    for moment in moments:
        yield Fault(layer, moment, random.choice((None, 0, 8)))
    yield Fault(layer, None, None)
    for _ in range(count - len(moments) - 1):
        yield Fault(layer, None, random.randrange(_KILOBYTES))


@contextmanager
def _watching(fault: Fault, lake: Lake, happen: Callable[[], None]) -> Iterator[None]:
    """Call once the moment has come."""
    if fault.moment is None:
        yield
        return
    stop, folder = Event(), MOMENTS[fault.moment]
    folders = {folder(lake, table) for table in LAYERS[fault.layer]}
    before = _names(folders)

    def watch() -> None:
        while not stop.wait(0.001):
            if _names(folders) - before:
                happen()
                return

    thread = Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _names(folders: set[str]) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        with suppress(FileNotFoundError):
            # What begins with a dot is not there yet.
            found |= {f"{folder}/{name}" for name in os.listdir(folder) if name[0] != "."}
    return found
