"""The rows that a database has gained, read through whatever DB-API driver there is."""

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gympulse.model.table import Table

_ROWS_PER_FETCH = 10_000
_PLACEHOLDERS = {"qmark": "?", "format": "%s", "pyformat": "%s", "numeric": ":1", "named": ":1"}


@dataclass(frozen=True)
class Dialect:
    """How a kind of database is asked.

    Attributes:
        changed_at: What selects ``updated_at`` such that every driver gives an instant for it.
        since: The instant to compare with, around its placeholder. It is handed over as text,
            which every driver takes.
        separator: Between the date and the time of that text.
        oldest_open: When the oldest transaction began that is open now; None where there is
            no asking.
    """

    changed_at: str = "updated_at"
    since: str = "{}"
    separator: str = " "
    oldest_open: str | None = None


ANY = Dialect()
POSTGRESQL = Dialect(
    # A session of another role shows its transactions to members of pg_read_all_stats alone.
    oldest_open="""SELECT min(began) FROM (
        SELECT xact_start AS began FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_type = 'client backend'
        UNION ALL SELECT prepared FROM pg_prepared_xacts WHERE database = current_database()
    ) AS open""",
)
SQL_SERVER = Dialect(
    # A datetimeoffset, or a datetime2 in UTC; drivers disagree on what the first is in Python.
    changed_at="CAST(SWITCHOFFSET(updated_at, '+00:00') AS datetime2(6))",
    since="CAST({} AS datetimeoffset)",
    separator="T",
)
_OF_DRIVERS = {
    "psycopg": POSTGRESQL,
    "psycopg2": POSTGRESQL,
    "pymssql": SQL_SERVER,
    "pyodbc": SQL_SERVER,
    "mssql_python": SQL_SERVER,
}


def dialect_of(connection: Any) -> Dialect:
    """How the database behind a connection is asked, by the connection's driver."""
    return _OF_DRIVERS.get(_driver(connection).__name__, ANY)


def oldest_open(connection: Any) -> datetime | None:
    """When the oldest transaction began that may yet commit rows; None where nobody knows."""
    question = dialect_of(connection).oldest_open
    if question is None:
        return None
    with closing(connection.cursor()) as asking:
        asking.execute(question)
        (began,) = asking.fetchone()
    return None if began is None else _instant(began)


def changed_rows(
    connection: Any, table: Table, since: datetime | None
) -> Iterator[tuple[datetime, list[Any]]]:
    """Read rows in the order of their change, some at a time.

    Args:
        connection: Of any DB-API driver; it is read in one query and not committed.
        table: The bronze table of the source table's name.
        since: Rows changed later than this, each with when it was changed; None for all.
    """
    statement, values = changed_rows_statement(connection, table, since)
    with closing(_cursor(connection)) as reading:
        reading.execute(statement, values)
        while page := reading.fetchmany(_ROWS_PER_FETCH):
            for *fields, changed_at in page:
                yield _instant(changed_at), fields


def changed_rows_statement(
    connection: Any, table: Table, since: datetime | None
) -> tuple[str, tuple[str, ...]]:
    """The query for rows changed after an instant, or for all, and the values it is given."""
    dialect, changed, values = dialect_of(connection), "", ()
    if since is not None:
        mark = _PLACEHOLDERS[_driver(connection).paramstyle]
        changed = f" WHERE updated_at > {dialect.since.format(mark)}"
        values = (since.isoformat(sep=dialect.separator),)
    columns = ", ".join((*table.types, dialect.changed_at))
    return f"SELECT {columns} FROM {table.short_name}{changed} ORDER BY updated_at", values


def _driver(connection: Any) -> Any:
    return sys.modules[type(connection).__module__.partition(".")[0]]


def _cursor(connection: Any) -> Any:
    if dialect_of(connection) is POSTGRESQL:
        # A named cursor stays on the server; an unnamed one fetches the whole result.
        return connection.cursor(name="gympulse_landing")
    return connection.cursor()


def _instant(value: datetime | str) -> datetime:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
