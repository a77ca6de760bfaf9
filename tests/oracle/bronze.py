"""Hold bronze against the bytes that were received, one row for each record."""

import base64
from collections.abc import Iterable
from hashlib import blake2b

from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX
from oracle.compare import difference, read_rows
from oracle.csv_lines import by_name, numbered_lines
from oracle.landing import COLUMNS
from oracle.records import CsvFile, Invalid, KafkaRecord


def assert_bronze_equals(
    records: Iterable[KafkaRecord], files: Iterable[CsvFile], lake: Lake
) -> None:
    """Compare what bronze holds with what was received, byte for byte.

    Args:
        records: All that the broker was sent.
        files: All that landed, hidden ones too.
        lake: The lake, after its bronze job has run.

    Raises:
        AssertionError: Lists for each table that differs its first missing and extra rows.
    """
    problems = [difference(KAFKA_MULTIPLEX.name, map(_sent, records), _held_records(lake))]
    files = [file for file in files if not file.name.startswith((".", "_"))]
    for folder in COLUMNS:
        landed = [row for file in files if file.folder == folder for row in _landed(file)]
        problems.append(difference(f"bronze_db.{folder}", landed, _held_lines(lake, folder)))
    found = "\n".join(problem for problem in problems if problem)
    if found:
        raise AssertionError(f"the bronze of {lake.root} is not what was received\n{found}")


def _sent(record: KafkaRecord) -> tuple:
    place = (record.topic, record.partition, record.offset)
    return (*place, _as_text(record.key), _short(record.value))


def _held_records(lake: Lake) -> list[tuple]:
    columns = ("topic", "partition", "offset", "key", "value", "encoding")
    rows = read_rows(lake, KAFKA_MULTIPLEX.name, columns)
    return [(*place, _short(_as_bytes(value, encoding))) for *place, value, encoding in rows]


def _landed(file: CsvFile) -> list[tuple]:
    """Return (file, line, raw line, the header's columns), one of the last two as None."""
    (_, header), *lines = list(numbered_lines(file.content)) or [(0, b"")]
    return [(file.name, number, *_read(header, line, file.folder)) for number, line in lines]


def _read(header: bytes, line: bytes, folder: str) -> tuple:
    columns = COLUMNS[folder].split(",")
    try:
        found = by_name(header, line)
        return (None, *(_short(found[name].encode()) for name in columns))
    except (Invalid, KeyError):
        return (_short(line), *(None for _ in columns))


def _held_lines(lake: Lake, folder: str) -> list[tuple]:
    columns = COLUMNS[folder].split(",")
    wanted = ("source_file", "line", "encoding", "raw_line", *columns)
    return [
        (file, line, _short(_as_bytes(raw, encoding)), *(_short(_as_bytes(v)) for v in values))
        for file, line, encoding, raw, *values in read_rows(lake, f"bronze_db.{folder}", wanted)
    ]


def _as_text(key: bytes | None) -> str | None:
    """Write a key as bronze does: as text where it is UTF-8, else in base64."""
    try:
        return None if key is None else key.decode()
    except UnicodeDecodeError:
        return base64.b64encode(key).decode()


def _as_bytes(value: str | None, encoding: str = "utf-8") -> bytes | None:
    if value is None:
        return None
    return base64.b64decode(value, validate=True) if encoding == "base64" else value.encode()


def _short(value: bytes | None) -> str | None:
    """Tell values apart in little room: a megabyte would not be read in a message."""
    if value is None or len(value) <= 80:
        return None if value is None else repr(value)
    return f"{len(value)} bytes {value[:40]!r} {blake2b(value, digest_size=8).hexdigest()}"
