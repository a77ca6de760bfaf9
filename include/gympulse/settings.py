"""What a job is told: the lake, the business rules that are configured, and Kafka."""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gympulse import kafka_settings
from gympulse.errors import BadSettings
from gympulse.kafka_settings import Kafka
from gympulse.lake import Lake, problem_of


@dataclass(frozen=True)
class Rules:
    """Business rules that are configured, with the defaults of the contract.

    Attributes:
        time_zone: IANA name of the zone whose midnights divide days.
        min_session_seconds: A shorter workout is set aside.
        max_session_seconds: A longer workout is set aside.
        min_heartrate: Below it the sensor is off the wrist.
        max_heartrate: Above it the sensor counts its own motion.
        resting_heartrate: A lower rate in a workout is that of one who rests.
        min_abnormal_seconds: A stretch of abnormal rates that is not longer does not count.
        max_silence_seconds: A longer silence of a wearable ends a stretch.
        max_jump: Readings that follow one another and differ by more are a jump.
        max_jump_seconds: Readings further apart are no jump.
        max_clock_ahead_seconds: A wearable's clock further ahead of Kafka's is wrong.
        max_source_age_hours: A source that has brought nothing for longer is stale.
        max_rejected_percent: More records of one run than these are too many to be set aside.
        max_volume_change_percent: An hour that differs by more from its usual volume is unusual.
        actions: By expectation's name, what comes of rows that are not as expected, where that
            is not the default.
    """

    time_zone: str = "UTC"
    min_session_seconds: int = 60
    max_session_seconds: int = 12 * 3600
    min_heartrate: float = 20.0
    max_heartrate: float = 250.0
    resting_heartrate: float = 60.0
    min_abnormal_seconds: int = 60
    max_silence_seconds: int = 60
    max_jump: float = 40.0
    max_jump_seconds: int = 10
    max_clock_ahead_seconds: int = 24 * 3600
    max_source_age_hours: float = 24.0
    max_rejected_percent: float = 5.0
    max_volume_change_percent: float = 50.0
    actions: tuple[tuple[str, str], ...] = ()


# The environment variable that the key of the suppression list may be in.
SUPPRESSION_KEY = "GYMPULSE_SUPPRESSION_KEY"
# What may come of a row that is not as expected.
ACTIONS = ("quarantine", "warn", "fail")
_THRESHOLDS = {
    "min_session_seconds": "a shorter workout is set aside",
    "max_session_seconds": "a longer workout is set aside",
    "min_heartrate": "a lower reading is set aside",
    "max_heartrate": "a higher reading is set aside",
    "resting_heartrate": "a lower rate in a workout is abnormal",
    "min_abnormal_seconds": "a longer stretch of abnormal rates counts",
    "max_silence_seconds": "a longer silence of a wearable ends such a stretch",
    "max_jump": "a larger change between readings that follow one another is a jump",
    "max_jump_seconds": "readings further apart are no jump",
    "max_clock_ahead_seconds": "a wearable further ahead of Kafka's clock is warned of",
    "max_source_age_hours": "a source that has brought nothing for longer is warned of",
    "max_rejected_percent": "a larger share of a run's records set aside is warned of",
    "max_volume_change_percent": "a larger change against the usual volume is warned of",
}


@dataclass(frozen=True)
class Settings:
    """Everything a job needs to know, read once in ``main``.

    Attributes:
        lake: Where the tables are.
        rules: Business rules.
        kafka: How to reach Kafka; None for jobs that need not.
        airflow_run: The run of Airflow that started the job; None by hand.
        suppression_key: The key of the suppression list; None where the lake's file has it.
    """

    lake: Lake
    rules: Rules = Rules()
    kafka: Kafka | None = None
    airflow_run: str | None = None
    suppression_key: str | None = field(default=None, repr=False)


def parse_arguments(layer: str, argv: Sequence[str] | None = None) -> Settings:
    """Read a job's command line; every problem found is in the one error raised."""
    parser = command_line(layer)
    if layer == "bronze":
        kafka_settings.add_arguments(parser)
    return settings_of(parser.parse_args(argv))


class _Parser(argparse.ArgumentParser):
    """A parser that takes ``--reason=--`` as it is said; before Python 3.12.5 it is dropped."""

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        if action.nargs is None and arg_strings == ["--"]:
            return self._get_value(action, "--")
        return super()._get_values(action, arg_strings)


def command_line(job: str) -> argparse.ArgumentParser:
    """The options that every job has; ``settings_of`` reads them."""
    parser = _Parser(prog=f"{job}.py", description=f"The {job} job.")
    parser.add_argument("--lake", default="", help="local path or abfss:// URI of the lake")
    parser.add_argument("--env", default="dev", help="environment below the lake (dev)")
    parser.add_argument("--time-zone", default="UTC", help="IANA zone of business dates (UTC)")
    parser.add_argument("--airflow-run", default="", help="run of Airflow, as DAG/RUN (none)")
    for name, what in _THRESHOLDS.items():
        default = getattr(Rules, name)
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(default),
            default=default,
            help=f"{what} ({default:g})",
        )
    parser.add_argument(
        "--expectation",
        action="append",
        default=[],
        metavar="NAME=ACTION",
        help="what comes of rows that are not as expected: quarantine, warn or fail; repeatable",
    )
    return parser


def settings_of(args: argparse.Namespace) -> Settings:
    """What the options say.

    Raises:
        BadSettings: Some cannot be used; every problem found is in the one error.
    """
    problems = []
    if not args.lake:
        problems.append("--lake is missing: give the lake's local path or abfss:// URI.")
    elif problem := problem_of(args.lake):
        problems.append(problem)
    if not _is_time_zone(args.time_zone):
        problems.append(
            f"--time-zone is '{args.time_zone}'; an IANA name such as 'Europe/Paris' is needed."
        )
    for of in ("session-seconds", "heartrate"):
        low, high = (getattr(args, f"{end}_{of.replace('-', '_')}") for end in ("min", "max"))
        if not 0 <= low <= high:
            problems.append(
                f"--min-{of} is {low} and --max-{of} is {high}; 0 <= min <= max is needed."
            )
    actions = _actions(args.expectation, problems)
    kafka = None
    if hasattr(args, "kafka_option"):
        kafka = kafka_settings.of_arguments(args, os.environ, problems)
    if problems:
        raise BadSettings(problems)
    rules = Rules(
        time_zone=args.time_zone,
        actions=actions,
        **{name: getattr(args, name) for name in _THRESHOLDS},
    )
    key = os.environ.get(SUPPRESSION_KEY)
    return Settings(Lake(args.lake, args.env), rules, kafka, args.airflow_run or None, key)


def rule_words(text: str) -> list[str]:
    """The command line that says what a JSON object of rules says.

    Args:
        text: Thresholds by name, as ``{"max_heartrate": 230}``, and under ``expectations`` what
            comes of rows that are not as expected, as ``{"stale_source": "fail"}``; empty for
            the defaults.

    Raises:
        BadSettings: It is no such object.
    """
    try:
        rules = json.loads(text or "{}")
        actions = rules.pop("expectations", {}).items()
        unknown = sorted(set(rules) - set(_THRESHOLDS))
    except (ValueError, AttributeError, TypeError) as error:
        raise BadSettings([f"gympulse_rules is '{text}'; a JSON object is needed."]) from error
    if unknown:
        known = ", ".join((*_THRESHOLDS, "expectations"))
        raise BadSettings([f"gympulse_rules has {', '.join(unknown)}; known: {known}."])
    words = [f"--{name.replace('_', '-')}={value}" for name, value in rules.items()]
    return words + [f"--expectation={name}={action}" for name, action in actions]


def _actions(given: Sequence[str], problems: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = [tuple(each.partition("=")[::2]) for each in given]
    problems += [
        f"--expectation is '{name}={action}'; NAME=quarantine, NAME=warn or NAME=fail is needed."
        for name, action in pairs
        if not name or action not in ACTIONS
    ]
    return tuple(pairs)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
