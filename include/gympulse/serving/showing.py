"""Rows on a terminal: as a grid, or a column a line where the grid would not fit."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.box import SIMPLE
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

# Rich puts so many between columns.
_GAP = 2


def grid(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Grid:
    """Give rows under their columns' names."""
    made = Grid(box=SIMPLE, pad_edge=False, collapse_padding=True)
    for column in columns:
        made.add_column(Text(text(column)))
    for row in rows:
        made.add_row(*(Text(text(value)) for value in row))
    return made


def rows_shown(
    columns: Sequence[str], rows: Sequence[Sequence[object]], width: int
) -> RenderableType:
    """Give rows as a grid, or one after another if they are wider than the terminal."""
    if _width(columns, rows) <= width:
        return grid(columns, rows)
    return Group(*(_record(number, columns, row) for number, row in enumerate(rows, start=1)))


def text(value: object) -> str:
    """Give a value as text, in which nothing commands the terminal; null is nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        # All instants are UTC; the columns' types say so.
        value = value.replace(tzinfo=None).isoformat(" ")
    return "".join(
        each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in str(value)
    )


def _width(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> int:
    lines = [columns, *rows]
    widest = [
        max(cell_len(line) for row in lines for line in (text(row[place]).split("\n") or [""]))
        for place in range(len(columns))
    ]
    return sum(widest) + _GAP * len(columns)


def _record(number: int, columns: Sequence[str], row: Sequence[object]) -> Grid:
    made = Grid(box=None, show_header=False, title=f"row {number}", title_justify="left")
    for name, value in zip(columns, row, strict=True):
        made.add_row(Text(text(name), style="bold"), Text(text(value)))
    return made
