"""What an operator may ask for: the options of each operation, declared once.

The forms in Airflow's UI and the jobs' command lines are both made of these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gympulse.errors import BadSettings
from gympulse.model.tables import GOLD, SILVER

LOAD_ARCHIVES, RESTATE = "load_archives", "restate"
LAYERS = ("silver", "gold")
_FIRST_DAY = date(2000, 1, 1)
_SHORT = {table.short_name: table for table in (*SILVER, *GOLD)}


@dataclass(frozen=True)
class Option:
    """One field of a form, one option of a command line.

    Attributes:
        name: With underscores; a command line's has dashes instead.
        title: For the form.
        description: What it means, and whether bounds are inclusive.
        type: ``str``, ``bool``, ``float``, ``date``, or ``list`` of ``choices``.
        default: What holds where nothing is given; None where there is nothing.
        choices: The values that may be given.
        is_required: Whether something must be given.
    """

    name: str
    title: str
    description: str
    type: type = str
    default: Any = None
    choices: tuple[str, ...] = ()
    is_required: bool = False


def _dates(of: str, empty: str) -> tuple[Option, Option]:
    return (
        Option(
            "from_date",
            "From",
            f"First day, inclusive, {of}, in the business time zone. {empty}",
            date,
        ),
        Option(
            "to_date",
            "To",
            f"Last day, inclusive, {of}, in the business time zone; not in the future. {empty}",
            date,
        ),
    )


def _tables(of: Sequence[str], description: str) -> Option:
    return Option("tables", "Tables", description, list, (), tuple(of))


REASON = Option(
    "reason", "Reason", "Why this is done, for whoever reads the record later.", is_required=True
)
DRY_RUN = Option(
    "dry_run",
    "Dry run",
    "On: make the plan, show and record it, and change nothing. Off: make the plan, then do it.",
    bool,
    True,
)

OPTIONS: dict[str, tuple[Option, ...]] = {
    "backfill": (
        Option(
            "mode",
            "Mode",
            "load_archives: take old records in. restate: recompute silver and gold from bronze.",
            default=LOAD_ARCHIVES,
            choices=(LOAD_ARCHIVES, RESTATE),
        ),
        *_dates(
            "of the events themselves",
            "A restatement needs it; a load takes every day where it is empty.",
        ),
        Option(
            "layers",
            "Layers",
            "Which layers are restated, whole. A load always brings its records to gold.",
            list,
            LAYERS,
            LAYERS,
        ),
        _tables(
            _SHORT, "Restate only these tables, whatever the layers say; empty: the whole layers."
        ),
        Option(
            "archive_path",
            "Archives",
            "Folder of JSON lines to load: below `sbit-unmanaged-<env>`, or an absolute path.",
            default="data_zone/kfk-mx/",
        ),
        Option(
            "registered_users_path",
            "Registrations",
            "Folder of CSV files of registrations to load, whole whatever the days; named like "
            "the archives' folder.",
            default="data_zone/registered_users/",
        ),
        Option(
            "gym_logins_path",
            "Gym logins",
            "Folder of CSV files of gym logins to load, whole whatever the days; named like the "
            "archives' folder.",
            default="data_zone/gym_logins/",
        ),
        REASON,
        DRY_RUN,
    ),
    "gold_rebuild": (
        *_dates("of the rows of gold", "Both empty: every day."),
        _tables([table.short_name for table in GOLD], "Which tables; empty: all of gold."),
        Option(
            "max_removed_percent",
            "At most removed, in percent",
            "Stop before anything is changed where more of the present rows would vanish.",
            float,
            5.0,
        ),
        REASON,
        DRY_RUN,
    ),
    "verify": (
        *_dates("of the events themselves", "Both empty: everything."),
        _tables(_SHORT, "Which tables; empty: all of silver and gold."),
    ),
}


def check(job: str, given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Read what an operator asks for.

    Args:
        job: ``backfill``, ``gold_rebuild`` or ``verify``.
        given: Values by option's name; dates as ISO text. What is absent has its default.
        today: The present day of the business time zone.

    Returns:
        A value for every option of the job, dates as dates, lists as tuples.

    Raises:
        BadSettings: Something cannot be done; every problem is named.
    """
    problems: list[str] = []
    values = {option.name: _value(option, given, problems) for option in OPTIONS[job]}
    problems += _of_dates(job, values, today)
    if values.get("mode") == RESTATE and not values["layers"] and not values["tables"]:
        problems.append("layers and tables are both empty; name what is to be restated.")
    share = values.get("max_removed_percent")
    if share is not None and not 0 <= share <= 100:
        problems.append(f"max_removed_percent is {share:g}; 0 to 100 is needed.")
    if problems:
        raise BadSettings(problems)
    return values


def _value(option: Option, given: Mapping[str, Any], problems: list[str]) -> Any:
    found = given.get(option.name, option.default)
    if option.type is list:
        # None chosen is none, not the default.
        found = found or ()
    elif found in (None, ""):
        found = option.default
    if option.is_required and not str(found or "").strip():
        problems.append(f"{option.name} is missing. {option.description}")
    elif option.type is date and found is not None:
        return _date(option, found, problems)
    elif option.choices:
        several = tuple(found) if option.type is list else (found,)
        unknown = [each for each in several if each not in option.choices]
        if unknown:
            known = ", ".join(option.choices)
            problems.append(f"{option.name} names {', '.join(map(str, unknown))}; known: {known}.")
        return several if option.type is list else found
    return found


def _date(option: Option, found: Any, problems: list[str]) -> date | None:
    try:
        day = date.fromisoformat(str(found))
    except ValueError:
        day = None
    if day is None or str(day) != str(found):
        problems.append(f"{option.name} is '{found}'; a day such as 2025-03-01 is needed.")
    elif day < _FIRST_DAY:
        problems.append(f"{option.name} is {day}; no event is older than {_FIRST_DAY}.")
    else:
        return day
    return None


def _of_dates(job: str, values: Mapping[str, Any], today: date) -> list[str]:
    first, last, problems = values["from_date"], values["to_date"], []
    if values.get("mode") == RESTATE:
        problems += [
            f"{name} is missing; a restatement needs both days."
            for name in ("from_date", "to_date")
            if values[name] is None
        ]
    if first and last and last < first:
        problems.append(f"to_date is {last}, before from_date, {first}; swap or mend them.")
    problems += [
        f"{name} is {values[name]}, in the future; today is {today}."
        for name in ("from_date", "to_date")
        if values[name] and values[name] > today
    ]
    return problems
