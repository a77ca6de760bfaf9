"""An operation's command line: the same options as its form in Airflow."""

import argparse
import getpass
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gympulse.errors import BadSettings
from gympulse.kafka_settings import of_environment
from gympulse.operations.checks import check
from gympulse.operations.options import OPTIONS, Option
from gympulse.settings import Settings, command_line, settings_of

_KAFKA = "--kafka-bootstrap-servers"
# Operations that ask Kafka something, and what.
ASKS_KAFKA = {
    "erasure": "for how long it keeps records",
    "restore": "what it still holds, where bronze is put back",
}


@dataclass(frozen=True)
class Request:
    """What an operator asks for.

    Attributes:
        job: A name in ``OPTIONS``.
        operation_id: Names the operation in ``ops_db``; the same again after a crash.
        settings: The lake and the rules.
        values: A value for every option of the job.
        operator: Who asks for it.
    """

    job: str
    operation_id: str
    settings: Settings
    values: Mapping[str, Any]
    operator: str

    @property
    def is_dry_run(self) -> bool:
        """Whether only a plan is asked for; a verification changes nothing anyway."""
        return self.values.get("dry_run", False)

    @property
    def dates(self) -> tuple[date | None, date | None]:
        """First and last day, inclusive; None for no bound, or where days are not asked for."""
        return self.values.get("from_date"), self.values.get("to_date")


def parse(job: str, argv: Sequence[str] | None = None) -> Request:
    """Read an operation's command line; every problem found is in the one error raised."""
    parser = command_line(job)
    parser.add_argument("--operation-id", default="", help="name in ops_db (made up)")
    parser.add_argument("--by", default="", metavar="NAME", help="who asks for it (the user)")
    if job in ASKS_KAFKA:
        told = f"broker to ask {ASKS_KAFKA[job]} (none)"
        parser.add_argument(_KAFKA, default="", metavar="HOST:PORT", help=told)
    for option in OPTIONS[job]:
        _add(parser, option)
    args = parser.parse_args(argv)
    problems: list[str] = []
    settings = values = None
    try:
        settings = settings_of(args)
        if servers := getattr(args, "kafka_bootstrap_servers", ""):
            settings = replace(settings, kafka=of_environment(servers, os.environ))
    except BadSettings as error:
        problems += error.problems
    zone = settings.rules.time_zone if settings else "UTC"
    try:
        given = {name: value for name, value in vars(args).items() if value is not None}
        values = check(job, given, datetime.now(ZoneInfo(zone)).date())
    except BadSettings as error:
        problems += error.problems
    if problems:
        raise BadSettings(problems)
    name = args.operation_id or f"{job}-{uuid.uuid4().hex[:12]}"
    return Request(job, name, settings, values, args.by.strip() or _user())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user may have no name.
        return "unknown"


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    told: dict[str, Any] = {"default": None, "help": option.description.replace("%", "%%")}
    if option.type is bool:
        told |= {"action": argparse.BooleanOptionalAction, "default": option.default}
    elif option.type is list:
        told |= {"nargs": "*", "metavar": "NAME"}
    elif option.type is float:
        told |= {"type": float}
    parser.add_argument(_flag(option), **told)


def words(job: str, given: Mapping[str, Any]) -> list[str]:
    """The command line that says what a form's values say; what is absent is left out."""
    said: list[str] = []
    for option in OPTIONS[job]:
        value = given.get(option.name)
        if option.type is bool and value is not None:
            said.append(_flag(option) if value else _flag(option).replace("--", "--no-", 1))
        elif option.type is list:
            # None chosen is said where it is not the default.
            if value or (option.default and option.name in given):
                said += [_flag(option), *(value or ())]
        elif option.type is dict and value and not isinstance(value, str):
            said.append(f"{_flag(option)}={json.dumps(value)}")
        elif value not in (None, "", [], (), {}):
            # As one word: a reason may begin with a dash.
            said.append(f"{_flag(option)}={value}")
    return said


def _flag(option: Option) -> str:
    return "--" + option.name.replace("_", "-")
