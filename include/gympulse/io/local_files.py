"""Files of this machine, as ``gympulse.io.files`` promises them."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path


def read(path: str) -> bytes:
    """See ``files.read``."""
    return Path(path).read_bytes()


def write(path: str, content: bytes, is_private: bool = False) -> None:
    """See ``files.write``; the folder is made where it is missing."""
    whole = Path(path)
    whole.parent.mkdir(parents=True, exist_ok=True)
    hidden = whole.with_name(".copy.part")
    with hidden.open("wb") as file:
        if is_private:
            os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(whole)
    _sync_folder(whole.parent)


def exists(path: str) -> bool:
    """See ``files.exists``."""
    return Path(path).exists()


def is_folder(path: str) -> bool:
    """See ``files.is_folder``."""
    return Path(path).is_dir()


def names(folder: str) -> set[str]:
    """See ``files.names``."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if entry.is_file()}
    except (FileNotFoundError, NotADirectoryError):
        return set()


def sizes(folder: str) -> dict[str, int]:
    """See ``files.sizes``."""
    return {str(path): path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()}


def written(folder: str) -> dict[str, tuple[int, datetime]]:
    """See ``files.written``."""
    found = {}
    for place, _, names in os.walk(folder):
        for path in (f"{place}/{name}" for name in names):
            # Others write and remove meanwhile.
            with suppress(FileNotFoundError):
                told = os.stat(path)
                found[path] = (told.st_size, datetime.fromtimestamp(told.st_mtime, UTC))
    return found


def remove(path: str) -> None:
    """See ``files.remove``."""
    Path(path).unlink(missing_ok=True)


def remove_folder(folder: str) -> None:
    """See ``files.remove_folder``."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def move(folder: str, to: str, last: Sequence[str] = ()) -> None:
    """See ``files.move``."""
    Path(folder).rename(to)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
