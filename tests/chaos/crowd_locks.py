"""Every lock that a job takes: whose holder dies, who gets it then, and what is still held."""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from subprocess import Popen

from py4j.java_gateway import JavaGateway

from gympulse.errors import GympulseError
from gympulse.io import landing_cursor, locks, ops
from gympulse.lake import Lake
from gympulse.model.tables import LAYERS, LEDGER
from streams.processes import submit

_HOLDER = "tests/chaos/crowd_holder.py"
# Whoever waits for longer has not got it; what a copy to the landing zone has is shorter.
_PATIENCE_SECONDS = 60
_COPIED = "gym_logins"

Taking = Callable[[], AbstractContextManager]


def takings(lake: Lake, gateway: JavaGateway) -> dict[str, Taking]:
    """By name, what takes each kind of lock; one after the other they can all be held."""

    def running(layer: str) -> Taking:
        return lambda: locks.running(layer, lake, gateway, _PATIENCE_SECONDS)

    found: dict[str, Taking] = {
        "an operation": lambda: locks.operating("verify", lake, gateway, "a holder"),
        "the archives": lambda: locks.loading(lake, gateway, "a holder"),
    }
    # Whose job runs, is the layer's writer too.
    found |= {f"the job and writer of {layer}": running(layer) for layer in LAYERS}
    found["a table of ops_db"] = lambda: ops.lock(lake, LEDGER)
    found["a landing folder"] = lambda: landing_cursor.alone(lake.landing(_COPIED), _COPIED)
    return found


@dataclass(frozen=True)
class Dead:
    """A holder of all kinds of locks, that was killed.

    Attributes:
        what: What of it was killed: its driver, its Python, or both.
        seconds: By kind of lock, how long until another had it.
    """

    what: str
    seconds: dict[str, float]


def killed(lake: Lake, gateway: JavaGateway, what: str, is_busy: bool) -> Dead:
    """Let a process take all locks, let others wait for them, and kill it.

    Args:
        lake: Whose locks.
        gateway: Java of those who wait.
        what: ``driver``, ``Python`` or ``both``.
        is_busy: Whether its Spark works meanwhile.
    """
    with holder(lake, is_busy) as pids, waiting(lake, gateway) as got:
        began = time.monotonic()
        for pid in pids.values() if what == "both" else [pids[what]]:
            os.kill(pid, signal.SIGKILL)
        done, _ = wait(got.values(), timeout=_PATIENCE_SECONDS)
        at = {kind: each.result() if each in done else inf for kind, each in got.items()}
    return Dead(what, {kind: instant - began for kind, instant in at.items()})


def kept(lake: Lake, gateway: JavaGateway) -> Dead:
    """A holder that lives, from whom nobody gets anything in a second."""
    taken = ExitStack()
    for taking in takings(lake, gateway).values():
        taken.enter_context(taking())
    with waiting(lake, gateway) as got, taken:
        done, _ = wait(got.values(), timeout=1)
        return Dead("nothing", dict.fromkeys(got, 0.0 if done else inf))


@contextmanager
def waiting(lake: Lake, gateway: JavaGateway) -> Iterator[dict[str, Future[float]]]:
    """Let somebody wait for each kind of lock; each says when it had it."""

    def take(taking: Taking) -> float:
        try:
            with taking():
                return time.monotonic()
        except GympulseError:
            return inf

    kinds = takings(lake, gateway)
    with ThreadPoolExecutor(len(kinds)) as pool:
        yield {kind: pool.submit(take, taking) for kind, taking in kinds.items()}


@contextmanager
def holder(lake: Lake, is_busy: bool) -> Iterator[dict[str, int]]:
    """A process that holds all kinds of locks; gives the ids of its driver and of its Python."""
    process = submit(_HOLDER, lake.root, *(["busy"] if is_busy else []))
    try:
        told = next((line for line in process.stdout if line.startswith("held ")), "")
        assert told, "a holder did not get the locks"
        _, driver, python = told.split()
        yield {"driver": int(driver), "Python": int(python)}
    finally:
        _end(process)


def held(lake: Lake) -> dict[str, str]:
    """By file, who holds the locks that somebody holds now."""
    files = [*Path(lake.locks).glob("*.lock"), *Path(lake.data_zone).glob("*/.*.lock")]
    return {file.name: _holder_of(file) for file in files if _is_held(file)}


def _is_held(file: Path) -> bool:
    with file.open("r+") as opened:
        try:
            # Java's locks are of one kind, Python's of the other. Closing gives up both.
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _holder_of(file: Path) -> str:
    said = file.with_suffix(".holder")
    return said.read_text() if said.exists() else "a process"


def _end(process: Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
