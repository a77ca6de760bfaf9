"""Pages of a table in an order of all its rows: each begins after the last row of the one before.

A page's cursor names the version it was read from, so that the pages of one walk are of one
version, whatever is written meanwhile.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from gympulse.io.schema import arrow_schema
from gympulse.model.table import Table
from gympulse.serving import files
from gympulse.serving.engine import Engine, relation
from gympulse.serving.filters import TYPES, Condition
from gympulse.serving.problems import bad_parameter
from gympulse.serving.versions import Version, paths


@dataclass(frozen=True)
class By:
    """One column of an order; nulls come last either way."""

    column: str
    is_descending: bool = False


Order = tuple[By, ...]


class Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Where a page begins.

    Attributes:
        version: The table's version that the walk reads.
        question: What was asked for; another question's pages begin elsewhere.
        after: The values of the order's columns in the last row before the page.
    """

    version: int
    question: str
    after: list[Any]

    def written(self) -> str:
        """As text for a query."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def read_cursor(text: str, question: str, table: Table, order: Order) -> Cursor:
    """Read what ``Cursor.written`` wrote.

    Raises:
        Problem: It is none, or belongs to another question.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Cursor)
        if cursor.question != question or not 0 <= cursor.version < 2**63:
            raise ValueError
        kinds = [TypeAdapter(TYPES[table.schema[by.column]] | None) for by in order]
        after = [kind.validate_python(each) for kind, each in zip(kinds, cursor.after, strict=True)]
    except (ValueError, binascii.Error, msgspec.MsgspecError, ValidationError) as error:
        expected = "the cursor of a page of this very question, in full,"
        raise bad_parameter("cursor", text, expected) from error
    return Cursor(cursor.version, question, after)


def order_of(table: Table, asked: str) -> Order:
    """Read an order, as ``-avg_bpm,user_id``, and complete it by the key, so that no two tie.

    Raises:
        Problem: A column is unknown, cannot be sorted by, or comes twice.
    """
    found: dict[str, By] = {}
    possible = [name for name, kind in table.schema.items() if kind in TYPES]
    for word in asked.split(","):
        name = word.removeprefix("-")
        if name not in possible or name in found:
            expected = f"a list of {', '.join(possible)}, each once, '-' before those descending,"
            raise bad_parameter("sort", asked, expected)
        found[name] = By(name, word.startswith("-"))
    rest = (By(name) for name in table.key if name not in found)
    return (*found.values(), *rest)


def page(
    engine: Engine,
    version: Version,
    columns: Sequence[str],
    conditions: Sequence[Condition],
    order: Order,
    after: Sequence[Any] | None,
    limit: int,
) -> tuple[pa.Table, list[Any] | None]:
    """Read one page.

    Args:
        engine: Answers the question.
        version: What is read.
        columns: The columns wanted.
        conditions: What the rows meet.
        order: The order, which no two rows share a place in.
        after: The place of the last row before the page; None for the first page.
        limit: Rows at most.

    Returns:
        The rows, and the place of the last one where there are more.
    """
    all_conditions = [*conditions, *_beyond(version.table, order, after)]
    names = dict.fromkeys((*columns, *(by.column for by in order)))
    values = {name: v for each in all_conditions for name, v in each.values.items()}

    def ask(some: pa.Table) -> pa.Table:
        held = paths(version, some)
        question = _question(version.table, names, all_conditions, order, held)
        return engine.ask(question, values | {"files": held or None, "rows": limit + 1})

    first = order[0]
    wanted = files.chosen(version.files, all_conditions)
    rows = files.first_rows(ask, wanted, first.column, first.is_descending, limit + 1)
    schema = arrow_schema(version.table)
    found = rows[:limit].select(list(columns)).cast(pa.schema([schema.field(n) for n in columns]))
    is_last = len(rows) <= limit
    return found, None if is_last else [rows[by.column][limit - 1].as_py() for by in order]


def _question(
    table: Table,
    columns: Mapping[str, None],
    conditions: Sequence[Condition],
    order: Order,
    held: Sequence[str],
) -> str:
    listed = ", ".join(f'"{name}"' for name in columns)
    where = " AND ".join(f"({each.sql})" for each in conditions) or "true"
    ways = (f'"{by.column}" {"DESC" if by.is_descending else "ASC"} NULLS LAST' for by in order)
    return (
        f"SELECT {listed} FROM {relation(table, held, 'files')} WHERE {where} "
        f"ORDER BY {', '.join(ways)} LIMIT $rows"
    )


def _beyond(table: Table, order: Order, after: Sequence[Any] | None) -> list[Condition]:
    """The conditions that a row comes after a place: on the whole, and for files by one column."""
    if after is None:
        return []
    values = {f"after_{i}": value for i, value in enumerate(after)}
    ways = []
    for i, by in enumerate(order):
        same = [f'"{order[j].column}" IS NOT DISTINCT FROM $after_{j}' for j in range(i)]
        ways.append(" AND ".join((*same, _later(by, f"$after_{i}"))))
    whole = Condition(" OR ".join(f"({way})" for way in ways), values, order[0].column)
    first, place = order[0], after[0]
    if first.column not in table.key or place is None:
        return [whole]
    sign, end = ("<=", "greatest") if first.is_descending else (">=", "least")
    return [whole, Condition(f'"{first.column}" {sign} $after_0', {}, first.column, **{end: place})]


def _later(by: By, value: str) -> str:
    """The condition that a column's value comes after another; nothing comes after null."""
    sign = "<" if by.is_descending else ">"
    column = f'"{by.column}"'
    return f"{value} IS NOT NULL AND ({column} {sign} {value} OR {column} IS NULL)"
