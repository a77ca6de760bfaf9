"""What an operation has added to bronze is brought to gold."""

from gympulse.layers import fill_layer
from gympulse.operations.arguments import Request
from gympulse.operations.snapshot import writers
from gympulse.session import Session

# By table, rows that came and rows that changed.
Gains = dict[str, dict[str, int]]


def refine(request: Request, session: Session, gains: Gains) -> None:
    """Bring to gold what bronze has gained, and add up what that does to each table.

    Replay: goes on where it stopped, as the hourly jobs would.
    """
    for layer in ("silver", "gold"):
        with writers(request, session, layer):
            run = fill_layer(layer, request.settings, session)
        for table, totals in run.totals.items():
            found = gains.setdefault(table, {"missing": 0, "different": 0, "extra": 0})
            found["missing"] += int(totals["inserted"])
            found["different"] += int(totals["superseding"])
