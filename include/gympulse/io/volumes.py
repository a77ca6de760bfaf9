"""How many records each source has brought, hour by hour, from the ledger; without Spark."""

from dataclasses import dataclass
from datetime import datetime

from deltalake import DeltaTable

from gympulse.lake import Lake
from gympulse.model.tables import LEDGER


@dataclass(frozen=True)
class Taken:
    """What one batch took of one source.

    Attributes:
        table: Short name of the silver table that the source feeds first.
        run_id: The layer's run.
        finished_at: When the batch was done.
        rows_read: How many records it had.
        quarantined: How many of them were set aside.
    """

    table: str
    run_id: str
    finished_at: datetime
    rows_read: int
    quarantined: int


def taken(lake: Lake, since: datetime) -> list[Taken]:
    """What silver's batches have taken since an instant, in no order; empty before the first."""
    columns = list(Taken.__dataclass_fields__)
    wanted = [("layer", "=", "silver"), ("finished_at", ">=", since)]
    found = DeltaTable(lake.path(LEDGER)).to_pyarrow_table(columns=columns, filters=wanted)
    return [Taken(**row) for row in found.to_pylist()]
