"""Statements put to a lake, and the rows that they should give."""

from io import StringIO

from deltalake import DeltaTable
from rich.console import Console

from gympulse.lake import Lake
from gympulse.model import tables
from gympulse.serving.lake_sql import LakeSql
from gympulse.serving.shell import Shell

OCCUPANCY = tables.GYM_OCCUPANCY
WIDE = 10_000


def rows(source: LakeSql, statement: str) -> list[tuple]:
    """All rows of an answer, in any order."""
    with source.ask(statement) as answer:
        return sorted(answer.fetchall(), key=str)


def held(lake: Lake, name: str, version: int | None = None) -> list[tuple]:
    """The rows of a version as delta-rs gives them, in the same order."""
    told = DeltaTable(lake.path(tables.TABLES[name]), version=version).to_pyarrow_table()
    return sorted((tuple(row.values()) for row in told.to_pylist()), key=str)


def count(lake: Lake, version: int | None = None) -> int:
    """How many hours a version holds."""
    return len(held(lake, OCCUPANCY.name, version))


def said(lake: Lake, text: str, width: int = WIDE) -> tuple[bool, str]:
    """What the shell prints for a text, and whether all went well."""
    told = StringIO()
    is_well = Shell(LakeSql(lake), Console(file=told, width=width, highlight=False)).run(text)
    return is_well, told.getvalue()
