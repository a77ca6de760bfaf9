"""The jobs of a crowd: who does them, in which process, and what came of each."""

import faulthandler
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psutil

from gympulse.errors import GympulseError, LockHeld
from gympulse.io.locks import operating
from gympulse.layers import run_layer
from gympulse.model.tables import LAYERS
from gympulse.operations.arguments import Request
from gympulse.operations.backfill import backfill
from gympulse.operations.checks import check
from gympulse.operations.maintenance import maintain
from gympulse.operations.rebuild import rebuild
from gympulse.operations.restore import restore
from gympulse.operations.verify import verify
from gympulse.session import Session
from gympulse.settings import Settings

_OPERATIONS = {
    "backfill": backfill,
    "gold_rebuild": rebuild,
    "maintenance": maintain,
    "restore": restore,
    "verify": verify,
}
# Where Spark runs of a process of the crowd, or of all where they are threads of this one.
_session: list[Session] = []


@dataclass(frozen=True)
class Ask:
    """A job that somebody is to do.

    Attributes:
        job: A layer, or an operation.
        what: What it is called when it is told of.
        settings: What it is told. Without a run of Airflow it is somebody by hand.
        values: Options of an operation, checked.
        name: The operation's.
        after_seconds: How long to wait before it is begun.
    """

    job: str
    what: str
    settings: Settings
    values: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    after_seconds: float = 0

    @classmethod
    def operation(cls, job: str, what: str, settings: Settings, name: str, **given: Any) -> "Ask":
        """An operation with options as a form has them."""
        given = {"reason": "a crowd", "dry_run": False, **given}
        return cls(job, what, settings, check(job, given, date(2026, 1, 1)), name)


@dataclass(frozen=True)
class Ended:
    """What came of a job.

    Attributes:
        what: What it is called.
        seconds: How long it took.
        is_refused: Whether it was told that another copy runs, as whoever starts one by hand is.
        problem: Why it failed; empty where it did not.
    """

    what: str
    seconds: float
    is_refused: bool = False
    problem: str = ""


class Crowd:
    """Those who work at once, each on one thing at a time.

    Args:
        roles: Their names.
        session: Spark of this process, of which they are threads; None where each is to be a
            process of its own.
        folder: Where the processes' output goes.
    """

    def __init__(self, roles: Sequence[str], session: Session | None, folder: Path) -> None:
        self.folder = folder
        self._executors: dict[str, Executor] = {}
        if session is not None:
            _session[:] = [session]
        for role in roles:
            self._executors[role] = ThreadPoolExecutor(1) if session else _process(folder, role)
        pids = [] if session else [e.submit(os.getpid) for e in self._executors.values()]
        self._processes = [psutil.Process(pid.result()) for pid in pids]

    def start(self, asks: Mapping[str, Sequence[Ask]]) -> dict[str, Future[list[Ended]]]:
        """Let all begin, each with the first of what is asked."""
        return {role: self._executors[role].submit(do_all, of) for role, of in asks.items()}

    def traces(self) -> str:
        """Where every thread of everybody is; those of processes' Java are in their output."""
        for process in self._processes:
            process.send_signal(signal.SIGUSR1)
            for child in process.children(recursive=True):
                if child.name() == "java":
                    child.send_signal(signal.SIGQUIT)
        own = self.folder / "own.traces"
        with own.open("w") as file:
            faulthandler.dump_traceback(file)
        time.sleep(1)
        return "\n".join(f"{each}:\n{each.read_text()}" for each in self.folder.glob("*.traces"))

    def end(self) -> None:
        """End the processes; what is stuck is killed."""
        for executor in self._executors.values():
            executor.shutdown(wait=False, cancel_futures=True)
        _, stuck = psutil.wait_procs(self._processes, timeout=20)
        for process in stuck:
            process.kill()


@contextmanager
def crowd(roles: Sequence[str], session: Session | None, folder: Path) -> Iterator[Crowd]:
    """A crowd that is ended in the end."""
    folder.mkdir(exist_ok=True)
    found = Crowd(roles, session, folder)
    try:
        yield found
    finally:
        found.end()


def all_done(started: Mapping[str, Future[list[Ended]]], seconds: float) -> list[str]:
    """Wait until everybody is done; gives those who are not in time."""
    wait(started.values(), timeout=seconds)
    return [role for role, future in started.items() if not future.done()]


def do_all(asks: Sequence[Ask]) -> list[Ended]:
    """Do one thing after another; what fails does not keep the rest."""
    return [_do(ask) for ask in asks]


def _do(ask: Ask) -> Ended:
    time.sleep(ask.after_seconds)
    began = time.monotonic()
    ended = Ended(ask.what, 0)
    try:
        _work(ask, _session[0])
    except LockHeld as error:
        is_by_hand = ask.job in LAYERS and ask.settings.airflow_run is None
        ended = Ended(ask.what, 0, is_by_hand, "" if is_by_hand else str(error))
    except GympulseError as error:
        ended = Ended(ask.what, 0, problem=f"{type(error).__name__}: {error}")
    # Spark's errors are of many kinds, and each is a find.
    except Exception as error:
        ended = Ended(ask.what, 0, problem=f"{type(error).__name__}: {str(error)[:2000]}")
    return replace(ended, seconds=time.monotonic() - began)


def _work(ask: Ask, session: Session) -> None:
    if ask.job in LAYERS:
        run_layer(ask.job, ask.settings, session)
        return
    values = dict(ask.values)
    if ask.job == "restore":
        values["before"] = datetime.now(UTC).isoformat()
    request = Request(ask.job, ask.name, ask.settings, values, "Ann")
    # As ``gympulse.operations.job`` does, for a process that stays.
    with operating(ask.job, ask.settings.lake, session.gateway, f"{ask.job} {ask.name}"):
        _OPERATIONS[ask.job](request, session)


def _process(folder: Path, role: str) -> ProcessPoolExecutor:
    begun = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, begun, initializer=_begin, initargs=(str(folder), role))


def _begin(folder: str, role: str) -> None:
    """What each process does first: its output, and its Java's, goes to a file of its own."""
    log = os.open(f"{folder}/{role}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    faulthandler.register(signal.SIGUSR1, open(f"{folder}/{role}.traces", "w"))  # noqa: SIM115
    # There are several of them.
    told = os.environ["PYSPARK_SUBMIT_ARGS"]
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-memory 2g {told}"
    _session[:] = [Session(f"crowd {role}")]
