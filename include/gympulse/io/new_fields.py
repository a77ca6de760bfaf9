"""The record of fields that sources send and the platform does not know; one writer, silver."""

import logging
from collections.abc import Collection

from deltalake import DeltaTable, write_deltalake
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.io.ops import lock
from gympulse.io.schema import arrow_schema
from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX, NEW_FIELDS
from gympulse.transforms.other_fields import OTHERS
from gympulse.transforms.recipe import FromRecords

log = logging.getLogger(__name__)

# A source that takes data for names would otherwise fill the table, and every batch search it.
_MOST = 1000
_EXAMPLE_LENGTH = 200


def recorded(recipe: FromRecords, lake: Lake) -> frozenset[str]:
    """The fields of a recipe's source that are recorded already."""
    table = DeltaTable(lake.path(NEW_FIELDS))
    wanted = [("source", "=", _source(recipe))]
    return frozenset(table.to_pyarrow_table(columns=["field"], filters=wanted)["field"].to_pylist())


def is_new(recipe: FromRecords, recorded: Collection[str]) -> Column:
    """Whether a parsed record has a field that is neither known nor recorded; never null."""
    if len(recorded) >= _MOST:
        return F.lit(False)
    known = [*recipe.known, *recorded]
    has_unknown = F.exists(OTHERS, lambda each: ~each["field"].isin(known))
    # Asked for first, null costs little: what takes a function is not compiled.
    return F.when(F.col(OTHERS).isNotNull(), has_unknown).otherwise(False)


def notice(records: DataFrame, recipe: FromRecords, recorded: Collection[str], lake: Lake) -> None:
    """Record the new fields of some records: of each, the first record in bronze that has it.

    A source has at most 1,000 entries. The caller is the silver layer, which has one stream of
    each source.

    Args:
        records: Parsed records, with ``source_id``, their place in the source.
        recipe: Whose records they are.
        recorded: The fields that are recorded already.
        lake: Where the record is kept.

    Replay: finds them recorded, and adds none.
    """
    rows = _first_seen(records, recipe, recorded).toArrow().cast(arrow_schema(NEW_FIELDS))
    with lock(lake, NEW_FIELDS):
        write_deltalake(lake.path(NEW_FIELDS), rows, mode="append")
    log.warning("%s: %d new fields, see ops_db.new_fields", _source(recipe), len(rows))


def _first_seen(records: DataFrame, recipe: FromRecords, recorded: Collection[str]) -> DataFrame:
    is_kafka = recipe.source is KAFKA_MULTIPLEX
    place = ("partition", "offset") if is_kafka else ("source_file", "line")
    known = [*recipe.known, *recorded]
    first = F.min(F.struct("load_time", *place, "source_id", "example")).alias("_first")
    found = (
        records.select("load_time", *place, "source_id", F.explode(OTHERS).alias("_other"))
        .select("*", "_other.*")
        .where(~F.col("field").isin(known))
        .groupBy("field")
        .agg(first)
        .orderBy("_first", "field")
        .limit(_MOST - len(recorded))
    )
    return found.select(
        F.lit(_source(recipe)).alias("source"),
        "field",
        F.col("_first.load_time").alias("first_seen_at"),
        "_first.source_id",
        F.substring("_first.example", 1, _EXAMPLE_LENGTH).alias("example"),
    )


def _source(recipe: FromRecords) -> str:
    return recipe.topic or recipe.source.short_name
