"""Airflow with its four processes, its metadata in our PostgreSQL, all on loopback."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from gympulse.local.airflow_settings import connection_fields, is_secret, read, variables
from gympulse.local.errors import LocalProblem
from gympulse.local.java import java_home
from gympulse.local.lineage import openlineage
from gympulse.local.secrets_file import local_secrets, write_private
from gympulse.local.services import NotReady, Program, Service
from gympulse.local.settings import HOST, ROOT, LocalSettings

# Logs of tasks and triggers lie in one folder of this machine, which the API server reads
# itself; the log servers would listen on every interface.
AROUND = {
    "airflow-api-server": ("api-server",),
    "airflow-triggerer": ("triggerer", "--skip-serve-logs"),
    "airflow-dag-processor": ("dag-processor",),
}
SCHEDULER = {"airflow-scheduler": ("scheduler", "--skip-serve-logs")}
# Not the shell's: where it differs, the services would be taken for others and restarted.
_SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
SETTINGS_FILE = ROOT / "airflow_settings.yaml"
# Beside the administrator, whose name is a setting: roles of Airflow's simple auth manager. Who
# operates may do anything with DAGs and runs, and nothing with connections, variables or pools.
ROLES = {"operator": "user", "viewer": "viewer"}


def airflow_service(settings: LocalSettings) -> Service:
    """The service around the scheduler: API server, triggerer, DAG processor."""
    return Service(
        name="airflow",
        programs=_programs(settings, AROUND),
        ports=("airflow",),
        prepare=partial(_prepare, settings),
        check=partial(_ask, settings, ("metadatabase",)),
        patience_seconds=180,
    )


def scheduler_service(settings: LocalSettings) -> Service:
    """The scheduler with its LocalExecutor, whose tasks need an API server that answers."""
    return Service(
        name="scheduler",
        programs=_programs(settings, SCHEDULER),
        check=partial(_ask, settings, ("scheduler", "triggerer", "dag_processor")),
        patience_seconds=180,
    )


def _programs(settings: LocalSettings, commands: Mapping[str, Sequence[str]]) -> list[Program]:
    environment = airflow_environment(settings)
    start = (sys.executable, "-m", "gympulse.local.clean_start", sys.executable, "-m", "airflow")
    return [
        # A task is given time to end its Spark job.
        Program(name, [*start, *words], environment, stop_seconds=25)
        for name, words in commands.items()
    ]


def users(settings: LocalSettings) -> dict[str, str]:
    """Airflow's users with their roles."""
    return {settings.airflow_user: "admin"} | {
        user: role for user, role in ROLES.items() if user != settings.airflow_user
    }


def passwords_file(settings: LocalSettings) -> Path:
    """The file, for its owner alone, with the passwords of Airflow's users."""
    return _home(settings) / "passwords.json"


def connections_file(settings: LocalSettings) -> Path:
    """The file, for its owner alone, with the connections that have a password."""
    return _home(settings) / "connections.json"


def process_environment(settings: LocalSettings) -> dict[str, str]:
    """The environment that every process of the platform shares; nothing in it is secret."""
    programs = [Path(sys.executable).parent, java_home() / "bin"]
    return {
        "PATH": ":".join([*map(str, programs), *_SYSTEM_PATH]),
        "JAVA_HOME": str(java_home()),
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "GYMPULSE_LOCAL": str(settings.file),
    }


def airflow_environment(settings: LocalSettings) -> dict[str, str]:
    """Everything Airflow's processes are told, secrets included."""
    told = {"AIRFLOW_HOME": str(_home(settings))}
    for sections in (_sections(settings), _secret_sections(settings)):
        told |= variables(sections)
    return process_environment(settings) | told | settings.environment


def _sections(settings: LocalSettings) -> dict[str, dict[str, object]]:
    logs = _home(settings) / "logs"
    return {
        "core": _core(settings),
        "api": {
            "host": HOST,
            "port": settings.ports.airflow,
            "base_url": settings.airflow_url,
            "workers": 1,
        },
        "dag_processor": {
            "parsing_processes": 1,
            "refresh_interval": 30,
            # A handful of files that rarely change; parsing them costs whole seconds.
            "min_file_process_interval": 60,
        },
        "logging": {
            "base_log_folder": logs / "tasks",
            "dag_processor_child_process_log_directory": logs / "dag_processor",
        },
        "secrets": {
            "backend": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
            "backend_kwargs": json.dumps(
                {"connections_file_path": str(connections_file(settings))}
            ),
        },
        "openlineage": openlineage(settings),
        "usage_data_collection": {"enabled": False},
    }


def _core(settings: LocalSettings) -> dict[str, object]:
    return {
        "executor": "LocalExecutor",
        "dags_folder": ROOT / "dags",
        "plugins_folder": ROOT / "plugins",
        "load_examples": False,
        # Who starts the platform wants its hours to run.
        "dags_are_paused_at_creation": False,
        # Each waiting worker is a process; layers take turns by their pools.
        "parallelism": 4,
        "execution_api_server_url": f"{settings.airflow_url}/execution/",
        "simple_auth_manager_users": ",".join(map(":".join, users(settings).items())),
        "simple_auth_manager_passwords_file": passwords_file(settings),
    }


def _secret_sections(settings: LocalSettings) -> dict[str, dict[str, str]]:
    kept = local_secrets(settings.folders.state)
    login = f"airflow:{kept['airflow_database']}"
    address = f"{login}@{HOST}:{settings.ports.postgres}/airflow"
    return {
        "database": {
            "sql_alchemy_conn": f"postgresql+psycopg2://{address}",
            "sql_alchemy_conn_async": f"postgresql+asyncpg://{address}",
        },
        "core": {"fernet_key": kept["airflow_fernet"]},
        "api": {"secret_key": kept["airflow_api"]},
        "api_auth": {"jwt_secret": kept["airflow_jwt"]},
    }


def placeholders(settings: LocalSettings) -> dict[str, str]:
    """What ``${NAME}`` in ``airflow_settings.yaml`` may stand for."""
    return {
        "GYMPULSE_LAKE": str(settings.folders.lake),
        "GYMPULSE_ENV": settings.env,
        "GYMPULSE_TIME_ZONE": settings.time_zone,
        "GYMPULSE_POSTGRES_PORT": str(settings.ports.postgres),
        "GYMPULSE_KAFKA_PORT": str(settings.ports.kafka),
        "GYMPULSE_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "GYMPULSE_REGISTRATION_PASSWORD": local_secrets(settings.folders.state)[
            "registration_database"
        ],
    }


def _home(settings: LocalSettings) -> Path:
    return settings.folders.state / "airflow"


def _prepare(settings: LocalSettings) -> None:
    """Bring the metadata database, its connections, pools and variables up to date.

    Replay: a digest tells that nothing changed since the last time.
    """
    write_private_files(settings)
    environment = airflow_environment(settings) | placeholders(settings)
    known = [SETTINGS_FILE.read_text(), (ROOT / "uv.lock").read_text(), *environment.values()]
    digest = hashlib.sha256("\n".join(known).encode()).hexdigest()
    stamp = _home(settings) / "prepared"
    if stamp.exists() and stamp.read_text() == digest:
        return
    log = settings.logs / "airflow-prepare.log"
    with log.open("w") as writing:
        command = [sys.executable, "-m", "gympulse.local.airflow_settings", str(SETTINGS_FILE)]
        done = subprocess.run(
            command, env=os.environ | environment, stdout=writing, stderr=writing, check=False
        )
    if done.returncode:
        raise LocalProblem(f"Airflow's database could not be prepared; {log} says why.")
    stamp.write_text(digest)


def write_private_files(settings: LocalSettings) -> None:
    """Write the passwords of Airflow's users, and the connections that have one."""
    _home(settings).mkdir(exist_ok=True)
    kept = local_secrets(settings.folders.state)
    passwords = {user: kept[f"airflow_{user}"] for user in ROLES}
    passwords |= {settings.airflow_user: kept["airflow_user"]}
    write_private(passwords_file(settings), json.dumps(passwords))
    told = read(SETTINGS_FILE, placeholders(settings))["connections"]
    secret = {each["conn_id"]: connection_fields(each) for each in told if is_secret(each)}
    write_private(connections_file(settings), json.dumps(secret))


def _ask(settings: LocalSettings, parts: Sequence[str]) -> None:
    try:
        health = httpx.get(f"{settings.airflow_url}/api/v2/monitor/health", timeout=5).json()
    except (httpx.HTTPError, ValueError) as error:
        raise NotReady(f"{settings.airflow_url} does not answer yet") from error
    ailing = [part for part in parts if (health.get(part) or {}).get("status") != "healthy"]
    if ailing:
        raise NotReady(f"{', '.join(ailing)} not healthy yet")
