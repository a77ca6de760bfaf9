"""The oracle: every silver and gold table, and the quarantine, from what was received."""

from collections.abc import Iterable
from dataclasses import dataclass

from oracle import abnormal, gold, occupancy, profiles, silver
from oracle.ownership import Ownership
from oracle.received import FILES, KAFKA, receive
from oracle.records import SECOND, CsvFile, KafkaRecord, Received, Rules

SOURCE_OF = {table: "kafka_multiplex" for table, *_ in KAFKA.values()} | {
    table: folder for folder, (table, *_) in FILES.items()
}
"""First silver table, and the bronze table that feeds it."""


@dataclass(frozen=True)
class Expected:
    """What the lake must hold after all jobs have run.

    Attributes:
        tables: Rows by full table name, each a tuple in the order of the table's
            columns: instants as whole microseconds, dates as ``date``, arrays as tuples.
        received: Records per bronze table.
        outcomes: (records read, records quarantined) per first silver table.
        quarantined: (source, source_id) of every open quarantine, sessions included.
        set_aside: (user_id, workout_id, session_id, start_time) of those sessions.
    """

    tables: dict[str, set[tuple]]
    received: dict[str, int]
    outcomes: dict[str, tuple[int, int]]
    quarantined: set[tuple[str, str]]
    set_aside: set[tuple[int, int, int, int]]


def expect(
    records: Iterable[KafkaRecord], files: Iterable[CsvFile], rules: Rules | None = None
) -> Expected:
    """Compute what follows from a set of records, in whatever order they are given."""
    rules = rules or Rules()
    received = receive(records, files)
    tables, set_aside = _tables(received, rules)
    outcomes = {table: _outcome(table, received) for table in SOURCE_OF}
    counts = dict.fromkeys(SOURCE_OF.values(), 0)
    for table, source in SOURCE_OF.items():
        counts[source] += outcomes[table][0]
    quarantined = {(source, source_id) for _, source, source_id in received.quarantined}
    quarantined |= {("completed_workouts", source_id_of(key)) for key in set_aside}
    return Expected(tables, counts, outcomes, quarantined, set_aside)


def source_id_of(session: tuple[int, int, int, int]) -> str:
    """Name a session as the quarantine does: its start in seconds, decimals where it has any."""
    seconds = f"{session[3] // SECOND}.{session[3] % SECOND:06d}".rstrip("0").rstrip(".")
    return "/".join((*map(str, session[:3]), seconds))


def _outcome(table: str, received: Received) -> tuple[int, int]:
    invalid = sum(fed == table for fed, _, _ in received.quarantined)
    return received.counts.get(table, 0), invalid


def _tables(received: Received, rules: Rules) -> tuple[dict[str, set[tuple]], set[tuple]]:
    devices = Ownership((device, since, user) for user, device, _, since in received.registrations)
    macs = Ownership((mac, since, user) for user, _, mac, since in received.registrations)
    timelines = profiles.timelines(received.profile_events)
    visits = silver.gym_logs(received.logins)
    readings = silver.heart_rate(received.readings, rules)
    completed, set_aside = silver.sessions(received.workouts, rules)
    joined = silver.workout_bpm(readings, completed, devices, rules)
    tables = {
        "silver_db.registrations": received.registrations,
        "silver_db.users": silver.users(received.registrations),
        "silver_db.user_profile_events": received.profile_events,
        "silver_db.user_profile": profiles.user_profile(timelines),
        "silver_db.user_profile_history": profiles.user_profile_history(timelines),
        "silver_db.gym_logs": visits,
        "silver_db.heart_rate": readings,
        "silver_db.workouts": received.workouts,
        "silver_db.completed_workouts": completed,
        "silver_db.workout_bpm": joined,
        "gold_db.workout_bpm_summary": gold.workout_bpm_summary(joined, timelines, rules),
        "gold_db.gym_summary": gold.gym_summary(visits, completed, macs, rules),
        "gold_db.gym_occupancy": occupancy.gym_occupancy(visits, completed, macs, rules),
        "gold_db.abnormal_heart_rates": abnormal.abnormal_heart_rates(joined, timelines, rules),
    }
    return tables, set_aside
