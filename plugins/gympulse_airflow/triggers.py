"""What waits in the triggerer while no worker does."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

from gympulse.lake import Lake
from gympulse_airflow.waiting import complete, overdue, still_waiting

_POLL_SECONDS = 0.5
_TELL_SECONDS = 300


class LayerCompleteTrigger(BaseTrigger):
    """Ends its task in success once a layer is complete through an instant.

    The task is not resumed on a worker for that: starting one costs a second or two.
    Past the deadline, the task is resumed with the sentence that it fails with.

    Args:
        lake: Root of the lake.
        env: Environment below it.
        layer: The layer waited for.
        through: What it is to be complete through, in ISO format.
        deadline: When to give up, in ISO format; an instant, which a restart keeps.
    """

    def __init__(self, lake: str, env: str, layer: str, through: str, deadline: str) -> None:
        super().__init__()
        self.lake, self.env, self.layer = lake, env, layer
        self.through, self.deadline = through, deadline

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give what another triggerer needs to wait on."""
        names = ("lake", "env", "layer", "through", "deadline")
        kwargs = {name: getattr(self, name) for name in names}
        return f"{type(self).__module__}.{type(self).__qualname__}", kwargs

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Ask twice a second, in a thread, for reading would hold up the other triggers."""
        from gympulse.io.completeness import Completeness

        needed = datetime.fromisoformat(self.through)
        deadline = datetime.fromisoformat(self.deadline)
        layer = Completeness(Lake(self.lake, self.env), self.layer)
        told = time.monotonic()
        while True:
            found = await asyncio.to_thread(layer.latest)
            if found is not None and found >= needed:
                self.log.info(complete(self.layer, found))
                yield TaskSuccessEvent()
                return
            if datetime.now(UTC) >= deadline:
                yield TriggerEvent(overdue(self.layer, needed, found))
                return
            if time.monotonic() - told >= _TELL_SECONDS:
                self.log.info(still_waiting(self.layer, needed, found))
                told = time.monotonic()
            await asyncio.sleep(_POLL_SECONDS)
