"""How each kind of database is asked for what has changed."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import psycopg2.extensions
import pymssql
import pytest
import sqlglot
from sqlglot import expressions as sql

from gympulse.io.landing_source import (
    ANY,
    POSTGRESQL,
    SQL_SERVER,
    changed_rows,
    changed_rows_statement,
    dialect_of,
    oldest_open,
)
from gympulse.local.settings import ROOT
from gympulse.model.silver import PROFILE
from gympulse.model.tables import GYM_LOGINS, REGISTERED_USERS

NOON = datetime(2025, 6, 1, 12, 0, 0, 250, tzinfo=UTC)


def unconnected(class_: type) -> object:
    """A connection of a driver, as far as its class tells."""
    return object.__new__(type("Connection", (), {"__module__": class_.__module__}))


@pytest.mark.parametrize(
    ("class_", "dialect"),
    [
        pytest.param(psycopg.Connection, POSTGRESQL, id="psycopg"),
        pytest.param(psycopg2.extensions.connection, POSTGRESQL, id="psycopg2"),
        pytest.param(pymssql.Connection, SQL_SERVER, id="pymssql"),
        pytest.param(sqlite3.Connection, ANY, id="another"),
    ],
)
def test_a_database_is_known_by_its_driver(class_, dialect):
    assert dialect_of(unconnected(class_)) is dialect


@pytest.mark.parametrize(
    ("class_", "expected"),
    [
        pytest.param(
            psycopg.Connection,
            "SELECT mac_address, gym, login, logout, updated_at FROM gym_logins "
            "WHERE updated_at > %s ORDER BY updated_at",
            id="PostgreSQL",
        ),
        pytest.param(
            sqlite3.Connection,
            "SELECT mac_address, gym, login, logout, updated_at FROM gym_logins "
            "WHERE updated_at > ? ORDER BY updated_at",
            id="another",
        ),
        pytest.param(
            pymssql.Connection,
            "SELECT mac_address, gym, login, logout, "
            "CAST(SWITCHOFFSET(updated_at, '+00:00') AS datetime2(6)) FROM gym_logins "
            "WHERE updated_at > CAST(%s AS datetimeoffset) ORDER BY updated_at",
            id="SQL Server",
        ),
    ],
)
def test_what_is_asked(class_, expected):
    statement, values = changed_rows_statement(unconnected(class_), GYM_LOGINS, NOON)

    separator = "T" if class_ is pymssql.Connection else " "
    assert statement == expected
    assert values == (f"2025-06-01{separator}12:00:00.000250+00:00",)


def test_the_first_copy_asks_for_all():
    found = changed_rows_statement(unconnected(psycopg.Connection), REGISTERED_USERS, None)

    assert found == (
        "SELECT user_id, device_id, mac_address, registration_timestamp, updated_at "
        "FROM registered_users ORDER BY updated_at",
        (),
    )


@pytest.mark.parametrize("since", [None, NOON], ids=["all", "since"])
def test_sql_server_is_asked_in_its_own_words(since):
    """What the driver sends, values in place, is one query of T-SQL on the table's columns."""
    asked = changed_rows_statement(unconnected(pymssql.Connection), GYM_LOGINS, since)
    sent = pymssql._mssql.substitute_params(*asked).decode() if since else asked[0]

    query = sqlglot.parse_one(sent, dialect="tsql")
    assert isinstance(query, sql.Select)
    known = {*GYM_LOGINS.types, "updated_at"}
    assert {column.name for column in query.find_all(sql.Column)} == known
    told = [text.name for text in query.find_all(sql.National)]
    assert told == (["2025-06-01T12:00:00.000250+00:00"] if since else [])
    assert query.args["order"].expressions[0].this.name == "updated_at"


class Answering:
    """A cursor that answers every question with the same rows, some at a time."""

    def __init__(self, rows):
        self.rows = rows

    def execute(self, statement, values=()):
        pass

    def fetchmany(self, count):
        page, self.rows = self.rows[:2], self.rows[2:]
        return page

    def fetchone(self):
        return self.rows[0]

    def close(self):
        pass


def answering(class_: type, rows: list[tuple]) -> object:
    connection = unconnected(class_)
    type(connection).cursor = lambda self, name=None: Answering(rows)
    return connection


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(datetime(2025, 6, 1, 12, 0, 0, 250), id="in UTC"),
        pytest.param(NOON.astimezone(timezone(timedelta(hours=2))), id="in another zone"),
        pytest.param("2025-06-01 14:00:00.000250+02:00", id="as text"),
    ],
)
def test_instants_are_utc_whatever_the_driver_gives(changed):
    rows = [(gym, changed) for gym in range(5)]

    found = list(changed_rows(answering(pymssql.Connection, rows), GYM_LOGINS, None))

    assert found == [(NOON, [gym]) for gym in range(5)]
    assert {instant.tzinfo for instant, _ in found} == {UTC}


@pytest.mark.parametrize(
    ("class_", "told", "expected"),
    [
        pytest.param(psycopg.Connection, NOON, NOON, id="one"),
        pytest.param(psycopg.Connection, None, None, id="none"),
        pytest.param(pymssql.Connection, NOON, None, id="SQL Server is not asked"),
    ],
)
def test_the_oldest_open_transaction(class_, told, expected):
    assert oldest_open(answering(class_, [(told,)])) == expected


def test_the_schema_for_azure_sql_has_the_contracts_columns():
    """What it creates is what is copied from and captured; the rest is beyond a parser."""
    script = (ROOT / "include/connectors/azure_sql.sql").read_text()
    tables = sqlglot.parse(script.partition("\nGO\n")[0], dialect="tsql")
    created = {
        each.this.this.name: [column.name for column in each.find_all(sql.ColumnDef)]
        for each in tables
        if isinstance(each, sql.Create) and each.kind == "TABLE"
    }

    assert created == {
        "registered_users": [*REGISTERED_USERS.types, "updated_at"],
        "gym_logins": [*GYM_LOGINS.types, "updated_at"],
        "user_profile": ["user_id", *PROFILE],
        "debezium_signal": ["id", "type", "data"],
    }
