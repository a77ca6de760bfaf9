"""What a job is told: the lake, the business rules that are configured, and Kafka."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.model.bronze import TOPICS


@dataclass(frozen=True)
class Rules:
    """Business rules that are configured, with the defaults of the contract.

    Attributes:
        time_zone: IANA name of the zone whose midnights divide days.
        min_session_seconds: A shorter workout is set aside.
        max_session_seconds: A longer workout is set aside.
        min_heartrate: Below it the sensor is off the wrist.
        max_heartrate: Above it the sensor counts its own motion.
    """

    time_zone: str = "UTC"
    min_session_seconds: int = 60
    max_session_seconds: int = 12 * 3600
    min_heartrate: float = 20.0
    max_heartrate: float = 250.0


@dataclass(frozen=True)
class Kafka:
    """How to reach Kafka, and what to do without.

    Attributes:
        bootstrap_servers: The broker.
        options: Consumer settings that are not secret.
        accepted_losses: Topics that bronze goes on with, although records are gone unread.
    """

    bootstrap_servers: str
    options: dict[str, str] = field(default_factory=dict)
    accepted_losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """Everything a job needs to know, read once in ``main``.

    Attributes:
        lake: Where the tables are.
        rules: Business rules.
        kafka: How to reach Kafka; None for jobs that need not.
        airflow_run: The run of Airflow that started the job; None by hand.
    """

    lake: Lake
    rules: Rules = Rules()
    kafka: Kafka | None = None
    airflow_run: str | None = None


def parse_arguments(layer: str, argv: Sequence[str] | None = None) -> Settings:
    """Read a job's command line; every problem found is in the one error raised."""
    parser = command_line(layer)
    if layer == "bronze":
        parser.add_argument("--kafka-bootstrap-servers", default="", metavar="HOST:PORT")
        parser.add_argument(
            "--kafka-option",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="consumer setting that is not secret; repeatable",
        )
        parser.add_argument(
            "--accept-kafka-loss",
            action="append",
            default=[],
            metavar="TOPIC",
            help="go on with this topic, although records of it are gone unread; repeatable",
        )
    return settings_of(parser.parse_args(argv))


def command_line(job: str) -> argparse.ArgumentParser:
    """The options that every job has; ``settings_of`` reads them."""
    parser = argparse.ArgumentParser(prog=f"{job}.py", description=f"The {job} job.")
    parser.add_argument("--lake", default="", help="local path or abfss:// URI of the lake")
    parser.add_argument("--env", default="dev", help="environment below the lake (dev)")
    parser.add_argument("--time-zone", default="UTC", help="IANA zone of business dates (UTC)")
    parser.add_argument("--airflow-run", default="", help="run of Airflow, as DAG/RUN (none)")
    parser.add_argument("--min-session-seconds", type=int, default=Rules.min_session_seconds)
    parser.add_argument("--max-session-seconds", type=int, default=Rules.max_session_seconds)
    return parser


def settings_of(args: argparse.Namespace) -> Settings:
    """What the options say.

    Raises:
        BadSettings: Some cannot be used; every problem found is in the one error.
    """
    problems = []
    if not args.lake:
        problems.append("--lake is missing: give the lake's local path or abfss:// URI.")
    if not _is_time_zone(args.time_zone):
        problems.append(
            f"--time-zone is '{args.time_zone}'; an IANA name such as 'Europe/Paris' is needed."
        )
    if not 0 <= args.min_session_seconds <= args.max_session_seconds:
        problems.append(
            f"--min-session-seconds is {args.min_session_seconds} and --max-session-seconds is "
            f"{args.max_session_seconds}; 0 <= min <= max is needed."
        )
    kafka = _kafka(args, problems) if hasattr(args, "kafka_option") else None
    if problems:
        raise BadSettings(problems)
    rules = Rules(
        time_zone=args.time_zone,
        min_session_seconds=args.min_session_seconds,
        max_session_seconds=args.max_session_seconds,
    )
    return Settings(Lake(args.lake, args.env), rules, kafka, args.airflow_run or None)


def _kafka(args: argparse.Namespace, problems: list[str]) -> Kafka:
    if not args.kafka_bootstrap_servers:
        problems.append("--kafka-bootstrap-servers is missing: give the broker's HOST:PORT.")
    options = {}
    for option in args.kafka_option:
        name, equals, value = option.partition("=")
        if not name or not equals:
            problems.append(f"--kafka-option is '{option}'; NAME=VALUE is needed.")
        options[name] = value
    accepted = tuple(args.accept_kafka_loss)
    problems += [
        f"--accept-kafka-loss is '{topic}'; one of {', '.join(TOPICS)} is needed."
        for topic in accepted
        if topic not in TOPICS
    ]
    return Kafka(args.kafka_bootstrap_servers, options, accepted)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
