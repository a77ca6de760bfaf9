"""Canaries: secrets that are looked for wherever the platform writes, answers or is started."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psutil

from e2e.api import Api
from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from oracle.compare import read_rows

# Where secrets are kept, each a file for its owner alone.
KEPT_IN = {"secrets.json", "passwords.json", "connections.json", "supervisord.conf"}
_LOOK_SECONDS = 0.3
# What Airflow's API tells: settings, runs with their rendered templates, what tasks handed on.
_ANSWERS = (
    "/api/v2/connections?limit=100",
    "/api/v2/variables?limit=100",
    "/api/v2/config",
    "/api/v2/plugins",
    "/api/v2/importErrors",
    "/api/v2/eventLogs?limit=100",
    "/api/v2/dags/~/dagRuns?limit=100",
    "/api/v2/dags/~/dagRuns/~/taskInstances?limit=100",
    "/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=100",
    "/gympulse/openapi.json",
    "/gympulse/freshness",
    "/gympulse/platform",
    "/gympulse/dashboard/platform",
)

# A secret's name and where it was found.
Finds = set[tuple[str, str]]


class CommandLines:
    """Looks at the command lines of all processes of the machine, again and again."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = secrets
        self.finds: Finds = set()
        self._end = Event()

    @contextmanager
    def watched(self) -> Iterator["CommandLines"]:
        """Look for as long as the block lasts."""
        looking = Thread(target=self._look, daemon=True)
        looking.start()
        try:
            yield self
        finally:
            self._end.set()
            looking.join()

    def _look(self) -> None:
        while not self._end.wait(_LOOK_SECONDS):
            for process in psutil.process_iter(["cmdline"]):
                for word in process.info["cmdline"] or ():
                    self.finds |= _among(self.secrets, word, "a command line")


def in_files(secrets: Mapping[str, str], folder: Path) -> Finds:
    """What the files below a folder hold, but those that secrets are kept in."""
    found: Finds = set()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.name not in KEPT_IN:
            content = path.read_bytes()
            found |= {(name, path.name) for name, it in secrets.items() if it.encode() in content}
    return found


def in_tables(secrets: Mapping[str, str], lake: Lake) -> Finds:
    """What the rows of the lake's tables hold, whose files are compressed."""
    return {
        find
        for name in TABLES
        for find in _among(secrets, str(read_rows(lake, name, TABLES[name].columns)), name)
    }


def in_answers(secrets: Mapping[str, str], airflow: Api) -> Finds:
    """What Airflow's API and ours tell to who is logged in."""
    return {find for path in _ANSWERS for find in _among(secrets, airflow.ask(path).text, path)}


@contextmanager
def leaked(secret: str, folder: Path, airflow: Api) -> Iterator[Finds]:
    """Put a secret where none belongs, each kind of place once; give where it is to be found."""
    (folder / "leak.log").write_text(f"password={secret}")
    airflow.set_variable("leak", secret)
    words = [sys.executable, "-c", "import time; time.sleep(600)", secret]
    with subprocess.Popen(words) as process:
        yield {("leak", place) for place in ("leak.log", _ANSWERS[1], "a command line")}
        process.kill()


def _among(secrets: Mapping[str, str], text: str, place: str) -> Finds:
    return {(name, place) for name, secret in secrets.items() if secret in text}
