"""The settings of the local machine: ``local.toml``, or the file ``GYMPULSE_LOCAL`` names."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gympulse.errors import BadSettings
from gympulse.lake import Lake

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Folders:
    """Where the local machine keeps its things."""

    state: Path
    lake: Path


@dataclass(frozen=True)
class Ports:
    """Ports on the loopback interface, one per listener."""

    airflow: int
    postgres: int
    kafka: int
    kafka_controller: int
    connect: int


@dataclass(frozen=True)
class LocalSettings:
    """Everything that ``local.toml`` says.

    Attributes:
        file: The file it was read from, for messages and for child processes.
        folders: Absolute folders.
        ports: Where each service listens.
        env: Environment below the lake.
        time_zone: IANA name of the business time zone.
        topics: Kafka topics with their numbers of partitions.
        airflow_user: Who logs in to Airflow as its administrator.
        environment: Variables of Airflow's processes beside ours; nothing secret.
        lineage_url: Where lineage is collected; empty for a file.
    """

    file: Path
    folders: Folders
    ports: Ports
    env: str = "dev"
    time_zone: str = "UTC"
    topics: Mapping[str, int] = field(
        default_factory=lambda: {"bpm": 4, "workout": 2, "user_info": 2}
    )
    airflow_user: str = "admin"
    environment: Mapping[str, str] = field(default_factory=dict)
    lineage_url: str = ""

    @property
    def lake(self) -> Lake:
        """The lake that the local jobs write."""
        return Lake(str(self.folders.lake), self.env)

    @property
    def logs(self) -> Path:
        """The folder with one log per process."""
        return self.folders.state / "logs"

    @property
    def kafka_bootstrap_servers(self) -> str:
        """Where Kafka's clients begin."""
        return f"{HOST}:{self.ports.kafka}"

    @property
    def connect_url(self) -> str:
        """The address of Kafka Connect's REST API."""
        return f"http://{HOST}:{self.ports.connect}"

    @property
    def airflow_url(self) -> str:
        """The address of Airflow's UI and REST API."""
        return f"http://{HOST}:{self.ports.airflow}"


def settings_file() -> Path:
    """The file in force: that of ``GYMPULSE_LOCAL``, else the project's ``local.toml``."""
    return Path(os.environ.get("GYMPULSE_LOCAL") or ROOT / "local.toml").resolve()


def read_settings(file: Path | None = None) -> LocalSettings:
    """Read the settings file; every problem found is in the one error raised."""
    file = file or settings_file()
    try:
        told = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadSettings([f"{file} cannot be read ({error})."]) from error
    problems = [f"{problem} in {file}." for problem in _problems(told)]
    if problems:
        raise BadSettings(problems)
    folders = {name: file.parent / path for name, path in told["folders"].items()}
    return LocalSettings(
        file,
        Folders(**folders),
        Ports(**told["ports"]),
        told["lake"]["env"],
        told["lake"]["time_zone"],
        told["topics"],
        told["airflow"]["user"],
        told["environment"],
        told["lineage"]["url"],
    )


def write_settings(settings: LocalSettings) -> None:
    """Write settings to the file that they name, for other processes to read."""
    sections = {
        "folders": {name: str(path) for name, path in asdict(settings.folders).items()},
        "ports": asdict(settings.ports),
        "lake": {"env": settings.env, "time_zone": settings.time_zone},
        "topics": settings.topics,
        "airflow": {"user": settings.airflow_user},
        "environment": settings.environment,
        "lineage": {"url": settings.lineage_url},
    }
    lines = []
    for section, values in sections.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(val)}" for key, val in values.items())]
    settings.file.parent.mkdir(parents=True, exist_ok=True)
    settings.file.write_text("\n".join(lines) + "\n")


def settings_below(folder: Path, ports: Ports) -> LocalSettings:
    """The project's settings, moved to another folder and other ports, and written there."""
    folder = folder.resolve()
    moved = replace(
        read_settings(ROOT / "local.toml"),
        file=folder / "local.toml",
        folders=Folders(folder / "state", folder / "state" / "lake"),
        ports=ports,
    )
    write_settings(moved)
    return moved


# Of each section its names with their kinds; the kind alone where any name will do.
_EXPECTED = {
    "folders": {"state": str, "lake": str},
    "ports": dict.fromkeys(Ports.__dataclass_fields__, int),
    "lake": {"env": str, "time_zone": str},
    "airflow": {"user": str},
    "lineage": {"url": str},
    "topics": int,
    "environment": str,
}


def _problems(told: Mapping) -> list[str]:
    problems = [f"[{section}] is unknown" for section in told if section not in _EXPECTED]
    for section, expected in _EXPECTED.items():
        if not isinstance(told.get(section), dict):
            problems.append(f"[{section}] is missing")
            continue
        values = told[section]
        kinds = expected if isinstance(expected, dict) else dict.fromkeys(values, expected)
        problems += [f"{section}.{name} is unknown" for name in values if name not in kinds]
        problems += [
            f"{section}.{name} is {values.get(name)!r}; a {kind.__name__} is needed"
            for name, kind in kinds.items()
            if type(values.get(name)) is not kind
        ]
    return problems or _wrong_values(told)


def _wrong_values(told: Mapping) -> list[str]:
    problems = [
        f"ports.{name} is {port}; 1 to 65535 is needed"
        for name, port in told["ports"].items()
        if not 1 <= port <= 65535
    ]
    if len(set(told["ports"].values())) < len(told["ports"]):
        problems.append("one port is given twice")
    try:
        ZoneInfo(told["lake"]["time_zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = told["lake"]["time_zone"]
        problems.append(f"lake.time_zone is '{zone}'; a name such as 'Europe/Paris' is needed")
    return problems
