"""What a layer is complete through, read without Spark and cheap enough to ask twice a second."""

from datetime import UTC, datetime

from deltalake import DeltaTable

from gympulse.lake import Lake
from gympulse.model.tables import LAYER_RUNS


class Completeness:
    """The record of one layer's finished runs, followed as it grows.

    Asking again lists the table's log; its rows are read only if the log has grown, and
    of those only what lies beyond the instant already known.
    """

    def __init__(self, lake: Lake, layer: str) -> None:
        self.layer = layer
        self._path = lake.path(LAYER_RUNS)
        self._runs: DeltaTable | None = None
        self._latest: datetime | None = None

    def latest(self) -> datetime | None:
        """Give the instant the layer is complete through; None before its first finished run.

        An instant that has yet to come was claimed by a clock that was ahead, and does not count.
        """
        if self._has_grown():
            self._latest = max(self._beyond(self._latest), default=self._latest)
        return self._latest

    def _has_grown(self) -> bool:
        if self._runs is not None:
            known = self._runs.version()
            self._runs.update_incremental()
            return self._runs.version() > known
        if not DeltaTable.is_deltatable(self._path):
            return False
        self._runs = DeltaTable(self._path)
        return True

    def _beyond(self, known: datetime | None) -> list[datetime]:
        wanted = [("layer", "=", self.layer), ("complete_through", "<=", datetime.now(UTC))]
        if known is not None:
            wanted.append(("complete_through", ">", known))
        rows = self._runs.to_pyarrow_table(columns=["complete_through"], filters=wanted)
        return [at for at in rows["complete_through"].to_pylist() if at is not None]
