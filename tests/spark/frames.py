"""Rows into Spark and out of it; many cases in one frame cost one job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType
from pyspark.testing import assertDataFrameEqual, assertSchemaEqual

from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action, is_bad, with_action
from gympulse.transforms.recipe import FromRecords

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


def at(text: str) -> datetime:
    """An instant from its UTC text, as ``2024-02-29 12:00:00.5``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def noon(seconds: float) -> datetime:
    """An instant by its distance from noon."""
    return NOON + timedelta(seconds=seconds)


def frame(spark: SparkSession, columns: Table | str, rows: Iterable[tuple]) -> DataFrame:
    """A frame of a table's columns, or of those that DDL names."""
    ddl = columns.ddl if isinstance(columns, Table) else columns
    return spark.createDataFrame(list(rows), ddl)


def collected(actual: DataFrame, table: Table) -> list[Row]:
    """The rows of a frame that has the table's schema, with instants in UTC."""
    assertSchemaEqual(actual.schema, StructType.fromDDL(table.ddl))
    return [_in_utc(row) for row in actual.collect()]


def assert_rows(found: Sequence[Row], table: Table, expected: Iterable[tuple]) -> None:
    """Hold rows of a table against the expected ones, to the last bit, in any order."""
    rows = [Row(*table.columns)(*values) for values in expected]
    assertDataFrameEqual(list(found), rows, rtol=0, atol=0)


def _in_utc(row: Row) -> Row:
    # Spark gives instants in the machine's time zone, without saying so.
    values = (v.astimezone(UTC) if isinstance(v, datetime) else v for v in row)
    return Row(*row.__fields__)(*values)


@dataclass(frozen=True)
class Judged:
    """What a recipe makes of one bronze row: the table's row, or the rules that it breaks."""

    row: tuple | None
    broken: frozenset[str]


def judged(recipe: FromRecords, bronze: DataFrame, place: str, rules: Rules) -> list[Judged]:
    """Each bronze row, in the order of its place, judged in one job.

    A rule's condition may not be null: a row would then be neither good nor bad.
    """
    aside = with_action(recipe.expectations, rules, Action.QUARANTINE)
    conditions = {each.name: each.broken(rules) for each in aside}
    found = recipe.parse(bronze, rules).select(
        F.col(place).alias("_place"),
        # An instant out of bounds might not be one to Python.
        F.when(~is_bad(aside, rules), F.struct(*_writable(recipe.table))).alias("_row"),
        F.struct(*(F.expr(sql).alias(name) for name, sql in conditions.items())).alias("_broken"),
    )
    judgements = {}
    for row in found.collect():
        broken = row["_broken"].asDict()
        assert None not in broken.values(), (row, broken)
        names = frozenset(name for name, is_broken in broken.items() if is_broken)
        judgements[row["_place"]] = Judged(row["_row"] and tuple(_in_utc(row["_row"])), names)
    return [judgements[place] for place in sorted(judgements)]


def _writable(table: Table) -> list[Column]:
    # Nor might a date: Spark knows years before the first.
    return [
        F.col(name).cast("string").alias(name) if type_ == "date" else F.col(name)
        for name, type_ in table.schema.items()
    ]


def kafka_records(spark: SparkSession, topic: str, values: Iterable[str | None]) -> DataFrame:
    """Records of a topic, offset by offset; a value that begins with ``base64:`` was no UTF-8."""
    rows = []
    for offset, value in enumerate(values):
        encoding = "base64" if (value or "").startswith("base64:") else "utf-8"
        value = value.removeprefix("base64:") if value else value
        rows.append(("k", value, encoding, topic, 0, offset, NOON, NOON.date(), "kafka", NOON))
    return frame(spark, KAFKA_MULTIPLEX, rows)


def assert_judged(found: Judged, expected: tuple | set[str]) -> None:
    """An accepted row is known by its values, another by all the rules that it breaks."""
    if isinstance(expected, set):
        assert found == Judged(None, frozenset(expected))
    else:
        row = tuple(str(v) if type(v) is date else v for v in expected)
        assert found == Judged(row, frozenset())
