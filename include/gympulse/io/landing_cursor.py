"""How far the copies into a landing folder have come, and that one at a time moves on."""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gympulse.errors import CopyHeld, LockHeld
from gympulse.io import files, locks

log = logging.getLogger(__name__)

# The underscore says that it is no landed file.
_NAME, _LOCK = "_cursor.json", ".copy.lock"
# What copies keep for themselves in the folder.
OWN = frozenset({_NAME, _LOCK})
_PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Cursor:
    """How far copies have come.

    Attributes:
        through: When the latest row that was sent had been changed; None before the first.
        sent: By the digest of each row sent within the overlap, when it had been changed.
    """

    through: datetime | None = None
    sent: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def read(cls, landing: str) -> "Cursor":
        """Read the cursor of a landing folder; one that is lost or damaged sends all again."""
        try:
            kept = json.loads(files.read(f"{landing}/{_NAME}"))
            sent = {key: datetime.fromisoformat(at) for key, at in kept["sent"].items()}
            return cls(datetime.fromisoformat(kept["through"]), sent)
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning(
                "%s/%s cannot be read (%s): all rows are sent again, which changes nothing.",
                landing,
                _NAME,
                error,
            )
            return cls()

    def by(self, now: datetime) -> "Cursor":
        """Give the cursor as far as it holds by the clock as it is now.

        One that lies ahead was moved by a clock that has been put back: rows changed since may
        bear instants before it. So all are sent again.
        """
        if self.through is None or self.through <= now:
            return self
        log.warning(
            "Copies have come to %s, and it is %s: the clock was ahead. All rows are sent again, "
            "which changes nothing.",
            self.through,
            now,
        )
        return Cursor()

    def since(self, overlap: timedelta) -> datetime | None:
        """Give the instant after which rows are to be looked at; None for all."""
        return None if self.through is None else self.through - overlap

    def moved(self, rows: Mapping[str, datetime], now: datetime, overlap: timedelta) -> "Cursor":
        """Give the cursor as it is once these rows, too, are sent."""
        through = min(max(rows.values()), now)
        if self.through is not None:
            through = max(through, self.through)
        known = {**self.sent, **rows}
        sent = {key: at for key, at in known.items() if at > through - overlap}
        return Cursor(through, sent)

    def write(self, landing: str) -> None:
        """Keep the cursor in a landing folder.

        Replay: replaces the one that is there, whole.
        """
        kept = {
            "through": self.through.isoformat(),
            "sent": {key: at.isoformat() for key, at in self.sent.items()},
        }
        files.write(f"{landing}/{_NAME}", json.dumps(kept).encode())


def digest(line: bytes) -> str:
    """What a cursor knows a row by: a digest of its line of CSV, the end included."""
    return hashlib.blake2b(line, digest_size=16).hexdigest()


def forget(landing: str, lines: Iterable[bytes]) -> None:
    """Take lines, without their ends, out of what the cursor says was sent.

    The caller is the only copy into the folder.

    Replay: does nothing.
    """
    cursor = Cursor.read(landing)
    gone = {digest(line + b"\n") for line in lines} & cursor.sent.keys()
    if gone:
        sent = {key: at for key, at in cursor.sent.items() if key not in gone}
        Cursor(cursor.through, sent).write(landing)


@contextmanager
def alone(landing: str, name: str) -> Iterator[None]:
    """Be the only copy into a landing folder; the lock dies with the process that holds it.

    Raises:
        CopyHeld: Another copy into the folder is under way.
    """
    try:
        with locks.alone(f"{landing}/{_LOCK}", name, patience=_PATIENCE_SECONDS):
            yield
    except LockHeld as error:
        raise CopyHeld(name, landing) from error
