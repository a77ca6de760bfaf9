"""What silver and gold should hold: computed from bronze, by the same recipes as the streams."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import cache

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from gympulse.io.delta import Reader
from gympulse.io.from_records import accepted
from gympulse.model.table import Span, Table
from gympulse.operations.window import Window
from gympulse.recipes import RECIPE_OF
from gympulse.settings import Rules
from gympulse.transforms.recipe import FromRecords, Scope

Records = Callable[[FromRecords], DataFrame]


class Recomputation:
    """Tables as a batch computation gives them, within some days; a ``Read`` for the recipes.

    A key whose row lies, at least in part, within the days is computed whole; all other
    rows are the live tables'. So what is computed of one table fits what is kept of another.

    Args:
        read: Gives the live tables, always in the same versions.
        rules: Business rules.
        tables: What is computed; other tables are read as they are.
        window: The days.
        records: The bronze records of a recipe.
    """

    def __init__(
        self,
        read: Reader,
        rules: Rules,
        tables: Collection[Table],
        window: Window,
        records: Records,
    ) -> None:
        self.read, self.rules, self.tables = read, rules, tables
        self.window, self.records = window, records
        # A session that meets the days reaches as far beyond them.
        reach = timedelta(seconds=rules.max_session_seconds, hours=1)
        self.spans = window.spans(reach)
        self.expected = cache(self._expected)
        self._computed = cache(self._compute)
        self._touched = cache(self._touch)

    def __call__(
        self,
        table: Table,
        spans: Sequence[Span] | None = None,
        begin: str | None = None,
        end: str | None = None,
    ) -> DataFrame:
        """A table's rows as they should be; see ``Read``."""
        if table not in self.tables:
            return self.read(table, spans, begin, end)
        rows = self.expected(table)
        if not self.window.is_everything:
            live = self.read(table, spans, begin, end)
            rows = rows.unionByName(self._outside(live, table))
        condition = self.read.condition(table, spans, begin, end)
        return rows.where(condition) if condition else rows

    def _expected(self, table: Table) -> DataFrame:
        """The rows that a table should hold within the days."""
        rows = self._inside(self._computed(table), table)
        is_a_mere_filter = self.window.is_everything or self._is_told_by_key(table)
        return rows if is_a_mere_filter else self._keep(rows)

    @property
    def live(self) -> Reader:
        """Reads the lake as it is now."""
        return Reader(self.read.spark, self.read.lake, self.read.time_zone)

    def present(self, table: Table) -> DataFrame:
        """The rows that it holds of the same keys."""
        return self._inside(self.read(table), table)

    def _compute(self, table: Table) -> DataFrame:
        recipe = RECIPE_OF[table]
        if not isinstance(recipe, FromRecords):
            return self._keep(recipe.rows(Scope(spans=self.spans), self, self.rules))
        rows = accepted(self.records(recipe), recipe, self.rules)
        if self._is_told_by_key(table):
            rows = rows.where(self.window.meets(table))
        return self._keep(rows)

    def _is_told_by_key(self, table: Table) -> bool:
        """Whether a key alone says if its row lies within the days, whatever its values."""
        return set(table.extent) <= set(table.key)

    def _inside(self, rows: DataFrame, table: Table) -> DataFrame:
        if self.window.is_everything:
            return rows
        if self._is_told_by_key(table):
            return rows.where(self.window.meets(table))
        return rows.join(self._touched(table), on=list(table.key), how="left_semi")

    def _outside(self, rows: DataFrame, table: Table) -> DataFrame:
        if self._is_told_by_key(table):
            return rows.where(f"NOT ({self.window.meets(table)})")
        return rows.join(self._touched(table), on=list(table.key), how="left_anti")

    def _touch(self, table: Table) -> DataFrame:
        """The keys with a row within the days, as computed or as it is."""
        found = [
            rows.where(self.window.meets(table)).select(*table.key)
            for rows in (self._computed(table), self.read(table))
        ]
        return self._keep(found[0].unionByName(found[1]).distinct())

    def _keep(self, rows: DataFrame) -> DataFrame:
        # Months of readings do not fit into memory. Without the plan that led to them: each
        # table's is part, several times over, of those that read it.
        return rows.localCheckpoint(eager=False, storageLevel=StorageLevel.DISK_ONLY)
