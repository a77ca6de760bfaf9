"""Who is refused a lock is told who holds it."""

import pytest

from gympulse.errors import LockHeld
from gympulse.io import locks


class JustTaken:
    """A lock that another has taken and signs while somebody else is refused."""

    ask_seconds = 0.01

    def __init__(self) -> None:
        self._slept = 0.0

    def is_acquired(self) -> bool:
        return False

    def sleep(self, seconds: float) -> None:
        self._slept += seconds

    def holder(self) -> str:
        return "its job, process 7" if self._slept else "another process"

    def release(self) -> None:
        pass


def test_a_holder_that_has_yet_to_sign_is_told_all_the_same(monkeypatch):
    lock = JustTaken()
    monkeypatch.setattr(locks.time, "sleep", lock.sleep)

    with pytest.raises(LockHeld) as refused, locks._taken(lock, "bronze", patience=0):
        raise AssertionError("it was let in")

    assert refused.value.holder == "its job, process 7"
