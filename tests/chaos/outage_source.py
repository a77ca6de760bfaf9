"""What a platform whose processes die was given, by all the ways that it takes records in."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

from chaos.airflow_hours import patiently
from e2e.sources import insert, kafka_holds, landed
from gympulse.local import postgres
from gympulse.local.settings import LocalSettings
from oracle.histories import PlacedBatch, records_and_files
from oracle.records import KafkaRecord
from streams.runs import broker_at, wait_until

# Epoch seconds.
_BEGIN = 1_678_521_600
# Connect is back by then, and has sent what it had not.
_PATIENCE_SECONDS = 300
_CHANGE = "INSERT INTO user_profile (user_id, city) VALUES (%s, %s) ON CONFLICT DO NOTHING"


class OutageSource:
    """Kafka and the registration database, and what came by them.

    Args:
        settings: The platform's.
    """

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._sent: list[KafkaRecord] = []
        self._cities: list[str] = []
        self._hours = 0

    def send(self, batch: PlacedBatch) -> None:
        """Let an hour's records come to Kafka, a registration and a profile to the database.

        Its files do not land: Airflow's copies of the database do.
        """
        records, _ = records_and_files([batch])
        broker_at(self._settings.kafka_bootstrap_servers).send(records)
        self._sent += records
        self._register(self._hours)
        self._change(f"city of hour {self._hours}")
        self._hours += 1

    def wait_for_profiles(self) -> None:
        """Wait until Connect has sent the newest change, and so all before it."""
        newest = self._cities[-1:]
        wait_until(
            lambda: not self._missing(newest, kafka_holds(self._settings)), _PATIENCE_SECONDS
        )

    def is_kept(self, received: Sequence[KafkaRecord]) -> str:
        """Kafka has all that it took."""
        lost = _values(self._sent) - _values(received)
        assert not lost, f"{lost.total()} records that Kafka had taken are gone"
        return f"{len(self._sent):,} records that Kafka had taken are in it"

    def is_copied(self) -> str:
        """All registrations that the database has have landed."""
        lines = b"".join(file.content for file in landed(self._settings)).decode()
        members = self._members()
        missing = [mac for mac in members if mac not in lines]
        assert not missing, f"{missing} of the registration database have not landed"
        return f"{len(members)} registrations have landed"

    def is_told(self, received: Sequence[KafkaRecord]) -> str:
        """Connect has sent each change of a profile."""
        missing = self._missing(self._cities, received)
        assert not missing, f"Connect has not sent {', '.join(missing)}"
        return f"{len(self._cities)} changes of profiles are in Kafka"

    @contextmanager
    def one_more_sent(self) -> Iterator[None]:
        """A record that Kafka took is not in it."""
        self._sent.append(KafkaRecord("bpm", 0, -1, None, b"never sent"))
        try:
            yield
        finally:
            self._sent.pop()

    @contextmanager
    def one_more_member(self) -> Iterator[None]:
        """A registration comes after the last copy."""
        self._register(self._hours)
        yield

    @contextmanager
    def one_more_change(self) -> Iterator[None]:
        """A change comes after all was read."""
        self._change("city of nobody")
        try:
            yield
        finally:
            self._cities.pop()

    def _register(self, number: int) -> None:
        member = (700 + number, 7700 + number, f"aa:bb:cc:dd:{number:02x}:77", _BEGIN + number)
        patiently(insert, self._settings, "registered_users", [member])

    def _change(self, city: str) -> None:
        patiently(partial(self._commit, 700 + len(self._cities), city))
        self._cities.append(city)

    def _commit(self, user_id: int, city: str) -> None:
        with closing(postgres.connect(self._settings)) as database, database:
            database.cursor().execute(_CHANGE, (user_id, city))

    def _members(self) -> list[str]:
        """The phones that the registration database has."""
        with closing(postgres.connect(self._settings)) as database, database.cursor() as cursor:
            cursor.execute("SELECT mac_address FROM registered_users")
            return [mac for (mac,) in cursor.fetchall()]

    def _missing(self, cities: Sequence[str], received: Sequence[KafkaRecord]) -> list[str]:
        values = [record.value or b"" for record in received if record.topic == "user_info"]
        return [city for city in cities if not any(json.dumps(city).encode() in v for v in values)]


def _values(records: Sequence[KafkaRecord]) -> Counter[tuple]:
    return Counter((record.topic, record.key, record.value) for record in records)
