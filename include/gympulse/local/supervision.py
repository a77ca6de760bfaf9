"""The supervisor: a daemon of one state folder that starts, watches and ends programs."""

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
import xmlrpc.client
from collections.abc import Iterable, Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from gympulse.local.errors import LocalProblem
from gympulse.local.secrets_file import write_private
from gympulse.local.services import Program, Service

# Marks every process that descends from the supervisor of a state folder.
MARK = "GYMPULSE_SUPERVISED"
# The longest path that a Unix socket can have.
_LONGEST_SOCKET = 100
# What a stray process is given to end by itself.
_GRACE_SECONDS = 5
# What a person's shell may hold that would change how the services run.
_FOREIGN = ("AIRFLOW", "SPARK", "PYSPARK", "PYTHON", "PG", "KAFKA", "GYMPULSE", "VIRTUAL_ENV")


class Supervisor:
    """The supervisor of one state folder, running or not."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "supervisor"
        self.logs = state / "logs"
        self._mark = str(state)
        self._conf = self.folder / "supervisord.conf"
        self._socket = _socket_of(self.folder)

    def is_running(self) -> bool:
        """Tell whether the daemon answers."""
        try:
            self._call("getState")
        except (OSError, HTTPException):
            return False
        return True

    def serves(self, services: Sequence[Service]) -> bool:
        """Tell whether the daemon runs with these very programs."""
        return self.is_running() and self._conf.read_text() == self._text(services)

    def launch(self, services: Sequence[Service]) -> None:
        """Start the daemon; it starts no program yet."""
        for folder in (self.folder, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        # It holds passwords, as the environment of programs.
        write_private(self._conf, self._text(services))
        own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._conf)]
        done = subprocess.run(
            command, env=own | {MARK: self._mark}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise LocalProblem(f"The supervisor did not start: {done.stderr.strip()}")
        if not self._answers_soon():
            raise LocalProblem(f"The supervisor does not answer; its log is in {self.logs}.")

    def start(self, service: Service) -> None:
        """Start those programs of a service that are not running."""
        running = {name for name, state in self.states().items() if state["statename"] == "RUNNING"}
        for program in service.programs:
            if program.name not in running:
                self._start(f"{service.name}:{program.name}")

    def stop(self, service: Service) -> None:
        """End the programs of a service."""
        self._call("stopProcessGroup", service.name)

    def states(self) -> dict[str, dict]:
        """Give what the daemon knows of each program, by name; empty where it is down."""
        if not self.is_running():
            return {}
        return {told["name"]: told for told in self._call("getAllProcessInfo")}

    def shut_down(self) -> None:
        """End all programs, the last started first, then the daemon, then stragglers."""
        # Found beforehand too: the daemon takes the file along that tells its session.
        ours = self._orphans()
        if self.is_running():
            daemon = psutil.Process(self._call("getPID"))
            ours += daemon.children(recursive=True)
            self._call("shutdown")
            # Longer than the patience with all programs together.
            daemon.wait(timeout=180)
        _end({*ours, *self._orphans()})

    def last_lines(self, program: str, count: int = 8) -> list[str]:
        """Give the end of a program's log."""
        log = self.log_of(program)
        return log.read_text(errors="replace").splitlines()[-count:] if log.exists() else []

    def log_of(self, program: str) -> Path:
        """Give the file that holds what a program prints."""
        return self.logs / f"{program}.log"

    def _start(self, name: str) -> None:
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise LocalProblem(f"{name} cannot be started: {fault.faultString}") from fault

    def _call(self, method: str, *arguments):
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
        return getattr(proxy.supervisor, method)(*arguments)

    @retry(
        retry=retry_if_result(lambda answer: not answer),
        stop=stop_after_delay(15),
        wait=wait_fixed(0.1),
        retry_error_callback=lambda attempt: False,
    )
    def _answers_soon(self) -> bool:
        return self.is_running()

    def _orphans(self) -> list[psutil.Process]:
        """Find what descends from the daemon, even from one that was killed itself."""
        pid_file = self.folder / "supervisord.pid"
        session = int(pid_file.read_text()) if pid_file.exists() else None
        return [
            process
            for process in psutil.process_iter()
            if process.pid != os.getpid() and self._is_ours(process, session)
        ]

    def _is_ours(self, process: psutil.Process, session: int | None) -> bool:
        """Tell by the mark, or, where a process wrote its title over that, by its session."""
        try:
            if process.environ().get(MARK) == self._mark:
                return True
            return process.cwd() == str(self.folder) and os.getsid(process.pid) == session
        except (psutil.Error, OSError):
            return False

    def _text(self, services: Sequence[Service]) -> str:
        return "\n".join(
            [
                _daemon_section(self.folder, self.logs, self._socket),
                *(_service_sections(each, self.logs, rank) for rank, each in enumerate(services)),
            ]
        )


def _end(processes: Iterable[psutil.Process]) -> None:
    """Ask processes to end, and kill those that do not."""
    alive = list(processes)
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        for process in alive:
            with suppress(psutil.Error):
                ask(process)
        alive = psutil.wait_procs(alive, timeout=_GRACE_SECONDS)[1]


def _socket_of(folder: Path) -> Path:
    socket = folder / "supervisor.sock"
    if len(str(socket)) <= _LONGEST_SOCKET:
        return socket
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"gympulse-{os.getuid()}-{digest}.sock"


def _daemon_section(folder: Path, logs: Path, socket: Path) -> str:
    return f"""[unix_http_server]
file = {_literal(socket)}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
logfile = {_literal(logs / "supervisor.log")}
pidfile = {_literal(folder / "supervisord.pid")}
directory = {_literal(folder)}
{"user = root" if os.geteuid() == 0 else ""}
"""


def _service_sections(service: Service, logs: Path, rank: int) -> str:
    names = ",".join(program.name for program in service.programs)
    group = f"[group:{service.name}]\nprograms = {names}\npriority = {rank}\n"
    return "\n".join([group, *(_program_section(program, logs) for program in service.programs)])


def _program_section(program: Program, logs: Path) -> str:
    environment = ",".join(f"{name}={_quoted(it)}" for name, it in program.environment.items())
    return f"""[program:{program.name}]
command = {_literal(shlex.join(program.command))}
environment = {_literal(environment)}
stdout_logfile = {_literal(logs / program.name)}.log
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 1
redirect_stderr = true
autostart = false
autorestart = true
startsecs = 1
startretries = 3
stopsignal = {program.stop_signal}
stopasgroup = {str(program.signals_group).lower()}
killasgroup = true
stopwaitsecs = {program.stop_seconds}
"""


def _quoted(value: str) -> str:
    # The supervisor knows both quotes, and no escapes.
    return f"'{value}'" if '"' in value else f'"{value}"'


def _literal(value: object) -> str:
    """Write a value so that the supervisor expands nothing in it."""
    return str(value).replace("%", "%%")
