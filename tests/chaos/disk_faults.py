"""A disk that runs full, or is no longer written, before a job or in the midst of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from random import Random
from unittest.mock import patch

from chaos.driver import happening
from chaos.points import Point, points_of
from chaos.small_disk import SmallDisk

# What a run of few records writes at least before it is done.
_KILOBYTES = 64


@dataclass(frozen=True)
class Fault:
    """What happens to a disk during a run of a layer's job.

    Attributes:
        layer: The layer.
        point: In whose midst; None for before the run.
        kilobytes: What is left of the disk's room; None where it is made read-only.
    """

    layer: str
    point: Point | None
    kilobytes: int | None

    @property
    def name(self) -> str:
        """It, in words."""
        what = "full" if self.kilobytes == 0 else "nearly full" if self.kilobytes else "read-only"
        return f"disk {what}: {self.point.name if self.point else f'before or in {self.layer}'}"

    @property
    def is_full(self) -> bool:
        """Whether there is no room, where otherwise nothing may be written."""
        return self.kilobytes is not None

    @property
    def is_certain(self) -> bool:
        """Whether the run has to fail, since nothing can be written that it needs to."""
        return not self.kilobytes

    @contextmanager
    def injected(self, disk: SmallDisk) -> Iterator[list]:
        """Let it happen meanwhile; afterwards there is room, and all may be written.

        What is given has something in it once it has happened: a point that has nothing to do in
        a run is not come to.
        """
        happened: list = []
        try:
            with self._coming(lambda: happened.append(self._happen(disk))):
                yield happened
        finally:
            disk.unlock()
            disk.make_room()

    def _coming(self, happen: Callable[[], None]) -> AbstractContextManager:
        if self.point is None:
            happen()
            return nullcontext()
        module, name = import_module(self.point.module), self.point.function
        called = happening(getattr(module, name), self.point.moment, 1, self.point.table, happen)
        return patch.object(module, name, called)

    def _happen(self, disk: SmallDisk) -> None:
        if self.is_full:
            disk.leave(self.kilobytes)
        else:
            disk.lock()


def drawn(random: Random, layer: str, count: int) -> Iterator[Fault]:
    """So many faults of a layer's run: those in its midst first, which need something to do."""
    points, within = points_of(layer), count // 2
    # In the order of the job: what an earlier one has left undone comes once more.
    chosen = sorted(random.sample(range(len(points)), within))
    for at, kilobytes in zip(chosen, random.sample((None, 0), within), strict=True):
        yield Fault(layer, points[at], kilobytes)
    yield Fault(layer, None, None)
    for _ in range(count - within - 1):
        yield Fault(layer, None, random.randrange(_KILOBYTES))
