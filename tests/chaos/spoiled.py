"""Lakes spoiled for a moment: the negative controls of what lakes are held against."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import HEART_RATE, LAYERS, LEDGER

Change = Callable[[pa.Table], pa.Table]


def change(lake: Lake, table: Table, by: Change) -> None:
    """Put other rows in a table."""
    found = DeltaTable(lake.path(table))
    write_deltalake(found, by(found.to_pyarrow_table()), mode="overwrite")


def filled(lake: Lake) -> Table:
    """A table that has rows: of gold, or else the readings."""
    tables = (table for table in LAYERS["gold"] if DeltaTable(lake.path(table)).count())
    return next(tables, HEART_RATE)


@contextmanager
def changed(lake: Lake, table: Table, by: Change) -> Iterator[None]:
    """Have other rows in a table meanwhile."""
    version = DeltaTable(lake.path(table)).version()
    change(lake, table, by)
    try:
        yield
    finally:
        DeltaTable(lake.path(table)).restore(version)


def one_less(lake: Lake, table: Table) -> Callable:
    """A row is lost."""
    return lambda: changed(lake, table, lambda rows: rows.slice(1))


def one_twice(lake: Lake, table: Table) -> Callable:
    """A row is there twice."""
    return lambda: changed(lake, table, lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]))


def one_entry_less(lake: Lake) -> Callable:
    """An entry of the ledger is lost, of readings."""

    def less(rows: pa.Table) -> pa.Table:
        found = rows.to_pylist()
        of = [entry for entry in found if entry["table"] == HEART_RATE.short_name]
        found.remove(max(of, key=lambda entry: entry["rows_read"]))
        return pa.Table.from_pylist(found, schema=rows.schema)

    return lambda: changed(lake, LEDGER, less)
