"""Delta tables: read them skipping files, append, replace and merge."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from gympulse.io import delta_files
from gympulse.lake import Lake
from gympulse.model.table import Span, Table
from gympulse.runtime import is_databricks

_ROWS_WORTH_A_FILE = 100_000


class Reader:
    """Reads tables of one lake with one session; a ``gympulse.transforms.recipe.Read``.

    Args:
        spark: The session.
        lake: Where the tables are.
        time_zone: The business time zone.
        versions: By table's name, the version to read; the newest of those not named.
    """

    def __init__(
        self,
        spark: SparkSession,
        lake: Lake,
        time_zone: str,
        versions: Mapping[str, int] | None = None,
    ) -> None:
        self.spark, self.lake, self.time_zone = spark, lake, time_zone
        self.versions = versions or {}

    def __call__(
        self,
        table: Table,
        spans: Sequence[Span] | None = None,
        begin: str | None = None,
        end: str | None = None,
    ) -> DataFrame:
        """Rows as they now are; see ``Read``.

        The table's log is read without Spark, which would take two jobs for it; and on one machine
        so are its files, which Delta would look for once more.
        """
        path, begin = self.lake.path(table), begin or table.pruned_by
        files = delta_files.files(path, self.versions.get(table.name))
        if spans is not None and begin is not None:
            files = delta_files.overlapping(files, spans, begin, end or begin)
        if not len(files):
            return self._nothing(table)
        rows = self._of_table(table) if is_databricks() else self._of_files(table, files)
        condition = self.condition(table, spans, begin, end)
        return rows.where(condition) if condition else rows

    def besides(self, table: Table, version: int) -> DataFrame:
        """Rows of the files that another version of a table does not have.

        On Databricks, which lets nobody read them by themselves, all rows.
        """
        path = self.lake.path(table)
        files = delta_files.files(path, self.versions.get(table.name))
        others = delta_files.files(path, version)["path"].combine_chunks()
        left = files.filter(pc.invert(pc.is_in(files["path"], value_set=others)))
        if is_databricks():
            return self(table)
        return self._of_files(table, left) if len(left) else self._nothing(table)

    def _of_files(self, table: Table, files: pa.Table) -> DataFrame:
        path = self.lake.path(table)
        return (
            self.spark.read.schema(table.ddl)
            .options(basePath=path, __globPaths__="false")
            .parquet(*delta_files.paths(path, files))
            .select(*table.columns)
        )

    def _of_table(self, table: Table) -> DataFrame:
        rows = self.spark.read.format("delta")
        if table.name in self.versions:
            rows = rows.option("versionAsOf", self.versions[table.name])
        return declared(rows.load(self.lake.path(table)), table).select(*table.columns)

    def _nothing(self, table: Table) -> DataFrame:
        """No rows, known to the optimizer as none."""
        nulls = ", ".join(f"CAST(NULL AS {type_}) `{name}`" for name, type_ in table.schema.items())
        return self.spark.sql(f"SELECT {nulls} WHERE false")

    def condition(
        self,
        table: Table,
        spans: Sequence[Span] | None,
        begin: str | None = None,
        end: str | None = None,
        alias: str = "",
    ) -> str:
        """The SQL that skips files by literal instants, and by literal dates of partitions."""
        begin = begin or table.pruned_by
        if spans is None or begin is None:
            return ""
        begin, end = f"{alias}{begin}", f"{alias}{end or begin}"
        parts = [self._overlaps(table, span, begin, end) for span in spans]
        condition = f"({' OR '.join(parts) or 'false'})"
        if "date" in table.partitioned_by and spans:
            dates = ", ".join(f"DATE '{date}'" for date in self._dates(spans))
            condition += f" AND {alias}date IN ({dates})"
        return condition

    def _overlaps(self, table: Table, span: Span, begin: str, end: str) -> str:
        first, last = span
        if table.schema[table.pruned_by] == "date":
            first, last = first - timedelta(days=1), last + timedelta(days=1)
            return f"({begin} <= DATE '{last:%Y-%m-%d}' AND {end} >= DATE '{first:%Y-%m-%d}')"
        return f"({begin} <= {_literal(last)} AND {end} >= {_literal(first)})"

    def _dates(self, spans: Sequence[Span]) -> list[str]:
        zone = ZoneInfo(self.time_zone)
        dates = set()
        for first, last in spans:
            date, until = first.astimezone(zone).date(), last.astimezone(zone).date()
            while date <= until:
                dates.add(date.isoformat())
                date += timedelta(days=1)
        return sorted(dates)


def declared(rows: DataFrame, table: Table) -> DataFrame:
    """Rows with null for the columns that a table's own writer has yet to give it."""
    gained = {
        name: F.lit(None).cast(type_)
        for name, type_ in table.schema.items()
        if name not in rows.columns
    }
    return rows.withColumns(gained) if gained else rows


def _literal(instant: datetime) -> str:
    return f"TIMESTAMP '{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}Z'"


def in_files(
    rows: DataFrame,
    table: Table,
    count: int,
    spans: Sequence[Span] | None,
    among: int | None = None,
) -> DataFrame:
    """Rows, parted as they are best written: few into few files, days so that they are skipped.

    Args:
        rows: Of the table; kept, for where days are cut they are looked at once more.
        table: What they are for.
        count: How many there are.
        spans: Instants that they lie in; None for any.
        among: How many rows are looked through for them, where that is more. Few are by one
            task, which writes a file for each date instead of one for each part of a shuffle.
    """
    stretches = _stretches(table, count, spans)
    if stretches > 1:
        return rows.repartitionByRange(stretches, table.pruned_by)
    return rows.coalesce(max((among or count) // _ROWS_WORTH_A_FILE, 1))


def _stretches(table: Table, count: int, spans: Sequence[Span] | None) -> int:
    """Into how many stretches of time rows of several days are cut.

    Small batches stay whole, since many small files cost more than they skip; a table that is
    divided by date is cut by it anyway.
    """
    if spans is None or not table.pruned_by or table.partitioned_by:
        return 1
    days = sum(max((end - begin).days, 1) for begin, end in spans)
    return max(min(days, count // _ROWS_WORTH_A_FILE), 1)


def append(rows: DataFrame, lake: Lake, table: Table, **options: str) -> None:
    """Add rows in one commit.

    Args:
        rows: The table's columns, and others, which are left out.
        lake: Where the table is.
        table: What to add to.
        **options: Of Delta's writer.

    Replay: adds them again, unless ``txnAppId`` and ``txnVersion`` are given.
    """
    rows.select(*table.columns).write.format("delta").mode("append").options(**options).save(
        lake.path(table)
    )


def replace(rows: DataFrame, lake: Lake, table: Table, count: int) -> None:
    """Put rows in the place of all of a table's, and its columns too, in one commit.

    Args:
        rows: The table's columns.
        lake: Where the table is.
        table: What to replace.
        count: How many rows there are: many are cut by time, so that files can be skipped.

    Replay: does the same again.
    """
    if table.pruned_by:
        rows = rows.repartitionByRange(max(count // _ROWS_WORTH_A_FILE, 1), table.pruned_by)
    rows.select(*table.columns).write.format("delta").mode("overwrite").option(
        "overwriteSchema", "true"
    ).save(lake.path(table))


def merge(changes: DataFrame, lake: Lake, table: Table, pruned: str) -> None:
    """Insert, update and delete by key in one commit.

    Args:
        changes: The table's columns and ``_change``: ``insert``, ``update`` or ``delete``.
        lake: Where the table is.
        table: What to change.
        pruned: SQL on alias ``t`` that every row to be changed meets, so that files are skipped.

    Replay: leaves the table as it is.
    """
    from delta.tables import DeltaTable as SparkDeltaTable

    by_key = " AND ".join(f"t.`{name}` <=> s.`{name}`" for name in table.key)
    target = SparkDeltaTable.forPath(changes.sparkSession, lake.path(table))
    (
        target.alias("t")
        .merge(changes.alias("s"), f"{by_key} AND {pruned}" if pruned else by_key)
        .whenMatchedDelete("s._change = 'delete'")
        .whenMatchedUpdate(set={f"`{name}`": f"s.`{name}`" for name in table.columns})
        .whenNotMatchedInsert(
            "s._change = 'insert'", {f"`{name}`": f"s.`{name}`" for name in table.columns}
        )
        .execute()
    )


def update(rows: DataFrame, lake: Lake, table: Table, by: Sequence[str]) -> None:
    """Put rows in the place of those that are there, in one commit.

    Args:
        rows: The table's columns; no two rows are equal in ``by``.
        lake: Where the table is.
        table: What to change.
        by: The columns that say which row it is.

    Replay: leaves the table as it is.
    """
    from delta.tables import DeltaTable as SparkDeltaTable

    target = SparkDeltaTable.forPath(rows.sparkSession, lake.path(table))
    same = " AND ".join(f"t.`{name}` <=> s.`{name}`" for name in by)
    values = {f"`{name}`": f"s.`{name}`" for name in table.columns if name not in by}
    target.alias("t").merge(rows.alias("s"), same).whenMatchedUpdate(set=values).execute()
