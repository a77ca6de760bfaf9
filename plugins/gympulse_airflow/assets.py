"""The tables as assets, so that the UI shows which task makes which table out of which."""

from airflow.sdk import Asset

from gympulse.model.table import Table
from gympulse.model.tables import LAYERS, TABLES

_ALL = ("bronze", "silver", "gold")
_CHANGED = {
    "backfill": _ALL,
    "erasure": _ALL,
    "gold_rebuild": ("gold",),
    # It writes files anew, and the same rows.
    "maintenance": (),
    "quarantine_review": _ALL,
    "restore": _ALL,
    "verify": (),
}


def asset(table: Table) -> Asset:
    """Give a table's asset, named as the table is."""
    return Asset(
        name=table.name,
        uri=f"gympulse://lake/{table.database}/{table.short_name}",
        group=table.database,
        extra={"grain": table.grain},
    )


def made_by(layer: str) -> list[Asset]:
    """Give the assets of a layer's tables."""
    return [asset(table) for table in LAYERS[layer]]


def read_by(layer: str) -> list[Asset]:
    """Give the assets of the tables of other layers that a layer is computed from."""
    own = {table.name for table in LAYERS[layer]}
    names = {name for table in LAYERS[layer] for name in table.reads} - own
    return [asset(TABLES[name]) for name in sorted(names)]


def changed_by(job: str) -> list[Asset]:
    """Give the assets of the tables that an operation may change."""
    return [made for layer in _CHANGED[job] for made in made_by(layer)]
