"""The registration database with Debezium on its log, and what the database itself says."""

import json
import os
import signal
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from random import Random

from psycopg2.extensions import connection as Connection

from gympulse.local import postgres
from gympulse.local.platform import Platform
from gympulse.model.silver import PROFILE
from oracle.profiles import Timeline
from streams.runs import held, wait_until

KEEPER = "connect-keeper"
# Users from here on only mark how far the log was read.
MARKER = 9_000_000_000
_COLUMNS = ", ".join(PROFILE)
AUDIT = f"""
CREATE TABLE audit (
    seq bigserial PRIMARY KEY, xid xid, user_id bigint, is_delete boolean,
    {", ".join(f"{name} {'date' if name == 'dob' else 'text'}" for name in PROFILE)}
);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.user_id <> NEW.user_id THEN
        INSERT INTO audit (xid, user_id, is_delete)
        VALUES (pg_current_xact_id()::xid, OLD.user_id, true);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO audit (xid, user_id, is_delete, {_COLUMNS})
        VALUES (pg_current_xact_id()::xid, NEW.user_id, false,
            {", ".join(f"NEW.{name}" for name in PROFILE)});
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON user_profile
    FOR EACH ROW EXECUTE FUNCTION audit();
"""
"""A trail that the database keeps of every change, in the order of the changes."""
# As Debezium has it: whole milliseconds.
_TRAIL = f"""SELECT user_id, floor(extract(epoch FROM pg_xact_commit_timestamp(xid)) * 1000),
    is_delete, {_COLUMNS} FROM audit ORDER BY seq"""


@dataclass(frozen=True)
class Capture:
    """PostgreSQL, Kafka and Connect of one folder."""

    platform: Platform

    def connect(self) -> Connection:
        """Open a connection to the registration database."""
        return postgres.connect(self.platform.settings)

    def change(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with closing(self.connect()) as database, database, database.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def query(self, question: str) -> list[tuple]:
        """Ask the registration database."""
        with closing(self.connect()) as database, database.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall()

    def restart_database(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Stop PostgreSQL, and start it again."""
        self.platform.supervisor.stop(self.platform.services["postgres"])
        meanwhile()
        self.platform.start(["postgres"])

    def worker(self) -> int:
        """The process of Connect's worker."""
        return self.platform.supervisor.states()["connect"]["pid"]

    def kill_worker(self) -> None:
        """End Connect's worker with ``kill -9``, and wait until another stands in its place."""
        killed = self.worker()
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: self.worker() not in (0, killed))

    def kill_worker_without_database(self) -> None:
        """Kill it while its database is away: the task fails when another begins with it."""
        self.kill_worker()
        wait_until(
            lambda: "is started again" in "".join(self.platform.supervisor.last_lines(KEEPER))
        )

    def events(self) -> list[dict]:
        """All that the topic holds, but tombstones."""
        records = held(self.platform.settings.kafka_bootstrap_servers, "user_info")
        return [json.loads(record.value) for record in records if record.value]

    def wait_for(self, count: int, is_meant: Callable[[dict], bool]) -> None:
        """Wait until the topic holds a number of events."""
        wait_until(lambda: sum(map(is_meant, self.events())) >= count)

    def mark(self, number: int) -> None:
        """Change something, and wait until Debezium has come that far."""
        self.change(f"INSERT INTO user_profile (user_id) VALUES ({MARKER + number})")
        self.wait_for(1, lambda event: (event["after"] or {}).get("user_id") == MARKER + number)

    def timelines(self) -> dict[int, Timeline]:
        """What the audit trail says held of each user from when on, in microseconds.

        Of the changes that were committed within one millisecond the last counts.
        """
        held: dict[int, dict[int, tuple | None]] = defaultdict(dict)
        for user_id, at, is_delete, *profile in self.query(_TRAIL):
            held[user_id][int(at) * 1000] = None if is_delete else tuple(profile)
        return {user_id: sorted(states.items(), key=_first) for user_id, states in held.items()}


def _first(pair: tuple) -> int:
    return pair[0]


class Changes:
    """Made changes of two clients, each of users of its own, whose transactions interleave."""

    def __init__(self, seed: int, users: int) -> None:
        self._random, self._users, self._next = Random(seed), users, users
        self.made = 0

    def make(self, count: int, clients: Sequence[Connection]) -> None:
        """Let the clients make so many changes; their transactions are over at the end."""
        until = self.made + count
        while self.made < until:
            which = self._random.randrange(len(clients))
            with clients[which].cursor() as cursor:
                self._change(cursor, which)
            fate = self._random.random()
            if fate < 0.3:
                clients[which].commit()
            elif fate < 0.32:
                clients[which].rollback()
        for client in clients:
            client.commit()

    def _change(self, cursor, which: int) -> None:
        user = 2 * self._random.randrange(self._users // 2) + which
        kind = self._random.random()
        if kind < 0.15:
            cursor.execute("DELETE FROM user_profile WHERE user_id = %s", (user,))
        elif kind < 0.2:
            cursor.execute("UPDATE user_profile SET city = city WHERE user_id = %s", (user,))
        elif kind < 0.22:
            self._next += 2
            renumbered = (self._next - self._next % 2 + which, user)
            cursor.execute("UPDATE user_profile SET user_id = %s WHERE user_id = %s", renumbered)
        else:
            cursor.execute(_UPSERT, (user, *self._profile()))
        self.made += cursor.rowcount

    def _profile(self) -> tuple:
        choose = self._random.choice
        return (
            choose(("1988-02-29", "0099-12-31", None)),
            choose(("F", "M", "")),
            choose(("female", None)),
            choose(("Zoë", "O'Brien", '"\\', "\u2028\U0001f3cb")),
            None,
            # Long enough to be kept apart from its row.
            choose(("1 Main Street", "x" * 3000, "".join(map(chr, range(1, 1500))))),
            choose(("Boston", "Austin")),
            "MA",
            choose(("02139", "", None)),
        )


_UPSERT = f"""INSERT INTO user_profile (user_id, {_COLUMNS})
VALUES (%s{", %s" * len(PROFILE)}) ON CONFLICT (user_id) DO UPDATE
SET ({_COLUMNS}) = ROW({", ".join(f"EXCLUDED.{name}" for name in PROFILE)})"""
