"""One run of one layer's job: what it was told, what it uses, what it has done so far."""

import logging
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from deltalake import DeltaTable

from gympulse.io import delta, ops, suppressions
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.positions import NOWHERE, Positions
from gympulse.model.table import Table
from gympulse.session import Session
from gympulse.settings import Settings
from gympulse.transforms.suppression import Suppressed

log = logging.getLogger(__name__)

COUNTS = ("rows_read", *ops.OUTCOMES)


@dataclass
class Run:
    """One run of one layer's job.

    Attributes:
        layer: ``bronze``, ``silver`` or ``gold``.
        settings: What the job was told.
        session: Starts Spark when first called.
        run_id: Names the run in the ledger.
        totals: By table, the sums of its batches' counts, and ``seconds``.
    """

    layer: str
    settings: Settings
    session: Session
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    totals: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def read(self) -> delta.Reader:
        """Reads the lake, with Spark."""
        return delta.Reader(self.session(), self.settings.lake, self.settings.rules.time_zone)

    @property
    def is_anyone_erased(self) -> bool:
        """Whether a wearable may have been an erased member's.

        It is another's from its new registration on, which has to be known by then.
        """
        return suppressions.exist(self.settings.lake)

    @property
    def erased_at(self) -> datetime | None:
        """When the last member was erased, which no line that comes later may seem to precede."""
        return suppressions.erased_at(self.settings.lake)

    @property
    def suppressed(self) -> Suppressed | None:
        """Whose records are not taken in; None where nobody was ever erased."""
        return suppressions.suppressed(self.settings.lake, self.settings.suppression_key)

    def checkpoint(self, table: Table) -> Checkpoint:
        """The checkpoint of the stream that fills a table."""
        return Checkpoint(self.settings.lake.checkpoint(table.short_name))

    def record(
        self,
        table: Table,
        entry: ops.Entry,
        positions: Positions = NOWHERE,
        seconds: float | None = None,
    ) -> None:
        """Put a finished batch into the ledger and the run's totals.

        Args:
            table: The table that the batch was written to, as it is now.
            entry: The batch's counts.
            positions: Where the batch begins and ends.
            seconds: How long it took.
        """
        lake, (begin, end) = self.settings.lake, positions
        entry = replace(
            entry,
            position_from=begin,
            position_to=end,
            version=DeltaTable(lake.path(table)).version(),
            seconds=seconds,
            airflow_run=self.settings.airflow_run,
        )
        ops.record(lake, self.run_id, self.layer, entry)
        totals = self.totals[entry.table]
        for name in COUNTS:
            totals[name] += getattr(entry, name)
        log.info("%s: batch %d, %d rows", entry.table, entry.batch_id, entry.rows_read)
