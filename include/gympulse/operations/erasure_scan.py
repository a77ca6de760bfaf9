"""Look through every file of a lake for one member: the proof of an erasure, and its doubt.

Text is searched as it is, unpacked and out of base64; Parquet also value by value, whatever table
or checkpoint it is of, since a page holds numbers as numbers. No Spark.
"""

import base64
import bz2
import gzip
import io
import json
import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gympulse.io import files
from gympulse.lake import Lake
from gympulse.operations.erased_files import left_of
from gympulse.transforms.mentions import (
    DEVICE,
    PHONE,
    Mention,
    in_fields,
    instant_of,
    micros,
    phones,
    whole,
)
from gympulse.transforms.suppression import Suppressed, is_within

_PARQUET, _GZIP, _BZIP2 = b"PAR1", b"\x1f\x8b", b"BZh"
# Zstandard, xz, lz4 and zip.
_OTHERS = (b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"\x04\x22\x4d\x18", b"PK\x03\x04")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
_DEPTH = 3
_INSTANTS = ("time", "login", "date")
_THINGS = {"device_id": DEVICE, "mac_address": PHONE}


@dataclass
class Found:
    """What a scan has seen.

    Attributes:
        files: How many files it has looked through.
        bytes: How many bytes they have.
        paths: Files that name the member.
        unread: Files that could not be looked through.
    """

    files: int = 0
    bytes: int = 0
    paths: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Look:
    """What a scan looks for.

    Attributes:
        user_id: The member's id.
        suppressed: What else is the member's, and when.
        texts: Texts that are nobody else's, as far as they are known.
    """

    user_id: str
    suppressed: Suppressed
    texts: Collection[str] = ()

    def in_bytes(self, content: bytes, depth: int = 0) -> bool:
        """Whether bytes hold one of the texts or name the member, packed or not."""
        if depth > _DEPTH:
            return False
        if any(text.encode() in content for text in self.texts):
            return True
        for magic, unpack in ((_GZIP, gzip.decompress), (_BZIP2, bz2.decompress)):
            if content.startswith(magic):
                return self.in_bytes(unpack(content), depth + 1)
        if content.startswith(_OTHERS):
            raise ValueError("packed in a way that is not read here")
        text = content.decode(errors="replace")
        if content.startswith(_PARQUET):
            return self._names(text) or self.in_parquet(content)
        return self._names(text) or any(
            self.in_bytes(each, depth + 1) for each in _out_of_base64(content)
        )

    def _names(self, text: str) -> bool:
        """Whether a text names the member, or a thing that was theirs alone."""
        return any(self._is_theirs(each, text) for each in (*in_fields(text), *phones(text)))

    def _is_theirs(self, mention: Mention, text: str) -> bool:
        stretches = self.suppressed.of(mention)
        if not stretches or (None, None) in stretches:
            return bool(stretches)
        # Others had the thing too: of a reading its instant tells whose it is.
        at = instant_of(text, "bpm")
        return at is not None and is_within(at, stretches)

    def in_parquet(self, content: bytes) -> bool:
        """Whether rows of a Parquet file are the member's, or texts in it name them."""
        file = pq.ParquetFile(io.BytesIO(content))
        groups = (file.read_row_group(number) for number in range(file.num_row_groups))
        return any(
            self._in_columns(dict(zip(group.column_names, group.columns, strict=True)))
            for group in groups
        )

    def _in_columns(self, named: dict[str, pa.ChunkedArray]) -> bool:
        if "user_id" in named:
            ids = named["user_id"].unique().to_pylist()
            if any(whole(str(id_)) == self.user_id for id_ in ids if id_ is not None):
                return True
        elif self._in_things(named):
            return True
        return any(map(self._in_cells, named.values()))

    def _in_things(self, named: dict[str, pa.ChunkedArray]) -> bool:
        at = next((named[name] for name in _INSTANTS if name in named), None)
        for name, kind in _THINGS.items():
            for id_ in named[name].unique().to_pylist() if name in named else ():
                stretches = self.suppressed.of(Mention(kind, str(id_).lower()))
                if (None, None) in stretches:
                    return True
                if stretches and at is not None:
                    rows = pa.table({"id": named[name], "at": at})
                    own = rows.filter(pc.equal(rows["id"], id_))["at"].unique().to_pylist()
                    if any(_is_own(instant, stretches) for instant in own):
                        return True
        return False

    def _in_cells(self, column: pa.ChunkedArray) -> bool:
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            return False
        if pa.types.is_nested(column.type):
            cells = (json.dumps(cell, default=str) for cell in column.to_pylist() if cell)
        elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            cells = (cell for cell in column.unique().to_pylist() if cell)
        else:
            return False
        return any(self.in_bytes(cell.encode(), depth=_DEPTH - 1) for cell in cells)


def scan(lake: Lake, look: Look, told: Callable[[str], None]) -> Found:
    """Look through every file below a lake's root; files that go meanwhile are passed over."""
    found = Found()
    for path in sorted(files.sizes(lake.root)):
        try:
            content = files.read(path)
        except FileNotFoundError:
            continue
        found.files, found.bytes = found.files + 1, found.bytes + len(content)
        try:
            is_there = look.in_bytes(unquote(posixpath.basename(path)).encode() + b"\n") or (
                look.in_bytes(content) or _is_of_landed_lines(lake, path, content, look)
            )
        except (OSError, EOFError, ValueError):
            # Packed in a way that nobody here knows, or damaged.
            found.unread.append(path)
            continue
        if is_there:
            found.paths.append(path)
            told(path)
    return found


def _is_of_landed_lines(lake: Lake, path: str, content: bytes, look: Look) -> bool:
    """Whether lines of CSV or of an archive are the member's, which name nobody by a field."""
    below = path.startswith(lake.data_zone)
    return below and left_of(lake, path, content, look.suppressed).content != content


def _out_of_base64(content: bytes) -> Iterator[bytes]:
    for found in _BASE64.findall(content):
        try:
            yield base64.b64decode(found, validate=True)
        except ValueError:
            continue


def _is_own(instant: Any, stretches: tuple) -> bool:
    if instant is None:
        return False
    if isinstance(instant, str):
        # As it was received.
        at = micros(instant)
        return at is not None and is_within(at, stretches)
    if not hasattr(instant, "timestamp"):
        # A day, which is a member's if all of it is.
        begin = micros(str((instant - type(instant)(1970, 1, 1)).days * 86_400))
        return all(is_within(at, stretches) for at in (begin, begin + 86_400_000_000 - 1))
    return is_within(int(instant.timestamp() * 1_000_000), stretches)
