"""A disk that runs full, or is no longer written, before a job or in the midst of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread

from chaos.small_disk import SmallDisk
from gympulse.lake import Lake

# What a run of few records writes, and less.
_MOST_KILOBYTES = 400

# By what has just been written when the disk gives out: where such files appear.
MOMENTS = {
    "a data file": "sbit-managed-*/{layer}_db/*/**/*.parquet",
    "a commit": "sbit-managed-*/{layer}_db/*/_delta_log/*.json",
    "a batch's plan": "sbit-unmanaged-*/checkpoint_zone/*/offsets/*",
    "a batch's end": "sbit-unmanaged-*/checkpoint_zone/*/commits/*",
    "an entry of the ledger": "sbit-managed-*/ops_db/ledger/_delta_log/*.json",
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
        what = "disk read-only" if self.kilobytes is None else "disk full"
        when = f"after {self.moment} of" if self.moment else "before or during"
        return f"{what} {when} {self.layer}'s run"

    @contextmanager
    def injected(self, disk: SmallDisk, lake: Lake) -> Iterator[None]:
        """Let it happen meanwhile; afterwards there is room, and all may be written."""
        happened = [self._happen(disk)] if self.moment is None else []
        with _watching(self, lake, lambda: happened.append(self._happen(disk))):
            try:
                yield
            finally:
                if self.kilobytes is None:
                    disk.unlock()
                disk.make_room()

    def _happen(self, disk: SmallDisk) -> None:
        if self.kilobytes is None:
            disk.lock()
        else:
            disk.leave(self.kilobytes)


def drawn(random: Random, layer: str, count: int) -> list[Fault]:
    """So many faults of a layer's run: full before it, full or read-only in its midst."""
    faults = [Fault(layer, None, random.randrange(_MOST_KILOBYTES))]
    for number in range(1, count):
        moment = random.choice([None, *MOMENTS])
        faults.append(Fault(layer, moment, None if number % 2 else random.choice((0, 8, 40, 120))))
    return faults


@contextmanager
def _watching(fault: Fault, lake: Lake, happen: Callable[[], None]) -> Iterator[None]:
    """Call once the moment has come."""
    if fault.moment is None:
        yield
        return
    pattern, stop = MOMENTS[fault.moment].format(layer=fault.layer), Event()

    def found() -> set[Path]:
        return set(Path(lake.root).glob(pattern))

    def watch(before: set[Path]) -> None:
        while not stop.wait(0.002):
            if found() - before:
                happen()
                return

    thread = Thread(target=watch, args=[found()])
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
