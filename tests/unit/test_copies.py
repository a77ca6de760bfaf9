"""A second copy of a job waits for the first, or is refused; it never works beside it."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from gympulse import layers
from gympulse.errors import LockHeld
from gympulse.io import file_locks, locks
from gympulse.lake import Lake
from gympulse.operations import job
from gympulse.settings import Settings


class Held:
    """A lock that somebody holds until he was asked a few times."""

    ask_seconds = 0
    asked: dict[str, int]
    free_after = 3

    def __init__(self, path: str, gateway: object) -> None:
        self.name = path.rpartition("/")[2]
        self.asked.setdefault(self.name, 0)

    def is_acquired(self) -> bool:
        """Count who asks."""
        self.asked[self.name] += 1
        return self.asked[self.name] > self.free_after

    def sign(self, name: str) -> None:
        """Nobody reads it."""

    def holder(self) -> str:
        """Who holds it."""
        return "its job, process 7"

    def release(self) -> None:
        """Nobody waits for it."""


@pytest.fixture
def held(monkeypatch):
    """All locks are held by somebody; give how often each was asked for."""
    monkeypatch.setattr(Held, "asked", {}, raising=False)
    monkeypatch.setattr(file_locks, "JavaFileLock", Held)
    return Held.asked


@pytest.fixture
def filled(monkeypatch):
    """Layers are filled without Spark; give which."""
    found = []
    monkeypatch.setattr(layers, "fill_layer", lambda layer, *_: found.append(layer))
    return found


SESSION = SimpleNamespace(gateway=None)


def test_a_copy_that_airflow_starts_waits(held, filled, tmp_path):
    """Its retries would else be used up before a job that was left behind has ended."""
    settings = Settings(Lake(str(tmp_path)), airflow_run="silver/hourly")

    layers.run_layer("silver", settings, SESSION)

    assert filled == ["silver"]
    assert held == {"silver.running.lock": 4, "silver.writing.lock": 4}


def test_a_copy_that_a_person_starts_is_refused_at_once(held, filled, tmp_path):
    with pytest.raises(LockHeld, match="The silver layer is held by its job, process 7"):
        layers.run_layer("silver", Settings(Lake(str(tmp_path))), SESSION)

    assert filled == []
    assert held == {"silver.running.lock": 1}


def test_a_copy_of_an_operation_waits(held, monkeypatch, tmp_path):
    done = []
    monkeypatch.setattr(job, "session", lambda name: nullcontext(SESSION))
    arguments = ["--lake", str(tmp_path), "--operation-id=verify/nightly"]

    job.run("verify", lambda request, session: done.append(request.operation_id), arguments)

    assert done == ["verify/nightly"]
    assert held == {"verify.running.lock": 4}


def test_nobody_waits_for_ever(held, monkeypatch, tmp_path):
    monkeypatch.setattr(Held, "free_after", 10**9)
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.05)

    with (
        pytest.raises(LockHeld),
        locks.operating("verify", Lake(str(tmp_path)), None, "verify 1"),
    ):
        pass
