"""Copy what a database has gained into CSV files of a landing folder.

Rows are known by ``updated_at``. Each copy begins somewhat before the end of the last,
since a transaction may commit after one that took its time later; rows of that overlap
are sent again only where they differ from what was sent.
"""

import csv
import hashlib
import io
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from gympulse.errors import BadSettings
from gympulse.io.landing_cursor import Cursor, alone, write_whole
from gympulse.model.table import Table

log = logging.getLogger(__name__)

# Longer than any transaction of the app or a turnstile stays open.
OVERLAP = timedelta(minutes=10)
# About 5 MB of text: what a copy holds in memory, and what a kill makes it repeat.
ROWS_PER_FILE = 100_000
_ROWS_PER_FETCH = 10_000
_PLACEHOLDERS = {"qmark": "?", "format": "%s", "pyformat": "%s", "numeric": ":1", "named": ":1"}


@dataclass(frozen=True)
class Landed:
    """What a copy brought: how many rows, in how many files."""

    rows: int = 0
    files: int = 0


@dataclass(frozen=True)
class _Row:
    """One row of the source: its line of CSV, and when it was last changed."""

    line: bytes
    updated_at: datetime

    @property
    def digest(self) -> str:
        return hashlib.blake2b(self.line, digest_size=16).hexdigest()


def land_new_rows(
    connection: Any,
    table: Table,
    folder: str,
    now: datetime,
    *,
    overlap: timedelta = OVERLAP,
    rows_per_file: int = ROWS_PER_FILE,
) -> Landed:
    """Copy the rows changed since the last copy to CSV files; without any, write no file.

    Args:
        connection: Of any DB-API driver; it is read in one query and not committed.
        table: The bronze table that takes the files, and the name of the source's table.
        folder: The landing folder; its ``_cursor.json`` says how far earlier copies came.
        now: A row changed later than this, by a clock ahead, does not move the cursor past it.
        overlap: How long a transaction may have been open that is still found.
        rows_per_file: Most rows of one file; the cursor moves on with each.

    Replay: a file appears whole, then the cursor follows. Killed between the two, the next
    copy makes the same file under the same name; only where rows have come meanwhile is
    it another, whose repeated rows change nothing downstream.
    """
    if "://" in folder:
        raise BadSettings([f"The landing folder is {folder}; a local path is needed to copy to."])
    landing = Path(folder)
    landing.mkdir(parents=True, exist_ok=True)
    with alone(landing, table.short_name):
        cursor = Cursor.read(landing)
        rows = _unsent(_rows(connection, table, cursor.since(overlap)), cursor)
        landed = Landed()
        while page := list(islice(rows, rows_per_file)):
            _publish(landing, table, page)
            cursor = cursor.moved({row.digest: row.updated_at for row in page}, now, overlap)
            cursor.write(landing)
            landed = Landed(landed.rows + len(page), landed.files + 1)
        return landed


def is_database_error(error: BaseException) -> bool:
    """Tell whether an exception is a driver's, by the names that DB-API gives its classes."""
    return _is_a(error, "DatabaseError", "InterfaceError")


def is_away(error: BaseException) -> bool:
    """Tell whether a driver's exception means that the database could not be talked to."""
    return _is_a(error, "OperationalError", "InterfaceError")


def _is_a(error: BaseException, *names: str) -> bool:
    return any(class_.__name__ in names for class_ in type(error).__mro__)


def _unsent(rows: Iterator[_Row], cursor: Cursor) -> Iterator[_Row]:
    return (row for row in rows if row.digest not in cursor.sent)


def _rows(connection: Any, table: Table, since: datetime | None) -> Iterator[_Row]:
    """Read rows in the order of their change, some at a time."""
    columns = ", ".join((*table.types, "updated_at"))
    changed = "" if since is None else f" WHERE updated_at > {_placeholder(connection)}"
    # Text, since every driver takes it and every database reads it as its own type.
    values = [] if since is None else [since.isoformat(sep=" ")]
    with closing(_cursor(connection)) as reading:
        reading.execute(
            f"SELECT {columns} FROM {table.short_name}{changed} ORDER BY updated_at", values
        )
        while page := reading.fetchmany(_ROWS_PER_FETCH):
            for *fields, updated_at in page:
                yield _Row(_csv_line(map(_text, fields)), _instant(updated_at))


def _driver(connection: Any) -> Any:
    return sys.modules[type(connection).__module__.partition(".")[0]]


def _placeholder(connection: Any) -> str:
    return _PLACEHOLDERS[_driver(connection).paramstyle]


def _cursor(connection: Any) -> Any:
    if _driver(connection).__name__.startswith("psycopg"):
        # A named cursor stays on the server; an unnamed one fetches the whole result.
        return connection.cursor(name="gympulse_landing")
    return connection.cursor()


def _instant(value: datetime | str) -> datetime:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _text(value: Any) -> str:
    """Write a value as bronze's files have it: null as nothing, numbers without exponents.

    >>> [_text(value) for value in (None, 118440, Decimal("1E+3"), 1678451168.5, "a")]
    ['', '118440', '1000', '1678451168.5', 'a']
    """
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _csv_line(values: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue().encode()


def _publish(landing: Path, table: Table, rows: Sequence[_Row]) -> None:
    """Write a file of rows, named by what is in it.

    Replay: the same rows give the same name, and a file that is there stays untouched.
    """
    content = _csv_line(table.types) + b"".join(row.line for row in rows)
    digest = hashlib.blake2b(content, digest_size=6).hexdigest()
    name = f"{table.short_name}-{rows[-1].updated_at:%Y%m%dT%H%M%S%f}-{digest}.csv"
    if not (landing / name).exists():
        write_whole(landing / name, content)
    log.info("%s: %d rows in %s", table.short_name, len(rows), name)
