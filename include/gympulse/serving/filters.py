"""Which rows are asked for: a table's columns as query parameters, and those as conditions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, FiniteFloat

from gympulse.model.fields import FIELDS
from gympulse.model.table import Table

_LONGEST_TEXT = 200
_MOST_VALUES = 100


def _without_nul(text: str) -> str:
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("text that UTF-8 can hold, without NUL, is needed")
    return text


_NUMBER = {"ge": -(2**63), "lt": 2**63}
# What a parameter for a column of each of Spark's types holds.
TYPES: dict[str, Any] = {
    "bigint": Annotated[int, Field(**_NUMBER)],
    "int": Annotated[int, Field(**_NUMBER)],
    "double": FiniteFloat,
    "string": Annotated[str, Field(max_length=_LONGEST_TEXT), AfterValidator(_without_nul)],
    "date": date,
    "timestamp": AwareDatetime,
}
_SIGNS = {"from": ">=", "to": "<="}


@dataclass(frozen=True)
class Filter:
    """One query parameter that chooses rows by one column.

    Attributes:
        parameter: Its name.
        column: The column.
        kind: ``is`` one of the values given, ``from`` or ``to``, both inclusive.
    """

    parameter: str
    column: str
    kind: Literal["is", "from", "to"]


@dataclass(frozen=True)
class Condition:
    """What a row must meet.

    Attributes:
        sql: The condition, with its values as ``$name``.
        values: By name, what is bound.
        column: The column it is about.
        least: No row with a lower value meets it; None where that is not so.
        greatest: No row with a greater value meets it; None where that is not so.
    """

    sql: str
    values: Mapping[str, Any]
    column: str
    least: Any = None
    greatest: Any = None


def filters_of(table: Table, columns: Iterable[str]) -> list[Filter]:
    """Give the parameters for some of a table's columns; arrays have none."""
    found = []
    for column in columns:
        kind = table.schema[column]
        if kind == "date":
            found += [Filter("from_date", column, "from"), Filter("to_date", column, "to")]
        elif kind == "string" or (kind in ("bigint", "int") and column in table.key):
            found.append(Filter(column, column, "is"))
        elif not kind.startswith("array"):
            found += [Filter(f"{column}_{end}", column, end) for end in _SIGNS]
    return found


def parameters_of(table: Table, filters: Iterable[Filter]) -> dict[str, tuple]:
    """Give the fields of a query's model: each filter, and ``is_null`` where a value may be."""
    fields = {each.parameter: _parameter(table, each) for each in filters}
    nullable = [name for name in table.values if table.schema[name] == "string"]
    if nullable:
        kind = list[Literal[tuple(nullable)]]
        fields["is_null"] = (kind, Field([], description="Columns that must be unknown."))
    return fields


def _parameter(table: Table, of: Filter) -> tuple:
    told = FIELDS[of.column].description
    kind = TYPES[table.schema[of.column]]
    if of.kind == "is":
        described = Field([], max_length=_MOST_VALUES, description=f"{told} One of these.")
        return list[kind], described
    which = "At least this" if of.kind == "from" else "At most this"
    return kind | None, Field(None, description=f"{told} {which}, inclusive.")


def conditions(filters: Iterable[Filter], asked: Mapping[str, Any]) -> Iterator[Condition]:
    """Give the conditions that the values asked for make; a parameter not given makes none."""
    for each in filters:
        value = asked.get(each.parameter)
        if value is None or value == []:
            continue
        if each.kind == "is":
            values = {f"{each.parameter}_{i}": one for i, one in enumerate(value)}
            sql = f'"{each.column}" IN ({", ".join(f"${name}" for name in values)})'
            yield Condition(sql, values, each.column, min(value), max(value))
        else:
            sql = f'"{each.column}" {_SIGNS[each.kind]} ${each.parameter}'
            ends = {"from": {"least": value}, "to": {"greatest": value}}[each.kind]
            yield Condition(sql, {each.parameter: value}, each.column, **ends)
    for column in asked.get("is_null", ()):
        yield Condition(f'"{column}" IS NULL', {}, column)
