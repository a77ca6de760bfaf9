"""The platform on this machine: services started in order, watched, and ended.

Tests use the same through ``kafka_broker`` and ``postgres_server``.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from gympulse.local.airflow import airflow_service, scheduler_service
from gympulse.local.connect import connect_service
from gympulse.local.errors import ServiceDown
from gympulse.local.kafka import kafka_service
from gympulse.local.live import simulator_service
from gympulse.local.ports import check_ports, free_ports
from gympulse.local.postgres import postgres_service
from gympulse.local.services import NotReady, Service, until_ready
from gympulse.local.settings import LocalSettings, settings_below, write_settings
from gympulse.local.supervision import Supervisor

Tell = Callable[[str], None]

# In the order in which they are started; each may use those before it.
SERVICES: dict[str, Callable[[LocalSettings], Service]] = {
    "postgres": postgres_service,
    "kafka": kafka_service,
    "connect": connect_service,
    "airflow": airflow_service,
    "scheduler": scheduler_service,
    "simulator": simulator_service,
}
# The state folder carries it, so that nothing else is ever removed in its place.
STATE_MARK = ".gympulse"


def silent(line: str) -> None:
    """Tell nobody."""


class Platform:
    """Some or all services of one settings file."""

    def __init__(self, settings: LocalSettings, names: Sequence[str] = tuple(SERVICES)) -> None:
        self.settings = settings
        self.names = names
        self.supervisor = Supervisor(settings.folders.state)

    @cached_property
    def services(self) -> dict[str, Service]:
        """The services by name, in the order of their start; needs the state folder."""
        return {name: SERVICES[name](self.settings) for name in SERVICES if name in self.names}

    def exists(self) -> bool:
        """Tell whether it was ever started, and its state not removed since."""
        return (self.settings.folders.state / STATE_MARK).exists()

    def start(self, names: Sequence[str] | None = None, tell: Tell = silent) -> None:
        """Start services, all or the named, in order, each when those before it answer.

        Replay: what runs with these settings stays untouched.

        Raises:
            PortTaken: Before anything is started.
            ServiceDown: A service did not become ready.
        """
        self._open()
        idle = [service for service in self.services.values() if not self.is_up(service)]
        # Those of services that start later too: nothing is started in vain.
        ports = {name: getattr(self.settings.ports, name) for each in idle for name in each.ports}
        check_ports(ports, self.settings.file.name)
        if idle and not self.supervisor.is_running():
            self.supervisor.launch(list(self.services.values()))
        for service in self.services.values():
            if names and service.name not in names:
                continue
            if service in idle:
                self._start(service, tell)
            else:
                service.mend()

    def is_up(self, service: Service) -> bool:
        """Tell whether all programs of a service run."""
        states = self.supervisor.states()
        return all(
            states.get(program.name, {}).get("statename") == "RUNNING"
            for program in service.programs
        )

    def stop(self) -> None:
        """End all that was started, and only that; the state stays."""
        self.supervisor.shut_down()

    def _open(self) -> None:
        state = self.settings.folders.state
        state.mkdir(parents=True, exist_ok=True)
        (state / STATE_MARK).touch()
        if not self.supervisor.serves(list(self.services.values())):
            # Other settings are in force now, or the daemon was killed and left orphans.
            self.stop()

    def _start(self, service: Service, tell: Tell) -> None:
        began = time.monotonic()
        service.prepare()
        self.supervisor.start(service)
        self._wait(service)
        service.furnish()
        tell(f"{service.name} is ready ({time.monotonic() - began:.1f} s)")

    def _wait(self, service: Service) -> None:
        try:
            until_ready(service.patience_seconds, self._check, service)
        except NotReady as error:
            raise self._down(service, service.programs[0].name, str(error)) from error

    def _check(self, service: Service) -> None:
        states = self.supervisor.states()
        for program in service.programs:
            state = states[program.name]
            if state["statename"] in ("FATAL", "EXITED", "UNKNOWN"):
                raise self._down(service, program.name, state["description"])
            if state["statename"] != "RUNNING":
                raise NotReady(state["description"] or state["statename"].lower())
        service.check()

    def _down(self, service: Service, program: str, found: str) -> ServiceDown:
        log = str(self.supervisor.log_of(program))
        return ServiceDown(service.name, found, log, self.supervisor.last_lines(program))


def local_platform(
    folder: Path, names: Sequence[str] = tuple(SERVICES), **told: object
) -> Platform:
    """A platform of its own: everything below a folder, on free ports.

    Args:
        folder: Where it keeps its things.
        names: Its services.
        told: Settings that are other than the project's.
    """
    settings = replace(settings_below(folder, free_ports()), **told)
    write_settings(settings)
    return Platform(settings, names)


@contextmanager
def running(folder: Path, *names: str) -> Iterator[LocalSettings]:
    """Run the named services below a folder on free ports, and end them after use."""
    platform = local_platform(folder, names)
    try:
        platform.start()
        yield platform.settings
    finally:
        platform.stop()


@contextmanager
def kafka_broker(folder: Path) -> Iterator[str]:
    """Run a broker with the topics below a folder; give its bootstrap servers."""
    with running(folder, "kafka") as settings:
        yield settings.kafka_bootstrap_servers


@contextmanager
def postgres_server(folder: Path) -> Iterator[LocalSettings]:
    """Run PostgreSQL below a folder; ``postgres.connect`` takes the settings given."""
    with running(folder, "postgres") as settings:
        yield settings
