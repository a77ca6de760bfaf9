"""Where records go: Kafka's topics and the registration database."""

from collections.abc import Iterable, Sequence

import psycopg2
from confluent_kafka import KafkaException, Producer
from psycopg2.extras import execute_values

from gympulse.local.errors import LocalProblem
from gympulse.local.simulator.events import (
    BPM,
    COLUMNS,
    LOGINS,
    REGISTERED,
    WORKOUT,
    Record,
)
from gympulse.local.simulator.profiles import PROFILES, ProfileSink

TOPICS = (BPM, WORKOUT)

_PRODUCER = {
    "acks": "all",
    "compression.type": "lz4",
    # Large requests: at full speed a batch is full long before it has lingered.
    "linger.ms": 50,
    "batch.size": 1_000_000,
    "batch.num.messages": 20_000,
    "queue.buffering.max.messages": 500_000,
    # A key lands where Java's clients would put it.
    "partitioner": "murmur2_random",
    "message.timeout.ms": 60_000,
    # A callback per delivered message would cost more than sending it.
    "delivery.report.only.error": True,
    # The library would write every refused connection to standard error.
    "log_level": 0,
}
_MOST_QUEUED = 300_000
_AT_ONCE = 10_000

_INSERT = {
    REGISTERED: "ON CONFLICT DO NOTHING",
    # An open visit is closed; a row about an open one changes nothing.
    LOGINS: """ON CONFLICT (mac_address, gym, login) DO UPDATE
        SET logout = EXCLUDED.logout, updated_at = clock_timestamp()
        WHERE EXCLUDED.logout IS NOT NULL
          AND gym_logins.logout IS DISTINCT FROM EXCLUDED.logout""",
}
_PROGRESS = """CREATE TABLE IF NOT EXISTS simulator_progress (
    plan text PRIMARY KEY,
    history_end bigint NOT NULL,
    sent_through bigint NOT NULL
)"""


class KafkaSink:
    """A producer; records count as sent once ``flush`` has returned."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.address = bootstrap_servers
        self._producer = Producer(_PRODUCER | {"bootstrap.servers": bootstrap_servers})
        self._failures: list[str] = []
        try:
            known = self._producer.list_topics(timeout=5).topics
        except KafkaException as error:
            raise LocalProblem(
                f"Kafka at {self.address} does not answer ({error.args[0].str()}). "
                "Start it or correct the address; nothing was sent."
            ) from error
        missing = [topic for topic in TOPICS if topic not in known]
        if missing:
            raise LocalProblem(
                f"Kafka at {self.address} has no topic {', '.join(missing)}; "
                "create what is missing, then start the simulator again."
            )

    def send(self, topic: str, records: Sequence[Record]) -> None:
        """Hand records to the producer, in order; waits where the broker is slower.

        Replay: records sent again are duplicates, which the platform tells apart.
        """
        for begin in range(0, len(records), _AT_ONCE):
            chunk = records[begin : begin + _AT_ONCE]
            messages = [{"key": key, "value": value} for _, key, value in chunk]
            while len(self._producer) > _MOST_QUEUED:
                self._producer.poll(0.02)
            queued = self._producer.produce_batch(topic, messages, on_delivery=self._report)
            if queued < len(messages):
                raise LocalProblem(f"Kafka's producer took {queued} of {len(messages)} records.")
            self._producer.poll(0)

    def flush(self) -> None:
        """Wait until the broker has everything.

        Raises:
            LocalProblem: It does not.
        """
        left = self._producer.flush(65)
        if left or self._failures:
            why = self._failures[0] if self._failures else "no answer"
            raise LocalProblem(
                f"Kafka at {self.address} lacks {left + len(self._failures)} records ({why}). "
                "Start it, then start the simulator again: it sends again from its last mark."
            )

    def _report(self, error, message) -> None:
        self._failures.append(error.str())


class RegistrationSink:
    """The registration database, with the simulator's mark of how far it has come."""

    def __init__(self, connection) -> None:
        self._connection = connection
        self._profiles = ProfileSink(connection)
        with connection, connection.cursor() as cursor:
            cursor.execute(_PROGRESS)

    def write(self, table: str, records: Iterable[Record]) -> None:
        """Write rows of one table; ``commit`` makes them last.

        Replay: rows written again change nothing.
        """
        if table == PROFILES:
            self._profiles.write(records)
            return
        columns = ", ".join(COLUMNS[table])
        statement = f"INSERT INTO {table} ({columns}) VALUES %s {_INSERT[table]}"
        rows = _one_per_key(table, [value for _, _, value in records])
        with self._connection.cursor() as cursor:
            execute_values(cursor, statement, rows, page_size=1000)

    def mark(self, plan: str, history_end: int, sent_through: int) -> None:
        """Note how far a plan has come (epoch seconds); a mark never goes back."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO simulator_progress VALUES (%s, %s, %s)
                ON CONFLICT (plan) DO UPDATE SET history_end = EXCLUDED.history_end,
                    sent_through = EXCLUDED.sent_through
                WHERE EXCLUDED.sent_through >= simulator_progress.sent_through""",
                (plan, history_end, sent_through),
            )

    def progress(self, plan: str) -> tuple[int, int] | None:
        """Give where a plan's history ended and what it was sent through, if it began."""
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT history_end, sent_through FROM simulator_progress WHERE plan = %s", (plan,)
            )
            return cursor.fetchone()

    def commit(self) -> None:
        """Make what was written last."""
        self._connection.commit()


class Sinks:
    """Both places together."""

    def __init__(self, kafka: KafkaSink, registrations: RegistrationSink) -> None:
        self._kafka, self._registrations = kafka, registrations
        self.progress = registrations.progress

    def write(self, records: Iterable[Record]) -> None:
        """Send records to where they belong, each place's in order.

        Replay: as ``KafkaSink.send`` and ``RegistrationSink.write``.
        """
        by_target: dict[str, list[Record]] = {}
        for record in records:
            by_target.setdefault(record[0], []).append(record)
        for target, its in by_target.items():
            if target in TOPICS:
                self._kafka.send(target, its)
            else:
                self._registrations.write(target, its)
        self._registrations.commit()

    def settle(self, plan: str, history_end: int, sent_through: int) -> None:
        """Wait until all is written, then note how far it came."""
        self._kafka.flush()
        self._registrations.mark(plan, history_end, sent_through)
        self._registrations.commit()


def open_sinks(bootstrap_servers: str, registration_dsn: str) -> Sinks:
    """Open both places.

    Args:
        bootstrap_servers: Where Kafka's clients begin.
        registration_dsn: What psycopg2 connects to; what it leaves out, PG* variables say.

    Raises:
        LocalProblem: One of them does not answer.
    """
    kafka = KafkaSink(bootstrap_servers)
    try:
        connection = psycopg2.connect(registration_dsn, connect_timeout=5)
    except psycopg2.Error as error:
        raise LocalProblem(
            f"The registration database does not answer ({str(error).strip()}). "
            "Start it, or correct GYMPULSE_REGISTRATION_DSN or the PG* variables."
        ) from error
    return Sinks(kafka, RegistrationSink(connection))


def _one_per_key(table: str, rows: list[tuple]) -> list[tuple]:
    """Keep one row per visit, as one statement demands: the last that closes it, if any."""
    if table != LOGINS:
        return rows
    kept: dict[tuple, tuple] = {}
    for row in rows:
        if row[3] is not None or row[:3] not in kept:
            kept[row[:3]] = row
    return list(kept.values())
