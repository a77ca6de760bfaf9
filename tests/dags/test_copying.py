"""The copying tasks say in a sentence what went wrong, and let pass what they cannot name."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException

from gympulse.io import schema, suppressions
from gympulse.io.suppressions import Suppression
from gympulse.lake import Lake
from gympulse.model.tables import OPS
from gympulse.transforms.mentions import PHONE, USER, Mention
from gympulse_airflow.copying import CopyOperator


def copy_gym_logins(lake: Path, overlap_minutes: str) -> None:
    told = {"lake": str(lake), "env": "dev", "overlap_minutes": overlap_minutes}
    CopyOperator(task_id="copy", table="gym_logins", **told).execute({})


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Copy ``gym_logins`` from a database that connects as the given function does."""

    def copy_with(connect) -> None:
        address = SimpleNamespace(host="db", port=5432, password="hidden")
        monkeypatch.setattr(BaseHook, "get_hook", lambda _: SimpleNamespace(get_conn=connect))
        monkeypatch.setattr(BaseHook, "get_connection", lambda _: address)
        copy_gym_logins(tmp_path, "")

    return copy_with


def fail(error: Exception):
    def connect():
        raise error

    return connect


def test_a_copy_lands_in_the_lakes_landing_folder(copy, tmp_path):
    def connect():
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE gym_logins (mac_address, gym, login, logout, updated_at)")
        row = ("aa:bb:cc:dd:ee:ff", 1, 1678451529, None, "2025-06-01 10:00:00+00:00")
        connection.execute("INSERT INTO gym_logins VALUES (?, ?, ?, ?, ?)", row)
        return connection

    copy(connect)

    (landed,) = (tmp_path / "sbit-unmanaged-dev/data_zone/gym_logins").glob("[!._]*")
    assert landed.read_text() == ("mac_address,gym,login,logout\naa:bb:cc:dd:ee:ff,1,1678451529,\n")


def test_a_copy_passes_over_members_who_were_erased(copy, tmp_path):
    """Their rows are still in the database; the others' are copied."""
    lake, phone = Lake(str(tmp_path)), Mention(PHONE, "aa:bb:cc:dd:ee:ff")
    schema.create(lake, OPS)
    at, key = datetime(2025, 6, 1, tzinfo=UTC), suppressions.make_key(lake, None)
    suppressions.add(lake, key, [Suppression(phone, None, 1_678_451_530_000_000)], "one", at)

    def connect():
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE gym_logins (mac_address, gym, login, logout, updated_at)")
        for gym, login in ((1, 1678451529), (2, 1678451530)):
            row = ("AA:BB:CC:DD:EE:FF", gym, login, None, "2025-06-01 10:00:00+00:00")
            connection.execute("INSERT INTO gym_logins VALUES (?, ?, ?, ?, ?)", row)
        return connection

    copy(connect)

    (landed,) = (tmp_path / "sbit-unmanaged-dev/data_zone/gym_logins").glob("[!._]*")
    assert landed.read_text() == ("mac_address,gym,login,logout\nAA:BB:CC:DD:EE:FF,2,1678451530,\n")


def test_a_copy_without_the_key_is_none(copy, tmp_path):
    lake = Lake(str(tmp_path))
    schema.create(lake, OPS)
    at, member = datetime(2025, 6, 1, tzinfo=UTC), Suppression(Mention(USER, "1"))
    suppressions.add(lake, b"a key of another", [member], "one", at)

    with pytest.raises(AirflowException, match="The key of the suppression list is missing"):
        copy(fail(AssertionError("nobody asks the database")))


def test_a_database_that_is_away_is_said_with_its_address(copy):
    away = psycopg.OperationalError("\nconnection refused\n\tIs the server running?\n")

    with pytest.raises(AirflowException) as failure:
        copy(fail(away))

    assert str(failure.value) == (
        "The registration database (connection registration_db) at db:5432 does not answer "
        "(connection refused). Start it or correct the address; "
        "the next run takes all that has gathered meanwhile.\n"
        "More in README.md, When something breaks: Kafka or a database does not answer."
    )
    assert failure.value.__suppress_context__


def test_a_missing_table_is_said_as_such(copy):
    missing = psycopg.errors.UndefinedTable('relation "gym_logins" does not exist\nLINE 1: ...')

    with pytest.raises(AirflowException) as failure:
        copy(fail(missing))

    assert str(failure.value).startswith(
        "The registration database (connection registration_db) refused the copy of gym_logins: "
        'relation "gym_logins" does not exist. '
    )


def test_sql_server_is_reached_by_its_own_provider(tmp_path, monkeypatch):
    """The connection alone says which database it is; nothing listens at this one."""
    address = "mssql://reader:hidden@127.0.0.1:1/registration?login_timeout=1"
    monkeypatch.setenv("AIRFLOW_CONN_REGISTRATION_DB", address)

    with pytest.raises(AirflowException) as failure:
        copy_gym_logins(tmp_path, "")

    assert str(failure.value).startswith(
        "The registration database (connection registration_db) at 127.0.0.1:1 does not answer ("
    )
    assert "hidden" not in str(failure.value)


@pytest.mark.parametrize("told", ["soon", "0", "nan", "-1"])
def test_an_overlap_that_is_none_is_said(tmp_path, told):
    with pytest.raises(AirflowException) as failure:
        copy_gym_logins(tmp_path, told)

    assert str(failure.value) == (
        f"The variable gympulse_copy_overlap_minutes is '{told}'; minutes such as 10 are needed.\n"
        "More in README.md, When something breaks: A setting or a form is refused."
    )


def test_an_error_of_ours_keeps_its_stack_trace(copy):
    with pytest.raises(ZeroDivisionError):
        copy(fail(ZeroDivisionError()))
