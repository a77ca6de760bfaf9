"""What must be known of topics beside the checkpoint: which ones were read, and from where on.

It is kept in a small file beside the checkpoint, since a checkpoint names topics only, and a
topic that is deleted and made anew keeps its name.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from gympulse.errors import Damaged
from gympulse.io import files


@dataclass(frozen=True)
class Begin:
    """Where bronze went on after a loss that was accepted.

    Attributes:
        offset: The offset that it went on at.
        at: When; rows taken in before say nothing of the offsets that follow.
    """

    offset: int
    at: str


@dataclass(frozen=True)
class Known:
    """A topic that bronze has read.

    Attributes:
        id: Kafka's own name of it; None where the broker had none.
        begins: By partition, where bronze went on after a loss; empty without any.
    """

    id: str | None
    begins: Mapping[int, Begin] = field(default_factory=dict)


def read(path: str) -> dict[str, Known]:
    """The topics that bronze has read; none where nothing was kept yet.

    Raises:
        Damaged: The file does not say.
    """
    try:
        return {name: _known(kept) for name, kept in json.loads(files.read(path)).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(
            path,
            str(error),
            "It says which Kafka topics bronze has read. Restore it, or remove it if no topic was "
            "deleted and made anew since the last run",
        ) from error


def accepted_at(path: str) -> datetime | None:
    """When the last loss was accepted; None where none was. Raises as ``read``."""
    begins = [begin for topic in read(path).values() for begin in topic.begins.values()]
    return max((datetime.fromisoformat(begin.at) for begin in begins), default=None)


def write(path: str, known: Mapping[str, Known]) -> None:
    """Keep what is known.

    Replay: replaces the file, whole.
    """
    kept = {name: asdict(topic) for name, topic in sorted(known.items())}
    files.write(path, json.dumps(kept, indent=1).encode())


def _known(kept: dict) -> Known:
    begins = {int(partition): Begin(**begin) for partition, begin in kept["begins"].items()}
    for begin in begins.values():
        datetime.fromisoformat(begin.at)
    return Known(kept["id"], begins)
