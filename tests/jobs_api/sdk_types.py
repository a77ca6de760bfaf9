"""JSON held against the Databricks SDK's own types: nothing unknown, nothing of another kind."""

import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import NoneType
from typing import Any

from databricks.sdk.service.jobs import JobsAPI


def problems_of_submit(body: Any) -> list[str]:
    """What is wrong with the body of a request to submit a run; nothing where it is right."""
    kinds = typing.get_type_hints(JobsAPI.submit)
    kinds.pop("return")
    return list(_of_object(kinds, (), body, "the request"))


def problems(kind: Any, value: Any, place: str) -> Iterator[str]:
    """What is wrong with a value that should be of a kind.

    Args:
        kind: A type as the SDK's dataclasses name it.
        value: What ``json`` read.
        place: What the value is called.
    """
    inner = [each for each in typing.get_args(kind) if each is not NoneType]
    origin = typing.get_origin(kind)
    if origin is typing.Union:
        yield from problems(inner[0], value, place)
    elif origin is list:
        yield from _of_list(inner[0], value, place)
    elif origin is dict:
        yield from _of_object(None, (), value, place)
        for name, each in value.items() if isinstance(value, Mapping) else ():
            yield from problems(inner[1], each, f"{place}.{name}")
    elif is_dataclass(kind):
        required = [f.name for f in fields(kind) if f.default is f.default_factory is MISSING]
        yield from _of_object(typing.get_type_hints(kind), required, value, place)
    elif issubclass(kind, Enum):
        known = [each.value for each in kind]
        if value not in known:
            yield f"{place} is {value!r}; known: {', '.join(known)}"
    elif type(value) is not kind:
        yield f"{place} is {value!r}, no {kind.__name__}"


def _of_list(kind: Any, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place} is {value!r}, no list"
        return
    for position, each in enumerate(value):
        yield from problems(kind, each, f"{place}[{position}]")


def _of_object(
    kinds: Mapping[str, Any] | None, required: typing.Collection[str], value: Any, place: str
) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{place} is {value!r}, no object"
        return
    for name in required:
        if name not in value:
            yield f"{place} lacks {name}"
    for name, each in value.items() if kinds is not None else ():
        if name in kinds:
            yield from problems(kinds[name], each, f"{place}.{name}")
        else:
            yield f"{place} has {name}, which is unknown"
