"""Erasures and their certificates in ``ops_db``, written without Spark."""

from collections.abc import Mapping
from typing import Any

from deltalake import DeltaTable, write_deltalake

from gympulse.io.ops import lock, rows_of
from gympulse.lake import Lake
from gympulse.model.tables import ERASURES


def certificate(lake: Lake, operation_id: str) -> dict[str, Any] | None:
    """What is recorded of an erasure; None where it has not begun."""
    rows = _rows(lake)
    return next((row for row in rows if row["operation_id"] == operation_id), None)


def record(lake: Lake, row: Mapping[str, Any]) -> None:
    """Record an erasure.

    Replay: takes the place of what was recorded of it.
    """
    with lock(lake, ERASURES):
        others = [each for each in _rows(lake) if each["operation_id"] != row["operation_id"]]
        rows = [{**dict.fromkeys(ERASURES.columns), **row}, *others]
        write_deltalake(lake.path(ERASURES), rows_of(ERASURES, rows), mode="overwrite")


def _rows(lake: Lake) -> list[dict[str, Any]]:
    return DeltaTable(lake.path(ERASURES)).to_pyarrow_table().to_pylist()
