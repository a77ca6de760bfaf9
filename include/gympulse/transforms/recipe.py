"""How a table is made: from raw records, or from other tables.

Both kinds of recipe are pure: frames in, frames out. The stream, a backfill and a
rebuild run the same recipe and differ only in which keys they say were touched.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.model.table import Span, Table
from gympulse.settings import Rules
from gympulse.transforms.expectations import Expectation, Reference


class Read(Protocol):
    """Gives tables as they now are, skipping files that no span overlaps."""

    def __call__(
        self,
        table: Table,
        spans: Sequence[Span] | None = None,
        begin: str | None = None,
        end: str | None = None,
    ) -> DataFrame:
        """Rows of ``table`` that begin by a span's end, and end at its start or later.

        Args:
            table: What to read.
            spans: Instants, both inclusive; None reads everything.
            begin: Instant that a row's validity begins at; by default ``table.pruned_by``.
            end: Instant that it ends at; by default the same as ``begin``.
        """


@dataclass(frozen=True)
class Scope:
    """The keys that a batch touches.

    Attributes:
        keys: Distinct keys; None means every key there is.
        spans: Instants that the touched rows lie in; None means any.
    """

    keys: DataFrame | None = None
    spans: tuple[Span, ...] | None = None

    def keep(self, rows: DataFrame, **by: str) -> DataFrame:
        """The rows in scope.

        Args:
            rows: Any frame.
            **by: Columns of ``keys``, each with the SQL expression of ``rows`` that equals it.
        """
        if self.keys is None:
            return rows
        keys = self.keys.select(*(F.col(name).alias(f"_scope_{name}") for name in by)).distinct()
        return rows.join(
            F.broadcast(keys),
            [F.expr(sql) == keys[f"_scope_{name}"] for name, sql in by.items()],
            how="left_semi",
        )

    def part(self, begin: Column, end: Column) -> tuple[Column, Column]:
        """Where the part of a stretch begins and ends that the spans lie in, gaps included.

        A row that is valid for years is then no more work than what a batch touches of it. Of
        a stretch that lies elsewhere the end comes before the beginning.
        """
        if not self.spans:
            return begin, end
        first, last = min(self.spans)[0], max(until for _, until in self.spans)
        return F.greatest(begin, F.lit(first)), F.least(end, F.lit(last))


EVERYTHING = Scope()


@dataclass(frozen=True)
class FromRecords:
    """A table that raw records are read into; of two rows with one key, the greatest stays.

    Attributes:
        table: The table made.
        source: The bronze table read.
        parse: Adds the table's columns, and ``OTHERS``, to bronze rows; what cannot be read
            is null.
        expectations: What parsed rows should be.
        known: Paths of the fields that are no news, those that are not read among them.
        topic: Kafka topic of the records, where the source holds several.
        references: Tables that should know them.
    """

    table: Table
    source: Table
    parse: Callable[[DataFrame, Rules], DataFrame]
    expectations: tuple[Expectation, ...]
    known: Collection[str]
    topic: str | None = None
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Changes:
    """Rows that came, changed or went in the tables that a table is computed from.

    Attributes:
        frame: The columns that ``FromTables.touches`` names, and ``_of``, the table's name.
        spans: By table, the instants that its changes lie in.
    """

    frame: DataFrame
    spans: Mapping[str, tuple[Span, ...]]

    def of(self, table: Table) -> DataFrame:
        """The changes of one table."""
        return self.frame.where(F.col("_of") == table.name)

    def spans_of(self, table: Table) -> tuple[Span, ...]:
        """The instants that one table's changes lie in."""
        return self.spans.get(table.name, ())


@dataclass(frozen=True)
class SetAside:
    """Rows that a rule keeps out of a table for as long as it holds.

    Attributes:
        rows: ``rule``, ``rule_version``, ``source_id`` and ``payload`` of the rows in scope to
            keep out.
        current: The quarantine's open entries in scope.
        scope: What open entries of the table are about, as ``FromTables.scope`` gives it.
    """

    rows: Callable[[Scope, Read, Rules], DataFrame]
    current: Callable[[DataFrame, Scope], DataFrame]
    scope: Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class FromTables:
    """A table computed from others.

    Attributes:
        table: The table made.
        touches: Tables read, each with the columns of its changes that tell what is touched,
            as SQL; ``_begin`` and ``_end`` are the instants that a change lies between.
        scope: The touched keys, with ``_begin`` and ``_end`` where files can be skipped by them.
        rows: The table's rows in scope, from the tables as they now are.
        current: The rows of the present table that are in scope.
        set_aside: What a rule keeps out, where one does.
        expectations: What the table's rows should be; those that are not stay, with a warning.
    """

    table: Table
    touches: Mapping[Table, Mapping[str, str]]
    scope: Callable[[Changes, Read, Rules], DataFrame]
    rows: Callable[[Scope, Read, Rules], DataFrame]
    current: Callable[[DataFrame, Scope], DataFrame]
    set_aside: SetAside | None = None
    expectations: tuple[Expectation, ...] = ()


def reaching(
    spans: Sequence[Span], back: timedelta = timedelta(), ahead: timedelta = timedelta()
) -> tuple[Span, ...]:
    """Spans made longer at either end."""
    return tuple((begin - back, end + ahead) for begin, end in spans)


def greatest_per_key(rows: DataFrame, table: Table, *others: Column) -> DataFrame:
    """One row a key, each value the greatest, nulls lowest, whatever the order of arrival.

    Args:
        rows: The table's columns and ``_outcome``, which divides rows further.
        table: Whose key it is.
        *others: What else to aggregate.

    Returns:
        The same columns, ``_count``, the number of rows that had the key, and the others.
    """
    values = [F.max(name).alias(name) for name in table.values]
    count = F.count(F.lit(1)).alias("_count")
    return rows.groupBy("_outcome", *table.key).agg(*values, count, *others)
