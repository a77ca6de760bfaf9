"""Copies from a database to landed files: all that is new, whole, and once."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gympulse.io import landing_cursor
from gympulse.io.landing import Landed, is_away, is_database_error, land_new_rows
from gympulse.model.tables import GYM_LOGINS, REGISTERED_USERS

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
OVERLAP = timedelta(minutes=10)
NOW = NOON + timedelta(hours=1)


class Killed(BaseException):
    """What stands for the end of the process."""


@pytest.fixture
def database():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE gym_logins (mac_address, gym, login, logout, updated_at)")
    connection.execute(
        "CREATE TABLE registered_users "
        "(user_id, device_id, mac_address, registration_timestamp, updated_at)"
    )
    yield connection
    connection.close()


@pytest.fixture
def visit(database):
    """Insert a visit, named by its gym, that was changed some minutes after noon."""

    def insert(gym: int, minutes: float, login=1678451529, logout=None) -> None:
        changed = (NOON + timedelta(minutes=minutes)).isoformat(sep=" ")
        row = ("aa:bb:cc:dd:ee:ff", gym, login, logout, changed)
        database.execute("INSERT INTO gym_logins VALUES (?, ?, ?, ?, ?)", row)

    return insert


@pytest.fixture
def copy(database, tmp_path):
    """Copy the visits as at an instant, and give the gyms that were sent."""

    def run(now: datetime = NOW, **kwargs) -> list[int]:
        before = set(_files(tmp_path))
        land_new_rows(database, GYM_LOGINS, str(tmp_path), now, overlap=OVERLAP, **kwargs)
        new = [file for file in _files(tmp_path) if file not in before]
        rows = [line for file in new for line in file.read_text().splitlines()[1:]]
        return sorted(int(row.split(",")[1]) for row in rows)

    return run


@pytest.fixture
def kill_at(copy, monkeypatch):
    """Copy in files of two rows, with a function replaced by one that ends the process."""

    def run(owner: type, name: str, kill) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, kill)
            with pytest.raises(Killed):
                copy(rows_per_file=2)

    return run


def _kill(*_):
    raise Killed


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name[0] not in "._")


def test_a_file_has_the_contracts_header_and_plain_values(database, tmp_path):
    row = (12474, 118440, 'a "quoted", one', 1678451168.5, "2025-06-01T12:00:00Z")
    database.execute("INSERT INTO registered_users VALUES (?, ?, ?, ?, ?)", row)

    land_new_rows(database, REGISTERED_USERS, str(tmp_path / "made"), NOW)

    (file,) = _files(tmp_path / "made")
    assert file.read_bytes() == (
        b"user_id,device_id,mac_address,registration_timestamp\n"
        b'12474,118440,"a ""quoted"", one",1678451168.5\n'
    )
    assert file.name.startswith("registered_users-20250601T120000000000-")


def test_an_open_visit_has_an_empty_logout(visit, copy, tmp_path):
    visit(1, 0)
    visit(2, 1, logout=1678455129)

    copy()

    (file,) = _files(tmp_path)
    assert file.read_bytes() == (
        b"mac_address,gym,login,logout\n"
        b"aa:bb:cc:dd:ee:ff,1,1678451529,\n"
        b"aa:bb:cc:dd:ee:ff,2,1678451529,1678455129\n"
    )


def test_without_rows_there_is_no_file(copy, tmp_path):
    assert copy() == []
    assert _files(tmp_path) == []


def test_each_row_is_sent_once(visit, copy):
    """Also those of the overlap, which are looked at again."""
    visit(1, 0)
    visit(2, 30)
    assert copy() == [1, 2]
    assert copy() == []
    visit(3, 31)
    assert copy() == [3]
    assert copy() == []


@pytest.mark.parametrize(
    ("minutes", "sent"),
    [
        pytest.param(21, [2], id="within the overlap"),
        pytest.param(20, [], id="at its end"),
    ],
)
def test_a_late_commit_is_found(visit, copy, minutes, sent):
    """A transaction may commit after one that took its time later."""
    visit(1, 30)
    copy()
    visit(2, minutes)

    assert copy() == sent


def test_a_changed_row_is_sent_again(visit, copy, database):
    visit(1, 0)
    copy()
    database.execute(
        "UPDATE gym_logins SET logout = 1678455129, updated_at = ?",
        [(NOON + timedelta(minutes=1)).isoformat(sep=" ")],
    )

    assert copy() == [1]


def test_a_row_from_a_clock_ahead_hides_no_others(visit, copy):
    """The cursor goes no further than now, so later rows are not taken for old ones."""
    visit(1, 60 * 24)
    assert copy(NOW) == [1]
    visit(2, 60)
    assert copy(NOW) == [2]
    assert copy(NOW) == []


def test_many_rows_make_several_files(visit, copy, database, tmp_path):
    for gym in range(5):
        visit(gym, gym)

    landed = land_new_rows(database, GYM_LOGINS, str(tmp_path), NOW, rows_per_file=2)

    assert landed == Landed(rows=5, files=3)
    assert [len(file.read_text().splitlines()) - 1 for file in _files(tmp_path)] == [2, 2, 1]
    assert copy() == []


def test_the_cursor_follows_each_file(visit, copy, tmp_path, kill_at):
    """Killed in the second file, a copy begins with that, not with the first."""
    for gym in range(4):
        visit(gym, 20 * gym)
    write = landing_cursor.Cursor.write
    kill_at(landing_cursor.Cursor, "write", lambda *args: (write(*args), _kill()))

    assert [len(_files(tmp_path)), copy(rows_per_file=2)] == [1, [2, 3]]


@pytest.mark.parametrize("later", [False, True], ids=["same rows", "a row came meanwhile"])
def test_killed_before_the_cursor_a_copy_loses_nothing(visit, copy, tmp_path, kill_at, later):
    """The same rows make the same file again; a file with more repeats them, harmlessly."""
    visit(1, 0)
    kill_at(landing_cursor.Cursor, "write", _kill)
    (first,) = _files(tmp_path)
    written = first.stat().st_mtime_ns
    if later:
        visit(2, 1)

    assert copy() == ([1, 2] if later else [])
    assert first.stat().st_mtime_ns == written
    assert len(_files(tmp_path)) == (2 if later else 1)
    assert copy() == []


def test_killed_before_the_rename_a_copy_leaves_no_file(visit, copy, tmp_path, kill_at):
    visit(1, 0)
    kill_at(Path, "replace", _kill)

    assert _files(tmp_path) == []
    assert copy() == [1]


@pytest.mark.parametrize(
    ("error", "of_database", "away"),
    [
        pytest.param(sqlite3.OperationalError(), True, True, id="operational"),
        pytest.param(sqlite3.InterfaceError(), True, True, id="interface"),
        pytest.param(sqlite3.ProgrammingError(), True, False, id="programming"),
        pytest.param(OSError(), False, False, id="of another kind"),
    ],
)
def test_errors_are_known_by_the_names_of_db_api(error, of_database, away):
    assert (is_database_error(error), is_away(error)) == (of_database, away)


def test_a_clock_that_was_put_back_hides_no_rows(visit, copy):
    """The machine's and the database's were ahead by a day, and rows came as they were right."""
    visit(1, 60 * 24)
    assert copy(NOW + timedelta(days=1)) == [1]
    visit(2, 15)
    assert copy(NOW) == [1, 2]
    visit(3, 55)
    assert copy(NOW) == [3]
    assert copy(NOW) == []
