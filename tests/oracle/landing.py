"""Landed CSV files of a made history: lines laid out in many tolerated, and odd, ways."""

from collections.abc import Iterable
from random import Random

from oracle.csv_lines import BYTE_ORDER_MARK
from oracle.happenings import Line
from oracle.records import CsvFile

COLUMNS = {
    "registered_users": "user_id,device_id,mac_address,registration_timestamp",
    "gym_logins": "mac_address,gym,login,logout",
}
VALID = {
    "registered_users": "12,7,aa:00:00:00:00:01,1709000000",
    "gym_logins": "aa:00:00:00:00:01,1,1709226000,1709229600",
}


def written_files(rng: Random, lines: Iterable[Line]) -> list[CsvFile]:
    """Lay lines out in files of one to six each."""
    by_folder: dict[str, list[Line]] = {}
    for line in lines:
        by_folder.setdefault(line.folder, []).append(line)
    found = []
    for folder, left in by_folder.items():
        while left:
            size = rng.randint(1, 6)
            chunk, left = left[:size], left[size:]
            name = rng.choice((f"part-{len(found)}.csv", f"export {len(found)}.csv"))
            found.append(CsvFile(folder, name, _content(rng, folder, chunk)))
    return found


def _content(rng: Random, folder: str, lines: Iterable[Line]) -> bytes:
    columns = COLUMNS[folder].split(",")
    if rng.random() < 0.5:
        rng.shuffle(columns)
    if rng.random() < 0.3:
        columns.insert(rng.randint(0, len(columns)), "note")
    if rng.random() < 0.1:
        columns.append(columns[0])
    header = [f" {name} " if rng.random() < 0.05 else name for name in columns]
    written = [",".join(header).encode(), *(_line(rng, columns, line) for line in lines)]
    for _ in range(rng.choice((0, 0, 1, 2))):
        written.insert(rng.randint(0, len(written)), rng.choice((b"", b"  ", b"\t")))
    end = rng.choice((b"\n", b"\n", b"\r\n"))
    mark = BYTE_ORDER_MARK if rng.random() < 0.2 else b""
    return mark + end.join(written) + rng.choice((end, end, b""))


def _line(rng: Random, columns: list[str], line: Line) -> bytes:
    values = dict(line.values) | {"note": rng.choice(("", "a note", '"quoted, twice ""x"""'))}
    written = []
    for at, name in enumerate(columns):
        value = "of no account" if name in columns[:at] else values[name]
        quoted = name != "note" and rng.random() < 0.1
        written.append(f'"{value}"' if quoted else value)
    shape = rng.random()
    if shape < 0.05:
        written.append("one more")
    elif shape < 0.1:
        written.pop()
    found = ",".join(written).encode()
    return found.replace(b":", b"\xff:", 1) if rng.random() < 0.03 else found


def odd_files(rng: Random) -> list[CsvFile]:
    """Return, at times, a file that is empty, unnamed, or has no fitting header."""
    found = []
    for folder, columns in COLUMNS.items():
        if rng.random() < 0.3:
            header, line = columns, VALID[folder]
            lacking, upper = header.rpartition(",")[0], header.upper()
            short = line.rpartition(",")[0]
            content = rng.choice(
                (
                    "",
                    "\n",
                    f"{header}\n",
                    f"{lacking}\n{line}\n{short}\n",
                    f"{upper}\n{line}\n",
                    f"{line}\n{line}\n",
                    f"{header}\n{line}\n{header}\n",
                    f"\n\n{header}\n\n{line}",
                )
            )
            name = rng.choice(("odd.csv", "odd.csv", "odd", ".odd.csv", "_odd.csv"))
            found.append(CsvFile(folder, name, content.encode()))
    return found
