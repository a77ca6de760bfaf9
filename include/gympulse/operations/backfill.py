"""Backfill: take old records in, or recompute days that were refined wrongly."""

from gympulse.operations.arguments import Request
from gympulse.operations.load import load
from gympulse.operations.options import RESTATE
from gympulse.operations.restate import restate
from gympulse.session import Session


def backfill(request: Request, session: Session) -> None:
    """Load archives, or restate silver and gold; see ``load`` and ``restate``."""
    if request.values["mode"] == RESTATE:
        restate(request, session)
    else:
        load(request, session)
