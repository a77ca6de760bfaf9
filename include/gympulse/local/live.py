"""The gym simulator, as the service that keeps events coming."""

import sys

from gympulse.local.airflow import process_environment
from gympulse.local.postgres import database_environment
from gympulse.local.services import Program, Service
from gympulse.local.settings import LocalSettings


def simulator_environment(settings: LocalSettings) -> dict[str, str]:
    """What the simulator is told: the settings file, and how to reach the registrations."""
    return process_environment(settings) | database_environment(settings)


def simulator_service(settings: LocalSettings) -> Service:
    """The service: members who come and go in real time."""
    command = [sys.executable, "-m", "gympulse.local.simulator", "--live"]
    return Service(
        name="simulator",
        programs=(Program("simulator", command, simulator_environment(settings)),),
    )
