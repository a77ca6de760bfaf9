"""How far the copies into a landing folder have come, and the means to write there safely."""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from gympulse.errors import CopyHeld

log = logging.getLogger(__name__)

# The underscore says that it is no landed file.
_NAME = "_cursor.json"


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
    def read(cls, landing: Path) -> "Cursor":
        """Read the cursor of a landing folder; one that is lost or damaged sends all again."""
        try:
            kept = json.loads((landing / _NAME).read_text())
            sent = {key: datetime.fromisoformat(at) for key, at in kept["sent"].items()}
            return cls(datetime.fromisoformat(kept["through"]), sent)
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning(
                "%s cannot be read (%s): all rows are sent again, which changes nothing.",
                landing / _NAME,
                error,
            )
            return cls()

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

    def write(self, landing: Path) -> None:
        """Keep the cursor in a landing folder.

        Replay: replaces the one that is there, whole.
        """
        kept = {
            "through": self.through.isoformat(),
            "sent": {key: at.isoformat() for key, at in self.sent.items()},
        }
        write_whole(landing / _NAME, json.dumps(kept).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears under its name only when all of it is on disk.

    Replay: replaces a file of that name; what a kill leaves behind, the next write takes over.
    """
    hidden = path.with_name(".copy.part")
    with hidden.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def alone(landing: Path, name: str) -> Iterator[None]:
    """Be the only copy into a landing folder; the lock dies with the process that holds it.

    Raises:
        CopyHeld: Another copy into the folder is under way.
    """
    try:
        with FileLock(landing / ".copy.lock", timeout=10):
            yield
    except Timeout as error:
        raise CopyHeld(name, str(landing)) from error
