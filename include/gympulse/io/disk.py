"""A disk that is full or cannot be written, said in a sentence wherever it is found out.

Python, Java and Rust each have errors of their own for it, and Spark wraps them in others; what
all of them carry along is the operating system's words.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gympulse.errors import CannotWrite, GympulseError
from gympulse.io import files
from gympulse.lake import Lake

_FULL = ("No space left on device", "Disk quota exceeded")
_READ_ONLY = "Read-only file system"
_WORDS = re.compile("|".join((*_FULL, _READ_ONLY)))
_PATH = re.compile(r"(?:/[\w.=%+#@~-]+)+")
# Of an error of ours, whose sentence Spark hands on.
_OURS = "gympulse.errors."


@contextmanager
def said(lake: Lake) -> Iterator[None]:
    """Say so where something fails for want of room, or of a disk that can be written.

    Args:
        lake: Where the work is done; Spark's scratch lies elsewhere.

    Raises:
        CannotWrite: The disk is full or read-only; other errors stay as they are.
    """
    try:
        yield
    except Exception as error:
        text = _told(error)
        words = _WORDS.search(text)
        if words is None or isinstance(error, GympulseError) or _OURS in text:
            raise
        raise _refusal(lake, text, words[0]) from error


def _told(error: BaseException) -> str:
    """All that an error and its causes say."""
    texts, each = [], error
    while each is not None and len(texts) < 20:
        # What Spark's errors print is their first line, what they keep is every cause.
        texts.append(f"{each}\n{getattr(each, '_stackTrace', '')}")
        each = each.__cause__ or each.__context__
    return "\n".join(texts)


def _refusal(lake: Lake, text: str, words: str) -> CannotWrite:
    named = [path for path in map(_folder, _PATH.findall(text)) if path != Path("/")]
    usual = [] if files.is_remote(lake.root) else [_folder(lake.root)]
    folders = [*named, *usual, Path(tempfile.gettempdir())]
    if words == _READ_ONLY:
        found = next(filter(_is_read_only, folders), folders[0])
    else:
        found = min(folders, key=_share_free)
    room = shutil.disk_usage(found)
    path = lake.root if usual and _is_on(found, usual[0]) else str(found)
    return CannotWrite(path, words, None if words == _READ_ONLY else (room.free, room.total))


def _folder(path: str) -> Path:
    """The folder that a path lies in, as far as there is one."""
    return next(each for each in (Path(path), *Path(path).parents) if each.is_dir())


def _is_on(folder: Path, other: Path) -> bool:
    """Whether two folders are of one disk."""
    return folder.stat().st_dev == other.stat().st_dev


def _is_read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _share_free(folder: Path) -> float:
    room = shutil.disk_usage(folder)
    # Of what is no disk, as /proc, nothing is free.
    return room.free / room.total if room.total else 1
