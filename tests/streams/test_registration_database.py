"""Copies and made profiles, with a real PostgreSQL."""

import csv
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from gympulse.io.landing import land_new_rows
from gympulse.local import postgres
from gympulse.local.platform import postgres_server
from gympulse.local.settings import LocalSettings
from gympulse.local.simulator.people import Address, Profile, ProfileEvent
from gympulse.local.simulator.profiles import ProfileSink, profile_record
from gympulse.model.tables import GYM_LOGINS

# Far less than the transactions below are open, as seen by the rows' own instants.
OVERLAP = timedelta(milliseconds=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSettings]:
    """A server with the registration database."""
    with postgres_server(tmp_path_factory.mktemp("postgres")) as settings:
        yield settings


@pytest.fixture
def database(server: LocalSettings) -> Iterator[LocalSettings]:
    """The registration database, empty."""
    with closing(postgres.connect(server)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE registered_users, gym_logins, user_profile")
        cursor.execute("DROP TABLE IF EXISTS simulator_profiles")
    return server


def visit(cursor, gym: int) -> None:
    """Write a visit, named by its gym."""
    cursor.execute(
        "INSERT INTO gym_logins (mac_address, gym, login) VALUES (%s, %s, %s)",
        ("aa:bb:cc:dd:ee:ff", gym, 1678451529),
    )


def copied(settings: LocalSettings, folder: Path) -> list[int]:
    """Copy the visits as Airflow does; give the gyms that were sent."""
    before = set(folder.glob("[!._]*"))
    told = postgres.database_environment(settings)
    address = {name[2:].lower(): value for name, value in told.items()}
    address["dbname"] = address.pop("database")
    with closing(psycopg.connect(**address)) as connection:
        land_new_rows(connection, GYM_LOGINS, str(folder), datetime.now(UTC), overlap=OVERLAP)
    files = [path for path in folder.glob("[!._]*") if path not in before]
    rows = [row for path in files for row in csv.DictReader(path.open())]
    return sorted(int(row["gym"]) for row in rows)


def test_a_transaction_longer_than_the_overlap_is_not_missed(
    database: LocalSettings, tmp_path: Path
) -> None:
    """It wrote before others that a copy has seen committed, and commits after that copy."""
    with closing(postgres.connect(database)) as long, closing(postgres.connect(database)) as short:
        with long.cursor() as cursor:
            visit(cursor, 1)
        for gym in (2, 3):
            with short, short.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.05)")
                visit(cursor, gym)
            assert copied(database, tmp_path) == [gym]
        long.commit()
        with short, short.cursor() as cursor:
            visit(cursor, 4)
    assert copied(database, tmp_path) == [1, 4]
    assert copied(database, tmp_path) == []


def test_rows_that_are_committed_out_of_order_arrive(
    database: LocalSettings, tmp_path: Path
) -> None:
    """Of several open transactions each is found when it commits, the oldest last."""
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(postgres.connect(database))) for _ in range(4)]
        for gym, client in enumerate(clients):
            with client.cursor() as cursor:
                visit(cursor, gym)
                cursor.execute("SELECT pg_sleep(0.02)")
        for gym, client in reversed(list(enumerate(clients))):
            client.commit()
            assert copied(database, tmp_path) == [gym]
    assert copied(database, tmp_path) == []


def test_a_row_updated_between_two_copies_is_sent_again(
    database: LocalSettings, tmp_path: Path
) -> None:
    """The database itself says that it changed; a deleted row is left alone."""
    with closing(postgres.connect(database)) as client:
        with client, client.cursor() as cursor:
            visit(cursor, 1)
            visit(cursor, 2)
        assert copied(database, tmp_path) == [1, 2]
        with client, client.cursor() as cursor:
            cursor.execute("UPDATE gym_logins SET logout = login + 60 WHERE gym = 1")
            cursor.execute("DELETE FROM gym_logins WHERE gym = 2")
        assert copied(database, tmp_path) == [1]


def event(time: int, city: str | None, update_type: str = "update") -> ProfileEvent:
    """A change of a profile; a delete without a city."""
    address = Address("1 Main Street", city, "MA", "02139")
    profile = Profile(date(1990, 2, 3), "F", "female", "Zoë", "O'Brien", address)
    return ProfileEvent(time, update_type, profile if city else None)


def test_made_profiles_are_applied_once_and_in_order(database: LocalSettings) -> None:
    """Sent again, as after a kill, they change nothing: no transaction would be captured."""
    story = [
        (7, event(10, "Boston", "new")),
        (8, event(10, "Austin", "new")),
        (7, event(20, "Newark")),
        (8, event(30, None, "delete")),
        (7, event(30, "Denver")),
        (9, event(40, "Boston", "new")),
        (9, event(50, None, "delete")),
        (9, event(60, "Chicago", "new")),
    ]
    records = [profile_record(user_id, each) for user_id, each in story]
    expected = [
        (user, date(1990, 2, 3), "F", "female", "Zoë", "O'Brien", "1 Main Street", city, "MA", zip_)
        for user, city, zip_ in ((7, "Denver", "02139"), (9, "Chicago", "02139"))
    ]
    written_by = set()
    with closing(postgres.connect(database)) as client:
        sink = ProfileSink(client)
        for some in (records, records, records[:2], records[5:7]):
            with client:
                sink.write(some)
            with client, client.cursor() as cursor:
                cursor.execute("SELECT * FROM user_profile ORDER BY user_id")
                assert cursor.fetchall() == expected
                cursor.execute("SELECT max(xmin::text::bigint) FROM user_profile")
                written_by.add(cursor.fetchone())
    assert len(written_by) == 1
