"""A restore that has begun: what it does, and that nobody works on what is half done.

It is kept in a small file from before the first table is put back until all is done. A restore
that was killed finds there what it was about to do; other writers are refused meanwhile.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from gympulse.errors import HalfRestored
from gympulse.io import files
from gympulse.lake import Lake

Landed = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Restoring:
    """A restore under way.

    Attributes:
        operation: Who does it, as the locks' holders are named.
        layers: Whose writers are to wait for its end.
        point_id: The point that is gone back to.
        now: By table's name, the versions before it, of the tables that it puts back.
        then: The versions that it puts back.
        landed: By bronze table's name, its stream's lines and the files whose lines stay, as the
            stream has noted them; None where it had taken none. Of tables that it puts back.
    """

    operation: str
    layers: tuple[str, ...]
    point_id: str
    now: dict[str, int]
    then: dict[str, int]
    landed: dict[str, Landed] = field(default_factory=dict)


def begun(lake: Lake) -> Restoring | None:
    """The restore that is not finished; None without any."""
    try:
        kept = json.loads(files.read(lake.restoring))
    except FileNotFoundError:
        return None
    return kept and Restoring(**{**kept, "layers": tuple(kept["layers"])})


def begin(lake: Lake, restoring: Restoring) -> None:
    """Say what is about to be done; the caller is the writer of its layers.

    Replay: replaces what was said.
    """
    files.write(lake.restoring, json.dumps(asdict(restoring), indent=1).encode())


def finish(lake: Lake) -> None:
    """Say that all is done.

    Replay: says so again.
    """
    files.write(lake.restoring, json.dumps(None).encode())


def refuse(lake: Lake, layer: str, writer: str) -> None:
    """Keep all but one writer from a layer that is half put back.

    Raises:
        HalfRestored: Another one's restore of the layer is not finished.
    """
    found = begun(lake)
    if found is not None and layer in found.layers and found.operation != writer:
        raise HalfRestored(layer, found.operation)
