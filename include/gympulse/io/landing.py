"""Copy what a database has gained into CSV files of a landing folder.

Rows are known by ``updated_at``. Each copy begins somewhat before the end of the last, since
a transaction may commit after one that took its time later: by a fixed overlap, and where the
database tells what is open, before its oldest transaction, however long that has been open.
Rows that are read again are sent again only where they differ from what was sent.
"""

import csv
import hashlib
import io
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from gympulse.io import files
from gympulse.io.landing_cursor import Cursor, alone, digest
from gympulse.io.landing_source import changed_rows, oldest_open
from gympulse.model.table import Table

log = logging.getLogger(__name__)

# For what a database does not tell: longer than a transaction of the app or a turnstile is open.
OVERLAP = timedelta(minutes=10)
# About 5 MB of text: what a copy holds in memory, and what a kill makes it repeat.
ROWS_PER_FILE = 100_000

Suppresses = Callable[[Mapping[str, str]], bool]


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
        return digest(self.line)


def land_new_rows(
    connection: Any,
    table: Table,
    folder: str,
    now: datetime,
    *,
    overlap: timedelta = OVERLAP,
    rows_per_file: int = ROWS_PER_FILE,
    is_suppressed: Suppresses | None = None,
) -> Landed:
    """Copy the rows changed since the last copy to CSV files; without any, write no file.

    Args:
        connection: Of any DB-API driver; it is read in one query and not committed.
        table: The bronze table that takes the files, and the name of the source's table.
        folder: The landing folder; its ``_cursor.json`` says how far earlier copies came.
        now: A row changed later than this, by a clock ahead, does not move the cursor past it.
        overlap: How long a transaction may have been open that is found without being told of.
        rows_per_file: Most rows of one file; the cursor moves on with each.
        is_suppressed: Says of a row's texts by column whether it stays where it is, though the
            database has it; None where nobody was ever erased.

    Replay: a file appears whole, then the cursor follows. Killed between the two, the next
    copy makes the same file under the same name; only where rows have come meanwhile is
    it another, whose repeated rows change nothing downstream.
    """
    with alone(folder, table.short_name):
        cursor = Cursor.read(folder).by(now)
        # Asked first: what is open now, or begins later, may commit after this copy.
        latest = min(filter(None, (now, oldest_open(connection))))
        changed = changed_rows(connection, table, cursor.since(overlap))
        rows = _unsent(_unsuppressed(changed, table, is_suppressed), cursor)
        landed = Landed()
        while page := list(islice(rows, rows_per_file)):
            _publish(folder, table, page)
            cursor = cursor.moved({row.digest: row.updated_at for row in page}, latest, overlap)
            cursor.write(folder)
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


_Changed = Iterator[tuple[datetime, list[Any]]]


def _unsuppressed(rows: _Changed, table: Table, is_suppressed: Suppresses | None) -> _Changed:
    for changed_at, fields in rows:
        texts = dict(zip(table.types, map(_text, fields), strict=True))
        if is_suppressed is None or not is_suppressed(texts):
            yield changed_at, fields


def _unsent(rows: _Changed, cursor: Cursor) -> Iterator[_Row]:
    read = (_Row(_csv_line(map(_text, fields)), changed_at) for changed_at, fields in rows)
    return (row for row in read if row.digest not in cursor.sent)


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


def _publish(folder: str, table: Table, rows: Sequence[_Row]) -> None:
    """Write a file of rows, named by what is in it.

    Replay: the same rows give the same name, and a file that is there stays untouched.
    """
    content = _csv_line(table.types) + b"".join(row.line for row in rows)
    digest = hashlib.blake2b(content, digest_size=6).hexdigest()
    name = f"{table.short_name}-{rows[-1].updated_at:%Y%m%dT%H%M%S%f}-{digest}.csv"
    if not files.exists(f"{folder}/{name}"):
        files.write(f"{folder}/{name}", content)
    log.info("%s: %d rows in %s", table.short_name, len(rows), name)
