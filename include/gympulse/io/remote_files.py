"""Files in a container of Azure, as ``gympulse.io.files`` promises them.

obstore asks as delta-rs does, and by the same variables of the environment.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache

from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from gympulse.errors import StoreAway


def read(path: str) -> bytes:
    """See ``files.read``."""
    store, key = _place(path)
    with _said(path):
        return bytes(store.get(key).bytes())


def write(path: str, content: bytes, is_private: bool = False) -> None:
    """See ``files.write``: what is put is there as a whole or not at all."""
    store, key = _place(path)
    with _said(path):
        store.put(key, content)


def exists(path: str) -> bool:
    """See ``files.exists``."""
    store, key = _place(path)
    with _said(path):
        try:
            store.head(key)
        except FileNotFoundError:
            return False
        return True


def is_folder(path: str) -> bool:
    """See ``files.is_folder``."""
    store, key = _place(path)
    with _said(path):
        return next(iter(store.list(key, chunk_size=1)), None) is not None


def names(folder: str) -> set[str]:
    """See ``files.names``."""
    store, key = _place(folder)
    with _said(folder):
        found = store.list_with_delimiter(key)
    # Without a hierarchical namespace, folders that Spark has made are marked by empty blobs.
    paths = {each["path"] for each in found["objects"]} - set(found["common_prefixes"])
    return {path.rsplit("/", 1)[-1] for path in paths}


def sizes(folder: str) -> dict[str, int]:
    """See ``files.sizes``."""
    store, key = _place(folder)
    root = folder.removesuffix(key)
    with _said(folder):
        return {root + each["path"]: each["size"] for each in store.list(key).collect()}


def written(folder: str) -> dict[str, tuple[int, datetime]]:
    """See ``files.written``."""
    store, key = _place(folder)
    root = folder.removesuffix(key)
    with _said(folder):
        found = store.list(key).collect()
    return {root + each["path"]: (each["size"], each["last_modified"]) for each in found}


def remove(path: str) -> None:
    """See ``files.remove``."""
    store, key = _place(path)
    with _said(path), suppress(FileNotFoundError):
        _remove(store, key)


def remove_folder(folder: str) -> None:
    """See ``files.remove_folder``."""
    for path in sorted(written(folder), reverse=True):
        remove(path)


def move(folder: str, to: str, last: Sequence[str] = ()) -> None:
    """See ``files.move``."""
    (store, key), (_, new) = _place(folder), _place(to)
    with _said(folder):
        found = [each["path"].removeprefix(f"{key}/") for each in store.list(key).collect()]
        for name in found:
            store.copy(f"{key}/{name}", f"{new}/{name}")
        others = [name for name in found if name not in last]
        for name in (*others, *(name for name in last if name in found)):
            _remove(store, f"{key}/{name}")


def _remove(store: ObjectStore, key: str) -> None:
    store.delete(key)


def _place(path: str) -> tuple[ObjectStore, str]:
    scheme, _, rest = path.partition("://")
    container, _, key = rest.partition("/")
    with _said(path):
        return _container(f"{scheme}://{container}"), key.strip("/")


@cache
def _container(address: str) -> ObjectStore:
    return from_url(address)


@contextmanager
def _said(path: str) -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise StoreAway(path, str(error)) from error
