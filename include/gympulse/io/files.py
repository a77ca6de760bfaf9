"""Small files beside the tables: on this machine, or by ``abfss://`` in a container of Azure.

Paths of both kinds are text, and both keep what is promised here. What else can go wrong than
a missing file is an ``OSError`` for both.
"""

from collections.abc import Sequence
from datetime import datetime
from types import ModuleType

from gympulse.io import local_files


def is_remote(path: str) -> bool:
    """Whether a path is not of this machine."""
    return "://" in path


def read(path: str) -> bytes:
    """The whole of a file.

    Raises:
        FileNotFoundError: It is not there.
    """
    return _where(path).read(path)


def write(path: str, content: bytes, is_private: bool = False) -> None:
    """Write a file that appears under its name only when all of it is there to stay.

    Args:
        path: The file.
        content: All of it.
        is_private: Whether its owner alone may read it; in a container, who may read that may.

    Replay: replaces a file of that name; what a kill leaves behind, the next write takes over.
    """
    _where(path).write(path, content, is_private)


def exists(path: str) -> bool:
    """Whether a file is there."""
    return _where(path).exists(path)


def is_folder(path: str) -> bool:
    """Whether a folder is there; in a container, whether it holds anything."""
    return _where(path).is_folder(path)


def names(folder: str) -> set[str]:
    """Names of the files in a folder, not of those below it; none where there is no folder."""
    return _where(folder).names(folder)


def sizes(folder: str) -> dict[str, int]:
    """Bytes of all files in a folder and below it, by path; none where there is no folder."""
    return _where(folder).sizes(folder)


def written(folder: str) -> dict[str, tuple[int, datetime]]:
    """Bytes of all files in a folder and below it, and when each was written, by path."""
    return _where(folder).written(folder)


def remove(path: str) -> None:
    """Remove a file.

    Replay: one that is not there is no error.
    """
    _where(path).remove(path)


def remove_folder(folder: str) -> None:
    """Remove a folder with everything below it.

    Replay: removes what a kill has left; a folder that is not there is no error.
    """
    _where(folder).remove_folder(folder)


def move(folder: str, to: str, last: Sequence[str] = ()) -> None:
    """Give a folder another name, which nothing has yet.

    On this machine that is one step. In a container all files are copied, then removed one by
    one.

    Args:
        folder: The folder.
        to: Its new path.
        last: Files that are removed after all others, in this order.

    Replay: a kill leaves the whole folder under the new name, or less; and under the old one
    what was not yet removed, which another call moves to another name.
    """
    _where(folder).move(folder, to, last)


def _where(path: str) -> ModuleType:
    if not is_remote(path):
        return local_files
    # An hour without data on a local lake does not pay for it.
    from gympulse.io import remote_files

    return remote_files
