"""Delta tables as the model declares them: make them, and follow its new columns. No Spark."""

from collections.abc import Sequence

import pyarrow as pa
from deltalake import DeltaTable, Schema

from gympulse.io import locks
from gympulse.lake import Lake
from gympulse.model.table import Table

_ARROW = {
    "array<bigint>": pa.list_(pa.int64()),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "double": pa.float64(),
    "int": pa.int32(),
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The table's schema in Arrow's types."""
    return pa.schema([(name, _ARROW[type_]) for name, type_ in table.schema.items()])


def create(lake: Lake, tables: Sequence[Table]) -> None:
    """Make the tables that are not there yet, empty.

    Jobs of all layers do so, and nobody is any layer's only writer here: of two that make a table
    at once one would fail, or make it anew with another id, by which no stream would know it.

    Replay: a table that exists is left as it is.
    """
    if not _missing(lake, tables):
        return
    with locks.alone(f"{lake.locks}/tables.lock", "tables"):
        for table in _missing(lake, tables):
            DeltaTable.create(
                lake.path(table),
                schema=Schema.from_arrow(arrow_schema(table)),
                partition_by=list(table.partitioned_by),
                name=table.short_name,
                description=table.grain,
                configuration=_properties(table),
            )


def _missing(lake: Lake, tables: Sequence[Table]) -> list[Table]:
    return [table for table in tables if not DeltaTable.is_deltatable(lake.path(table))]


def follow(lake: Lake, tables: Sequence[Table]) -> None:
    """Give tables the columns and properties that the model has gained since they were made.

    The rows that are there have null in the columns. The caller is the tables' writer.

    Replay: does nothing.
    """
    for table in tables:
        present = DeltaTable(lake.path(table))
        known = {field.name for field in present.schema().fields}
        declared = Schema.from_arrow(arrow_schema(table)).fields
        if new := [field for field in declared if field.name not in known]:
            present.alter.add_columns(new)
        held = present.metadata().configuration
        if other := dict(_properties(table).items() - held.items()):
            present.alter.set_table_properties(other)


def _properties(table: Table) -> dict[str, str]:
    pruned = (table.pruned_by,) if table.pruned_by else ()
    # Bounds of columns that nobody prunes by cost time in every commit.
    columns = (*pruned, *table.statistics) or table.key
    properties = {
        "delta.dataSkippingStatsColumns": ",".join(columns),
        # Writers would cut logs at thirty days, whether or not a stream still needs them; the
        # maintenance looks.
        "delta.enableExpiredLogCleanup": "false",
    }
    if table.keeps_changes:
        properties["delta.enableChangeDataFeed"] = "true"
    return properties


def has_other_columns(lake: Lake, table: Table) -> bool:
    """Whether a table's columns, or their types, are not those declared."""
    declared = Schema.from_arrow(arrow_schema(table))
    present = DeltaTable(lake.path(table)).schema()
    return [(f.name, f.type) for f in present.fields] != [(f.name, f.type) for f in declared.fields]
