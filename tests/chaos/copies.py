"""Copies from a registration database, on one machine with it, whose clock jumps by days."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from gympulse.io.landing import land_new_rows
from gympulse.io.landing_cursor import Cursor
from gympulse.model.tables import GYM_LOGINS

_BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
_JUMPS = (timedelta(days=3), timedelta(days=-3), timedelta(days=-1), timedelta(hours=20))


class Copies:
    """A database, and the folder that its rows are copied to.

    Args:
        folder: Where rows land.
        random: What draws when rows come and how the clock jumps.
        hours: For how many hours.
    """

    def __init__(self, folder: Path, random: Random, hours: int) -> None:
        self._folder, self._drawn = folder, random.random()
        self._hours, self._made = hours, 0

    def look(self) -> str:
        """Copy hour by hour, and see that every row lands.

        Raises:
            AssertionError: Rows have not landed.
        """
        self._made += 1
        folder = self._folder / str(self._made)
        sent = set(self._copied(folder))
        lines = {
            line
            for file in folder.glob("gym_logins-*.csv")
            for line in file.read_text().splitlines()[1:]
        }
        missing = sent - {int(line.split(",")[1]) for line in lines}
        assert not missing, f"{len(missing)} of {len(sent)} rows have not landed"
        return f"{len(sent)} rows have landed, over {self._hours} hours and as many jumps"

    @contextmanager
    def trusting(self) -> Iterator[None]:
        """Let copies go by their cursor, whatever the clock says."""
        kept, Cursor.by = Cursor.by, lambda cursor, now: cursor
        try:
            yield
        finally:
            Cursor.by = kept

    def _copied(self, folder: Path) -> Iterator[int]:
        """Let rows come, jump and copy; gives the gyms that tell the rows apart."""
        random, ahead, gym = Random(self._drawn), timedelta(), 0
        with closing(sqlite3.connect(":memory:")) as database:
            database.execute(
                "CREATE TABLE gym_logins (mac_address, gym, login, logout, updated_at)"
            )
            for hour in range(self._hours):
                now = _BEGIN + timedelta(hours=hour)
                ahead = random.choice([jump for jump in _JUMPS if jump != ahead])
                for minute in sorted(random.sample(range(60), 3)):
                    at = now + ahead + timedelta(minutes=minute)
                    row = ("aa:00:00:00:00:01", gym, 1, 2, at.isoformat(sep=" "))
                    database.execute("INSERT INTO gym_logins VALUES (?, ?, ?, ?, ?)", row)
                    yield gym
                    gym += 1
                done = now + ahead + timedelta(hours=1)
                land_new_rows(database, GYM_LOGINS, str(folder), done)
