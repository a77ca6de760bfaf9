"""A lake as after an hourly chain: its tables, and checkpoints as Spark writes them."""

import json
from pathlib import Path

from deltalake import DeltaTable, write_deltalake

from gympulse.io import schema
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, GOLD, OPS, SILVER, TABLES

_SETTINGS = {"batchWatermarkMs": 0, "batchTimestampMs": 1700000000000, "conf": {"a": "b"}}


class Chain:
    """Tables that gain rows, and streams that read them."""

    def __init__(self, root: Path) -> None:
        self.lake = Lake(str(root))
        schema.create(self.lake, (*BRONZE, *SILVER, *GOLD, *OPS))

    def table(self, table: Table) -> DeltaTable:
        """A table as it is."""
        return DeltaTable(self.lake.path(table))

    def gain(self, *tables: Table, **values) -> None:
        """Let tables gain a row."""
        for table in tables:
            row = dict.fromkeys(table.columns) | values
            write_deltalake(self.lake.path(table), rows_of(table, [row]), mode="append")

    def read(self, *tables: Table, batch: int = 0, index: int = -1, **told: bool) -> None:
        """Let the streams of tables have read all that their sources hold."""
        for table in tables:
            lines: list[dict] = [{**_SETTINGS, "batchTimestampMs": 1700000000000 + batch}]
            for source in (self.table(TABLES[name]) for name in table.reads):
                lines.append(
                    {
                        "sourceVersion": 1,
                        "reservoirId": str(source.metadata().id),
                        "reservoirVersion": source.version() + (index < 0),
                        "index": index,
                        "isStartingVersion": told.get("whole", False),
                    }
                )
            self.put(table, "offsets", batch, lines)
            if not told.get("unfinished"):
                self.put(table, "commits", batch, [{"nextBatchWatermarkMs": 0}])

    def put(self, table: Table, of: str, batch: int, lines: list[dict]) -> None:
        """Write a file of a checkpoint."""
        folder = Path(self.lake.checkpoint(table.short_name), of)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / str(batch)).write_text("\n".join(["v1", *map(_said, lines)]))


def _said(line: dict) -> str:
    return json.dumps(line, separators=(",", ":"))
