"""The key of the suppression list, kept outside the tables.

It is in the environment of the jobs, or in a file beside the catalog. Without it the list's
digests tell nothing, and nothing can be held against them.
"""

import secrets
from collections.abc import Collection

from gympulse.errors import BadSettings
from gympulse.io import files
from gympulse.lake import Lake
from gympulse.settings import SUPPRESSION_KEY
from gympulse.transforms.mentions import Mention
from gympulse.transforms.suppression import digest

_LEAST_LENGTH = 32


def key_of(lake: Lake, given: str | None) -> bytes | None:
    """The key of the digests: what is given, or what the lake's file has; None without any.

    Raises:
        BadSettings: What is given is too short.
    """
    if given:
        if len(given) < _LEAST_LENGTH:
            found = f"{SUPPRESSION_KEY} has {len(given)} characters"
            needed = f"at least {_LEAST_LENGTH} are needed, as `openssl rand -hex 32` makes them"
            raise BadSettings([f"{found}; {needed}."])
        return given.encode()
    try:
        return files.read(_file(lake))
    except FileNotFoundError:
        return None


def made(lake: Lake, given: str | None, key_ids: Collection[str]) -> bytes:
    """The key, made and kept in the lake's file where there is none.

    Args:
        lake: Where the file is.
        given: What the environment has.
        key_ids: Of the keys that the list's digests were made with.

    Replay: finds the one that was made.

    Raises:
        BadSettings: There are digests of another key.
    """
    key = key_of(lake, given)
    refuse_others(lake, key, key_ids)
    if key is None:
        key = secrets.token_hex(32).encode()
        files.write(_file(lake), key, is_private=True)
    return key


def refuse_others(lake: Lake, key: bytes | None, key_ids: Collection[str]) -> None:
    """Refuse a list whose digests were made with another key.

    Raises:
        BadSettings: The key is missing, or is another.
    """
    if set(key_ids) <= ({id_of(key)} if key else set()):
        return
    what = "is another than" if key else "is missing:"
    raise BadSettings(
        [
            f"The key of the suppression list {what} the one that its digests were made with. "
            f"Members who were erased would come back. Restore {SUPPRESSION_KEY}, or the file "
            f"{_file(lake)}, from where it is kept safe. Nothing was read or written."
        ]
    )


def id_of(key: bytes) -> str:
    """What tells keys apart, and tells nothing of them."""
    return digest(key, Mention("key", ""))[:16]


def _file(lake: Lake) -> str:
    return f"{lake.catalog}/suppression.key"
