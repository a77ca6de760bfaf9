"""A disk that is full or cannot be written, said in a sentence wherever it is found out.

Python, Java and Rust each have errors of their own for it, and Spark wraps them in others; what
all of them carry along is the operating system's words.
"""

import errno
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

_FULL, _QUOTA, _READ_ONLY = map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EROFS))
_WORDS = re.compile(f".*({_FULL}|{_QUOTA}|{_READ_ONLY}).*")
_PATH = re.compile(r"(?:/[\w.=%+#@~-]+)+")
# Of an error of ours, whose sentence Spark hands on.
_OURS = "gympulse.errors."
# With less nothing can be written; Java's folders that cannot be made do not say why.
_NOTHING = 1 << 20


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
        if isinstance(error, GympulseError) or _OURS in (text := _told(error)):
            raise
        refusal = _refusal(lake, text)
        if refusal is None:
            raise
        raise refusal from error


def _told(error: BaseException) -> str:
    """All that an error and its causes say."""
    texts, each = [], error
    while each is not None and len(texts) < 20:
        # What Spark's errors print is their first line, what they keep is every cause.
        texts.append(f"{each}\n{getattr(each, '_stackTrace', '')}")
        each = each.__cause__ or each.__context__
    return "\n".join(texts)


def _refusal(lake: Lake, text: str) -> CannotWrite | None:
    lakes = None if files.is_remote(lake.root) else _folder(lake.root)
    found = list(_WORDS.finditer(text))
    words = found[0][1] if found else lakes and _state(lakes)
    if not words:
        return None
    named = [_folder(path) for line in found for path in _PATH.findall(line[0])]
    folders = [folder for folder in (lakes, *named, Path(tempfile.gettempdir())) if folder]
    is_full = words != _READ_ONLY
    folder = min(folders, key=_share_free if is_full else _is_written)
    path = lake.root if lakes and _is_on(folder, lakes) else str(folder)
    room = shutil.disk_usage(folder)
    return CannotWrite(path, words, (room.free, room.total) if is_full else None)


def _state(folder: Path) -> str | None:
    """What is wrong with a disk by itself; None where it has room and can be written."""
    if not _is_written(folder):
        return _READ_ONLY
    return _FULL if shutil.disk_usage(folder).free < _NOTHING else None


def _folder(path: str) -> Path:
    """The folder that a path lies in, as far as there is one."""
    return next(each for each in (Path(path), *Path(path).parents) if os.path.isdir(each))


def _is_on(folder: Path, other: Path) -> bool:
    """Whether two folders are of one disk."""
    return folder.stat().st_dev == other.stat().st_dev


def _is_written(folder: Path) -> bool:
    return not os.statvfs(folder).f_flag & os.ST_RDONLY


def _share_free(folder: Path) -> float:
    room = shutil.disk_usage(folder)
    # Of what is no disk, as /proc, nothing is free.
    return room.free / room.total if room.total else 1
