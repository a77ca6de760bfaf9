"""What an operator asks for is read, and every problem found is told."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from gympulse.errors import BadSettings
from gympulse.operations.options import DISCARD, OPTIONS, RESTATE, Option
from gympulse.transforms.mentions import whole

_FIRST_DAY = date(2000, 1, 1)
# A quarter of an hour, within which whoever reads a version is done; and what the rules over
# volumes look back to.
_LEAST_DAYS = {"keep_days": 0.01, "keep_records_days": 30.0}


def check(job: str, given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Read what an operator asks for.

    Args:
        job: A name in ``OPTIONS``.
        given: Values by option's name; dates as ISO text, texts by name as JSON or as a mapping.
            What is absent has its default.
        today: The present day of the business time zone.

    Returns:
        A value for every option of the job, dates as dates, lists as tuples.

    Raises:
        BadSettings: Something cannot be done; every problem is named.
    """
    problems: list[str] = []
    values = {option.name: _value(option, given, problems) for option in OPTIONS[job]}
    problems += _of_dates(values, today)
    names_none = not values.get("layers", True) and not values["tables"]
    if names_none and values.get("mode", RESTATE) == RESTATE:
        problems.append("layers and tables are both empty; name what is meant.")
    if job == "restore":
        problems += _of_restore(values)
    if values.get("decision") == DISCARD and values["cures"]:
        problems.append("cures are given, but what is discarded stays as it is; leave them empty.")
    if values.get("user_id") is not None and not problems:
        values["user_id"] = _member(values["user_id"], problems)
    share = values.get("max_removed_percent")
    if share is not None and not 0 <= share <= 100:
        problems.append(f"max_removed_percent is {share:g}; 0 to 100 is needed.")
    problems += [
        f"{name} is {values[name]:g}; {least:g} or more is needed."
        for name, least in _LEAST_DAYS.items()
        if values.get(name) is not None and not values[name] >= least
    ]
    if problems:
        raise BadSettings(problems)
    return values


def _value(option: Option, given: Mapping[str, Any], problems: list[str]) -> Any:
    found = given.get(option.name, option.default)
    if option.type is list:
        # None chosen is none, not the default.
        found = tuple(found or ())
    elif found in (None, ""):
        found = option.default
    if option.is_required and not str(found or "").strip():
        problems.append(f"{option.name} is missing. {option.description}")
    elif option.type is date and found is not None:
        return _date(option, found, problems)
    elif option.type is dict:
        return _texts(option, found, problems)
    elif option.choices:
        several = found if option.type is list else (found,)
        unknown = [each for each in several if each not in option.choices]
        if unknown:
            known = ", ".join(option.choices)
            problems.append(f"{option.name} names {', '.join(map(str, unknown))}; known: {known}.")
    elif option.type is list:
        problems += [
            f"{option.name} names {each!r}; names of letters, digits and underscores are needed."
            for each in found
            if not re.fullmatch(r"\w+", str(each))
        ]
    return found


def _texts(option: Option, found: Any, problems: list[str]) -> dict[str, str]:
    """Texts by name, none of them blank; empty where nothing is given."""
    try:
        texts = json.loads(found) if isinstance(found, str) else dict(found or {})
        wrong = [name for name, text in texts.items() if not _is_said(name, text)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        problems.append(
            f"{option.name} is {found!r}; a JSON object of names and texts is needed, such as "
            """{"heartrate": "field['heartrate'] / 10.0"}."""
        )
        return {}
    problems += [
        f"{option.name} gives {name!r} the value {json.dumps(texts[name])}; a name and a text "
        "are needed, neither of them blank."
        for name in wrong
    ]
    return texts


def _is_said(name: Any, text: Any) -> bool:
    return all(isinstance(each, str) and each.strip() for each in (name, text))


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


def _member(found: Any, problems: list[str]) -> str | None:
    if (id_ := whole(str(found))) is None:
        problems.append(f"user_id is '{found}'; a whole number of 64 bits is needed.")
    return id_


def _of_restore(values: Mapping[str, Any]) -> list[str]:
    point, before, problems = values["point"], values["before"], []
    if bool(point) == bool(before):
        problems.append("point and before: one of them is needed, and not both.")
    if before and not _is_instant(before):
        problems.append(f"before is '{before}'; an instant such as 2025-03-01T10:20Z is needed.")
    if "bronze" in values["layers"] and not values["tables"] and len(values["layers"]) < 3:
        problems.append("layers name bronze without silver and gold, which would be ahead of it.")
    return problems


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _of_dates(values: Mapping[str, Any], today: date) -> list[str]:
    first, last, problems = values.get("from_date"), values.get("to_date"), []
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
        if values.get(name) and values[name] > today
    ]
    return problems
