"""Records that were set aside, as a release would add them to bronze: mended, in a new place."""

import base64
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.model.bronze import TOPICS
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.transforms.bronze.archive_lines import archive_line
from gympulse.transforms.business_time import date_of
from gympulse.transforms.json_objects import members, replaced, texts

# What a released row's place begins with, before the place that it comes from.
RELEASE = "release:"
_FIELDS = pa.map_(pa.string(), pa.string())
_MICROS = pa.timestamp("us", tz="UTC")


def columns_of(source: Table) -> tuple[str, ...]:
    """The columns of a bronze table that a cure may give; of Kafka all other names are fields.

    Silver reads no others of Kafka's.
    """
    return ("value", "topic") if source is KAFKA_MULTIPLEX else tuple(source.types)


def with_fields(records: DataFrame, source: Table) -> DataFrame:
    """Add what a cure may look at beside the columns of bronze.

    Returns:
        Of Kafka's records also ``field``, a map of the payload's fields as text; null where the
        payload is no JSON object.
    """
    if source is not KAFKA_MULTIPLEX:
        return records
    ddl = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in records.schema)
    return records.mapInArrow(_fields, f"{ddl}, field map<string,string>")


def released(
    records: DataFrame, source: Table, cures: Mapping[str, str], time_zone: str
) -> DataFrame:
    """The rows that a release adds to bronze.

    An expression sees the record as it was received, whatever the others give. A line of an
    archive that was no record is read again, as its cure or the present code has it.

    Args:
        records: Rows of a bronze table and ``source_id``, where each stands.
        source: The table.
        cures: SQL expressions by the names of what they give: see ``columns_of``; a field within
            another is named with dots.
        time_zone: The business time zone.

    Returns:
        The table's columns, ``source_id``, and the record as text: ``before`` and ``after``.
    """
    rows = with_fields(records, source) if cures else records
    given = {name: _text(cures[name]) for name in columns_of(source) if name in cures}
    if source is not KAFKA_MULTIPLEX:
        return _line(rows, source, given)
    fields = {name: sql for name, sql in cures.items() if name not in given}
    return _record(rows, given, fields, time_zone)


def _text(sql: str) -> Column:
    """An expression's result as text; null where its bytes are none."""
    return F.try_validate_utf8(F.expr(sql).cast("string"))


def _line(rows: DataFrame, source: Table, given: Mapping[str, Column]) -> DataFrame:
    """Lines of CSV files. One that a cure gives any column no longer fails to fit its header."""
    is_given = reduce(Column.__or__, (c.isNotNull() for c in given.values()), F.lit(False))
    values = {
        **given,
        "raw_line": F.when(~is_given, F.col("raw_line")),
        "encoding": F.when(is_given, "utf-8").otherwise(F.col("encoding")),
        "source_file": F.concat(F.lit(RELEASE), "source_file"),
        "load_time": F.current_timestamp(),
    }
    shown = F.coalesce("raw_line", F.to_json(F.struct(*source.types)))
    columns = [values.get(name, F.col(name)).alias(name) for name in source.columns]
    return rows.select(*columns, "source_id", shown.alias("before")).withColumn("after", shown)


def _record(
    rows: DataFrame, given: Mapping[str, Column], fields: Mapping[str, str], time_zone: str
) -> DataFrame:
    """Kafka's records, and lines of archives."""
    value, topic = (given.get(name, F.col(name)) for name in ("value", "topic"))
    is_same = value.eqNullSafe(F.col("value"))
    edits = [F.expr(sql).alias(name) for name, sql in fields.items()]
    values = {
        "value": value,
        "topic": F.coalesce(topic, F.col("topic")),
        "encoding": F.when(is_same, F.col("encoding")).otherwise("utf-8"),
        "source": F.concat(F.lit(RELEASE), "source_id"),
        "load_time": F.current_timestamp(),
    }
    ddl = f"{KAFKA_MULTIPLEX.ddl}, source_id string, before string, _edits string"
    return (
        rows.select(
            *(values.get(n, F.col(n)).alias(n) for n in KAFKA_MULTIPLEX.columns),
            "source_id",
            F.col("value").alias("before"),
            # As Spark writes JSON: numbers without quotes, and null where a cure gives none.
            (
                F.to_json(F.struct(*edits), {"ignoreNullFields": "false"})
                if edits
                else F.lit(None).cast("string")
            ).alias("_edits"),
        )
        .mapInArrow(_edited, ddl)
        .withColumn("date", date_of(F.col("timestamp"), time_zone))
        .select(*KAFKA_MULTIPLEX.columns, "source_id", "before", F.col("value").alias("after"))
    )


Batches = Iterator[pa.RecordBatch]


def _fields(batches: Batches) -> Batches:
    for batch in batches:
        found = [texts(value or "") for value in batch.column("value").to_pylist()]
        pairs = [None if each is None else list(each.items()) for each in found]
        columns = [*batch.columns, pa.array(pairs, type=_FIELDS)]
        names = [*batch.schema.names, "field"]
        yield pa.RecordBatch.from_arrays(columns, names=names)


def _edited(batches: Batches) -> Batches:
    """Put cured fields into their payloads, and read lines without a topic again."""
    for batch in batches:
        columns = {name: batch.column(name) for name in batch.schema.names}
        columns["timestamp"] = columns["timestamp"].cast(pa.int64())
        names = ("value", "encoding", "topic", "key", "partition", "offset", "timestamp", "_edits")
        rows = zip(*(columns[name].to_pylist() for name in names), strict=True)
        done = [_edit(dict(zip(names, row, strict=True))) for row in rows]
        for name in names:
            values = [row[name] for row in done]
            columns[name] = pa.array(values, type=columns[name].type)
        columns["timestamp"] = columns["timestamp"].cast(_MICROS)
        yield pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _edit(row: dict[str, Any]) -> dict[str, Any]:
    if row["topic"] is None and row["value"] is not None:
        row |= _read_again(row["value"], row["encoding"])
    edits = row["_edits"]
    if edits and row["topic"] is not None and row["value"] is not None:
        for member in members(edits) or ():
            written = edits[member.begin : member.end]
            row["value"] = replaced(row["value"], member.name.split("."), written)
    return row


def _read_again(text: str, encoding: str) -> dict[str, Any]:
    line = base64.b64decode(text) if encoding == "base64" else text.encode()
    found = archive_line(line, TOPICS)
    if found is None or found.topic is None:
        return {}
    micros = found.timestamp and pa.scalar(found.timestamp, _MICROS).cast(pa.int64()).as_py()
    names = ("value", "encoding", "topic", "key", "partition", "offset")
    return {name: getattr(found, name) for name in names} | {"timestamp": micros}
