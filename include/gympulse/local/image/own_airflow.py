"""An Airflow that lives as long as a test: all its parts, on free ports, below one folder."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gympulse.local.airflow_settings import variables
from gympulse.local.errors import LocalProblem
from gympulse.local.image.health import PARTS
from gympulse.local.services import NotReady, until_ready
from gympulse.local.settings import HOST, ROOT

_START_SECONDS, _STOP_SECONDS = 300, 30


def environment(folder: Path, database: str) -> dict[str, str]:
    """What this Airflow is told beside what its process is told already.

    Args:
        folder: Where it keeps its logs, and the lake.
        database: URI of a PostgreSQL database; SQLite cannot bear so many processes.
    """
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://{HOST}:{port}"
    sections = {
        "core": {
            "executor": "LocalExecutor",
            "dags_folder": ROOT / "dags",
            "plugins_folder": ROOT / "plugins",
            "load_examples": False,
            "parallelism": 4,
            # As when it is unpaused by hand: the scheduler starts the last full hour.
            "dags_are_paused_at_creation": False,
            "execution_api_server_url": f"{url}/execution/",
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager."
            "SimpleAuthManager",
            "simple_auth_manager_all_admins": True,
        },
        "database": {"sql_alchemy_conn": f"postgresql+psycopg2://{database.partition('://')[2]}"},
        "api": {
            "host": HOST,
            "port": port,
            "base_url": url,
            "workers": 1,
            "secret_key": secrets.token_hex(32),
        },
        "api_auth": {"jwt_secret": secrets.token_hex(64)},
    }
    return variables(sections) | {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW_VAR_GYMPULSE_LAKE": str(folder / "lake"),
    }


def prepare(folder: Path, settings_file: Path) -> None:
    """Make the database, and load connections, pools and variables as the Astro CLI does."""
    command = [sys.executable, "-m", "gympulse.local.airflow_settings", str(settings_file)]
    with (folder / "prepare.log").open("w") as log:
        done = subprocess.run([*command, "--astro"], stdout=log, stderr=log, check=False)
    if done.returncode:
        raise LocalProblem("Airflow's database could not be prepared; prepare.log says why.")


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """Run scheduler, API server, triggerer and DAG processor; end them after use.

    Raises:
        LocalProblem: The image's health check does not call them healthy in time.
    """
    with (folder / "airflow.log").open("w") as log:
        command = [sys.executable, "-m", "airflow", "standalone"]
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait_until_healthy()
            yield
        finally:
            _end(process)


def _wait_until_healthy() -> None:
    try:
        until_ready(_START_SECONDS, _check_health)
    except NotReady as found:
        raise LocalProblem(f"Airflow is not healthy; airflow.log says why.\n{found}") from found


def _check_health() -> None:
    command = [sys.executable, "-m", "gympulse.local.image.health"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode or asked.stdout.count("\n") < len(PARTS):
        raise NotReady(asked.stdout + asked.stderr)
    print(asked.stdout, end="", flush=True)


def _end(process: subprocess.Popen) -> None:
    # As Ctrl-C does, which is how it ends its parts.
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
