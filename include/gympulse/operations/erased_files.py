"""One member's lines in landed files and archives: each left blank, in its place.

A line is known by its number, so the others keep theirs: what has been read once is not read
again, and a backfill finds the lines that it knows.
"""

import bz2
import gzip
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import NamedTuple

from gympulse.io import files, landing_cursor
from gympulse.lake import Lake
from gympulse.model.bronze import TOPICS
from gympulse.model.table import Table
from gympulse.model.tables import GYM_LOGINS, KAFKA_MULTIPLEX, REGISTERED_USERS
from gympulse.transforms.bronze.archive_lines import archive_line
from gympulse.transforms.bronze.landed_lines import Line, landed_lines
from gympulse.transforms.json_objects import replaced
from gympulse.transforms.mentions import in_words
from gympulse.transforms.suppression import Suppressed, of_line, of_record

# How texts are kept, by the end of a file's name, as Spark goes by it too.
OPENERS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.decompress, gzip.compress),
    ".bz2": (bz2.decompress, bz2.compress),
}
_LANDED = (REGISTERED_USERS, GYM_LOGINS)
# What takes the place of a header that names somebody: under it no line fits either.
_HEADER = b"erased"


class Left(NamedTuple):
    """What is left of a file, and the lines that went."""

    content: bytes
    gone: tuple[bytes, ...] = ()


def take_out_of_files(lake: Lake, suppressed: Suppressed) -> int:
    """Leave the member's lines blank in everything below the data zone.

    The caller is bronze's writer, and the only load of archives; copies of the registration
    database wait meanwhile.

    Returns:
        How many files were written anew.

    Replay: finds none.
    """
    count = 0
    for table in _LANDED:
        folder = lake.landing(table.short_name)
        if files.is_folder(folder):
            with landing_cursor.alone(folder, table.short_name):
                count += _landed(folder, table, suppressed)
    landed = {lake.landing(table.short_name) for table in _LANDED}
    for path in files.sizes(lake.data_zone):
        # A sum that Hadoop has made of another file may have gone with it.
        if posixpath.dirname(path) not in landed and not path.endswith(".crc"):
            content = files.read(path)
            count += _replace(path, content, left_of(lake, path, content, suppressed))
    return count


def left_of(lake: Lake, path: str, content: bytes, suppressed: Suppressed) -> Left:
    """A file without the lines that are suppressed: as CSV by its folder or its header."""
    if posixpath.basename(path) in landing_cursor.OWN:
        return Left(content)
    header = content[:1000].removeprefix(b"\xef\xbb\xbf").split(b"\n")[0].decode("latin-1")
    names = {name.strip() for name in header.split(",")}
    for table in _LANDED:
        is_landed = posixpath.dirname(path) == lake.landing(table.short_name)
        if is_landed or names >= set(table.types):
            return landed_left(content, table, suppressed)
    return archive_left(content, path, suppressed)


def _landed(folder: str, table: Table, suppressed: Suppressed) -> int:
    found = []
    for name in sorted(files.names(folder) - landing_cursor.OWN):
        content = files.read(f"{folder}/{name}")
        left = landed_left(content, table, suppressed)
        if left.content != content:
            found.append((f"{folder}/{name}", content, left))
    # First, since the lines are known as long as they are there.
    landing_cursor.forget(folder, (line for _, _, left in found for line in left.gone))
    return sum(_replace(path, content, left) for path, content, left in found)


def _replace(path: str, content: bytes, left: Left) -> int:
    if left.content == content:
        return 0
    folder, name = posixpath.split(path)
    # A sum that Hadoop has made of the old bytes, if it has.
    files.remove(f"{folder}/.{name}.crc")
    files.write(path, left.content)
    return 1


def landed_left(content: bytes, table: Table, suppressed: Suppressed) -> Left:
    """A landed file without the lines of a bronze table that are suppressed."""
    gone = {
        line.number
        for line in landed_lines(content, tuple(table.types))
        if of_line(_fields(line, table), table, suppressed)[0]
    }
    lines = content.split(b"\n")
    header = next((at for at, line in enumerate(lines) if line.strip(b"\xef\xbb\xbf \r\t")), None)
    is_header_gone = header is not None and suppressed.covers(
        in_words(lines[header].decode("latin-1")), lambda: None
    )
    if not gone and not is_header_gone:
        return Left(content)
    found = tuple(lines[number - 1] for number in sorted(gone))
    left = [b"" if at + 1 in gone else line for at, line in enumerate(lines)]
    if is_header_gone:
        left[header] = _HEADER
    return Left(b"\n".join(left), found)


def _fields(line: Line, table: Table) -> dict[str, str | None]:
    fields = dict(zip(table.types, line.fields or [None] * len(table.types), strict=True))
    return {**fields, "raw_line": line.raw, "encoding": line.encoding}


def archive_left(content: bytes, path: str, suppressed: Suppressed) -> Left:
    """An archive without the lines that are suppressed."""
    end = next((each for each in OPENERS if path.endswith(each)), None)
    unpack, pack = OPENERS[end] if end else (bytes, bytes)
    try:
        lines = unpack(content).split(b"\n")
    except (OSError, EOFError):
        # No such file, whatever its name says; the scan tells of it.
        return Left(content)
    left = list(_left_of_lines(lines, suppressed))
    return Left(pack(b"\n".join(left)) if left != lines else content)


def _left_of_lines(lines: list[bytes], suppressed: Suppressed) -> Iterator[bytes]:
    for line in lines:
        record = archive_line(line, TOPICS)
        is_row, is_key = (
            of_record(asdict(record), KAFKA_MULTIPLEX, suppressed) if record else (False, False)
        )
        if is_row:
            yield b""
        elif is_key:
            yield replaced(line.decode(), ["key"], "null").encode()
        else:
            yield line
