"""A lake made without Spark: its ledger, and its tables' logs, as the jobs leave them."""

import json
from datetime import UTC, datetime
from pathlib import Path

from deltalake import DeltaTable, write_deltalake

from gympulse.io import ops, schema
from gympulse.lake import Lake
from gympulse.model.tables import LAYERS, LEDGER, OPS, TABLES

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
RUN = "silver/scheduled__12"
_COUNTS = ("rows_read", "inserted", "superseding", "duplicate", "quarantined")


def empty_lake(root: Path) -> Lake:
    """A lake whose tables are there and empty."""
    lake = Lake(str(root))
    schema.create(lake, [*(of for layer in LAYERS.values() for of in layer), *OPS])
    return lake


def entry(name: str, counts: tuple[int, ...], begin=None, end=None, **others: object) -> dict:
    """An entry of the ledger."""
    layer = next(layer for layer, of in LAYERS.items() if name in {t.short_name for t in of})
    told = {"layer": layer, "table": name, "batch_id": 0, "deleted": 0, "airflow_run": RUN}
    told |= dict(zip(_COUNTS, counts, strict=True)) | {"run_id": "r", "stream": name}
    told |= {"position_from": begin and json.dumps(begin), "position_to": end and json.dumps(end)}
    return dict.fromkeys(LEDGER.columns) | told | {"finished_at": NOON, "version": 1} | others


def enter(lake: Lake, *entries: dict) -> None:
    """Put entries into the ledger."""
    write_deltalake(lake.path(LEDGER), ops.rows_of(LEDGER, entries), mode="append")


def commit(lake: Lake, name: str, **metrics: int) -> None:
    """Add a version to a table, as Spark would have left it."""
    path = lake.path(TABLES[name])
    said = {metric: str(value) for metric, value in metrics.items()}
    told = {"timestamp": 0, "operation": "MERGE", "operationMetrics": said}
    log = Path(path, "_delta_log", f"{DeltaTable(path).version() + 1:020}.json")
    log.write_text(json.dumps({"commitInfo": told}))
