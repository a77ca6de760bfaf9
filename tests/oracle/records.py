"""What the platform receives, and the settings that decide what follows from it."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

SECOND = 1_000_000
"""All instants of the oracle are whole microseconds since 1970, UTC."""


class Invalid(Exception):
    """The record breaks a rule of section 2, and is quarantined whole."""


@dataclass(frozen=True)
class KafkaRecord:
    """One record as the broker holds it, or a line of an archive.

    Attributes:
        archived: ``file:line`` of the archive it is in; None for one that the broker holds.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    archived: str | None = None

    @property
    def source_id(self) -> str:
        """The name the quarantine gives it."""
        return self.archived or f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True)
class CsvFile:
    """One landed file.

    Attributes:
        folder: ``registered_users`` or ``gym_logins``.
        name: The bare file name, unique in its folder.
        content: All bytes of it.
    """

    folder: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Rules:
    """What operators may configure."""

    time_zone: str = "UTC"
    min_session: int = 60 * SECOND
    max_session: int = 12 * 3600 * SECOND
    resting_heartrate: float = 60.0
    min_abnormal: int = 60 * SECOND
    max_silence: int = 60 * SECOND
    max_jump: float = 40.0
    max_jump_time: int = 10 * SECOND

    @property
    def zone(self) -> ZoneInfo:
        """The business time zone."""
        return ZoneInfo(self.time_zone)


@dataclass
class Received:
    """All records, parsed: what was accepted, and which were not.

    Attributes:
        registrations: (user_id, device_id, mac_address, registration_timestamp).
        logins: (mac_address, gym, login, logout or None).
        readings: (device_id, time, heartrate).
        workouts: (user_id, workout_id, session_id, action, time).
        profile_events: Rows of ``user_profile_events``.
        counts: Records per first silver table, quarantined ones and tombstones included.
        quarantined: (first silver table, source, source_id) of each invalid record.
    """

    registrations: set[tuple] = field(default_factory=set)
    logins: set[tuple] = field(default_factory=set)
    readings: set[tuple] = field(default_factory=set)
    workouts: set[tuple] = field(default_factory=set)
    profile_events: set[tuple] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    quarantined: set[tuple[str, str, str]] = field(default_factory=set)

    def count(self, table: str) -> None:
        """Count one record that feeds the table first."""
        self.counts[table] = self.counts.get(table, 0) + 1
