"""Sort all that was received into accepted rows and quarantined records."""

from collections.abc import Iterable

from oracle import csv_lines, payloads
from oracle.records import CsvFile, Invalid, KafkaRecord, Received

KAFKA = {
    "bpm": ("heart_rate", payloads.reading, "readings"),
    "workout": ("workouts", payloads.workout, "workouts"),
    "user_info": ("user_profile_events", payloads.profile_event, "profile_events"),
}
FILES = {
    "registered_users": ("registrations", csv_lines.registration, "registrations"),
    "gym_logins": ("gym_logs", csv_lines.login, "logins"),
}


def receive(records: Iterable[KafkaRecord], files: Iterable[CsvFile]) -> Received:
    """Parse every record once, however often it is given."""
    received = Received()
    for record in {r.source_id: r for r in records}.values():
        _receive_record(record, received)
    for file in {(f.folder, f.name): f for f in files}.values():
        if not file.name.startswith((".", "_")):
            _receive_file(file, received)
    return received


def _receive_record(record: KafkaRecord, received: Received) -> None:
    table, parse, kept_in = KAFKA[record.topic]
    received.count(table)
    if record.value is None:
        return
    try:
        getattr(received, kept_in).add(parse(payloads.document(record.value)))
    except Invalid:
        received.quarantined.add((table, "kafka_multiplex", record.source_id))


def _receive_file(file: CsvFile, received: Received) -> None:
    table, parse, kept_in = FILES[file.folder]
    header = None
    for number, line in csv_lines.numbered_lines(file.content):
        if header is None:
            header = line
            continue
        received.count(table)
        try:
            getattr(received, kept_in).add(parse(csv_lines.by_name(header, line)))
        except Invalid:
            received.quarantined.add((table, file.folder, f"{file.name}:{number}"))
