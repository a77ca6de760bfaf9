"""A table as it is, compared row by row with what it should be, computed columns included."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io.delta import Reader
from gympulse.io.from_tables import compared, counted, write_differences
from gympulse.io.spans import collect
from gympulse.model.table import Table
from gympulse.operations.window import Window
from gympulse.transforms.business_time import date_of

_EXAMPLES = 3


@dataclass(frozen=True)
class Comparison:
    """How a table differs from what it should be.

    Attributes:
        table: The table.
        rows_expected: Rows that should be there, of the days compared.
        missing: Of those, rows that are not there.
        extra: Rows that should not be there.
        different: Keys whose row is another.
        first_date: First day of the rows that differ; None where none does.
        last_date: Last day of the rows that differ.
        examples: The first few that differ, as a JSON list of ``key``, ``found``, ``expected``.
        differences: All rows of both, with ``_change``; kept on disk until ``unpersist``.
    """

    table: Table
    rows_expected: int
    missing: int
    extra: int
    different: int
    first_date: date | None
    last_date: date | None
    examples: str
    differences: DataFrame

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.missing or self.extra or self.different)

    @property
    def counts(self) -> dict[str, int]:
        """The changes that would make the table what it should be."""
        found = {"insert": self.missing, "delete": self.extra, "update": self.different}
        return {change: count for change, count in found.items() if count}


class Sides(Protocol):
    """Tables as they should be and as they are, within some days."""

    @property
    def window(self) -> Window:
        """The days."""

    def expected(self, table: Table) -> DataFrame:
        """Rows as they should be."""

    def present(self, table: Table) -> DataFrame:
        """Rows as they are."""


def compare(sides: Sides, table: Table) -> Comparison:
    """Compare a table as it is with what it should be, such as a recomputation."""
    expected, present = sides.expected(table), sides.present(table)
    differences = compared(expected, present, table).persist(StorageLevel.DISK_ONLY)
    counts = counted(differences)
    first, last = None, None
    if set(counts) - {"same"}:
        first, last = _dates(differences, table, sides.window.time_zone)
    return Comparison(
        table=table,
        rows_expected=sum(counts.values()) - counts.get("delete", 0),
        missing=counts.get("insert", 0),
        extra=counts.get("delete", 0),
        different=counts.get("update", 0),
        first_date=first,
        last_date=last,
        examples=_examples(differences, expected, present, table) if first else "[]",
        differences=differences,
    )


def _dates(differences: DataFrame, table: Table, time_zone: str) -> tuple[date, date]:
    begin = F.col(table.extent[0])
    day = begin if table.schema[table.extent[0]] == "date" else date_of(begin, time_zone)
    found = differences.where("_change != 'same'").agg(F.min(day), F.max(day)).first()
    return found[0], found[1]


def _examples(differences: DataFrame, expected: DataFrame, present: DataFrame, table: Table) -> str:
    key = list(table.key)
    first = differences.where("_change != 'same'").select(*key).orderBy(*key).limit(_EXAMPLES)
    rows = first.select("*", F.to_json(F.struct(*key)).alias("_key"))
    for name, side in (("_found", present), ("_expected", expected)):
        other = side.select(*(F.col(k).alias(f"_{k}") for k in key), _as_json(table).alias(name))
        same_key = [F.col(k).eqNullSafe(F.col(f"_{k}")) for k in key]
        rows = rows.join(other, on=same_key, how="left").drop(*(f"_{k}" for k in key))
    found = rows.orderBy(*key).select("_key", "_found", "_expected").collect()
    return json.dumps(
        [
            {
                name[1:]: json.loads(row[name]) if row[name] else None
                for name in ("_key", "_found", "_expected")
            }
            for row in found
        ]
    )


def _as_json(table: Table):
    values = table.values or table.key
    return F.to_json(F.struct(*values), {"ignoreNullFields": "false"})


def write(comparison: Comparison, read: Reader) -> None:
    """Make a table what it should be, in one commit; none where nothing differs.

    The caller has been the layer's writer since the table was compared.
    """
    table, spans = comparison.table, None
    if comparison.is_equal:
        return
    if table.pruned_by:
        instant = F.col(table.pruned_by).cast("timestamp")
        touched = comparison.differences.where("_change != 'same'")
        spans = collect(touched.select(instant.alias("_begin"), instant.alias("_end")))
    write_differences(comparison.differences, comparison.counts, table, read, spans)
