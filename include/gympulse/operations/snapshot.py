"""Versions of tables that belong together, for as long as an operation reads them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from deltalake import DeltaTable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.errors import Unknown
from gympulse.io import schema
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.delta import Reader
from gympulse.io.locks import writing
from gympulse.lake import Lake
from gympulse.layers import fill_layer
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, GOLD, LAYERS, OPS, SILVER
from gympulse.operations.arguments import Request
from gympulse.recipes import RECIPE_OF
from gympulse.session import Session
from gympulse.transforms.recipe import FromRecords


@dataclass(frozen=True)
class Snapshot:
    """The lake between two runs of its jobs.

    Attributes:
        read: Reads silver and gold as they were then.
        consumed: By silver table, the version of bronze that was refined into it.
    """

    read: Reader
    consumed: dict[Table, int]

    def records(self, recipe: FromRecords) -> DataFrame:
        """The bronze records that were refined into a recipe's table."""
        versions = {recipe.source.name: self.consumed[recipe.table]}
        read = Reader(self.read.spark, self.read.lake, self.read.time_zone, versions)
        rows = read(recipe.source)
        return rows.where(F.col("topic") == recipe.topic) if recipe.topic else rows


@contextmanager
def writers(request: Request, session: Session, *layers: str) -> Iterator[None]:
    """Be the writer of layers, after whoever is it now; always in the order of the layers."""
    with ExitStack() as held:
        for layer in (name for name in LAYERS if name in layers):
            name = f"{request.job} {request.operation_id}"
            held.enter_context(writing(layer, request.settings.lake, session.gateway, name))
        yield


def snapshot(request: Request, session: Session) -> Snapshot:
    """Bring silver and gold up to date, as their jobs would, and note how they then are.

    What bronze has taken in since the last hour's run is refined here, so that it is neither
    missing from silver nor a difference. The caller holds both layers.
    """
    lake, rules = request.settings.lake, request.settings.rules
    schema.create(lake, (*BRONZE, *SILVER, *GOLD, *OPS))
    for layer in ("silver", "gold"):
        fill_layer(layer, request.settings, session)
    versions = {t.name: DeltaTable(lake.path(t)).version() for t in (*SILVER, *GOLD)}
    read = Reader(session(), lake, rules.time_zone, versions)
    return Snapshot(read, {table: _consumed(lake, recipe) for table, recipe in _raw()})


def _raw() -> list[tuple[Table, FromRecords]]:
    return [pair for pair in RECIPE_OF.items() if isinstance(pair[1], FromRecords)]


def _consumed(lake: Lake, recipe: FromRecords) -> int:
    """The version of bronze that a table's stream has read; 0, which is empty, before any.

    Raises:
        Unknown: The stream's checkpoint does not say; taken for none, silver would seem wrong.
    """
    offsets: dict[str, Any] = Checkpoint(lake.checkpoint(recipe.table.short_name)).versions()
    bronze = DeltaTable(lake.path(recipe.source))
    following, _ = offsets.get(bronze.metadata().id, (None, None))
    if following is None:
        if bronze.version() > 0:
            raise Unknown(recipe.table.name, lake.checkpoint(recipe.table.short_name))
        return 0
    return following - 1
