"""Sensors that hold no worker while they wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowSensorTimeout

from gympulse.lake import Lake
from gympulse_airflow.defaults import ENV, LAKE
from gympulse_airflow.triggers import LayerCompleteTrigger
from gympulse_airflow.waiting import complete, needed_through, still_waiting

# An hour in which the layer below failed is made up by its next run, so wait past that.
PATIENCE = timedelta(hours=2)


class LayerCompleteSensor(BaseSensorOperator):
    """Waits until a layer is complete through the end of the run's hour.

    Args:
        layer: The layer waited for.
        lake: Root of the lake.
        env: Environment below it.
        timeout: When the wait ends in failure.
    """

    template_fields = ("lake", "env")

    def __init__(
        self,
        *,
        layer: str,
        lake: str = LAKE,
        env: str = ENV,
        timeout: timedelta | float = PATIENCE,
        **kwargs: Any,
    ) -> None:
        super().__init__(timeout=timeout, **kwargs)
        self.layer, self.lake, self.env = layer, lake, env

    def execute(self, context: Any) -> None:
        """Succeed at once where the layer is complete already, else hand over to the triggerer."""
        # Only here: a DAG file's parsing would pay for what it imports.
        from gympulse.io.completeness import Completeness

        if not context["params"].get("wait_for_layer_below", True):
            self.log.info("Started with the wait turned off: taking what %s holds.", self.layer)
            return
        needed = needed_through(context)
        found = Completeness(Lake(self.lake, self.env), self.layer).latest()
        if found is not None and found >= needed:
            self.log.info(complete(self.layer, found))
            return
        self.log.info(still_waiting(self.layer, needed, found))
        self._wait(needed)

    def _wait(self, needed: datetime) -> None:
        patience = timedelta(seconds=self.timeout)
        trigger = LayerCompleteTrigger(
            lake=self.lake,
            env=self.env,
            layer=self.layer,
            through=needed.isoformat(),
            deadline=(datetime.now(UTC) + patience).isoformat(),
        )
        # The trigger gives up by itself; Airflow's own end comes where none runs.
        backstop = patience + timedelta(minutes=5)
        self.defer(trigger=trigger, method_name="give_up", timeout=backstop)

    def give_up(self, context: Any, event: str) -> None:
        """Fail with the trigger's sentence, without a retry: the wait was long enough."""
        raise AirflowSensorTimeout(event)
