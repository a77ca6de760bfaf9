"""Records that were set aside, as a review chooses them and looks at them again."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.io import from_tables, quarantine
from gympulse.io.delta import Reader
from gympulse.io.judgements import broken, place
from gympulse.model.bronze import TOPICS
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX
from gympulse.operations.arguments import Request
from gympulse.operations.curing import cured
from gympulse.recipes import RECIPE_OF
from gympulse.settings import Rules
from gympulse.transforms.bronze.stray_lines import EXPECTATIONS
from gympulse.transforms.business_time import date_of
from gympulse.transforms.cures import RELEASE
from gympulse.transforms.expectations import Action, broken_rules
from gympulse.transforms.recipe import FromRecords, FromTables

# What would be set aside again, or would stop the layer.
_STOPPING = (Action.QUARANTINE, Action.FAIL)
_RECORD, _LINE = "^([^/:]+)/([0-9]+)/([0-9]+)$", ":[0-9]+$"


def chosen(request: Request, source: Table, read: Reader) -> DataFrame:
    """The open entries that a review is about; what breaks several rules has several."""
    rules, (first, last) = request.values["rules"], request.dates
    found = quarantine.entries(source.short_name, read)
    day = date_of(F.col("quarantined_at"), request.settings.rules.time_zone)
    if rules:
        found = found.where(F.col("rule").isin(*rules))
    if first:
        found = found.where(day >= F.lit(first))
    if last:
        found = found.where(day <= F.lit(last))
    return found


def unreleased(entries: DataFrame, source: Table, read: Reader) -> DataFrame:
    """Entries of bronze records that no release has added again."""
    return entries.join(released_ids(source, read), on="source_id", how="left_anti")


def released_ids(source: Table, read: Reader) -> DataFrame:
    """``source_id`` of the records that releases have added to bronze."""
    named = "source" if source is KAFKA_MULTIPLEX else "source_file"
    rows = _stored(source, read).where(F.col(named).startswith(RELEASE))
    return rows.select(_original(place(source)).alias("source_id")).distinct()


def _original(released: Column) -> Column:
    return F.substr(released, F.lit(len(RELEASE) + 1))


def records_of(ids: DataFrame, source: Table, read: Reader) -> DataFrame:
    """Bronze rows by where they stand, with ``source_id``; files far from them are skipped."""
    rows = _stored(source, read).where(_near(ids, source))
    return rows.withColumn("source_id", place(source)).join(ids, on="source_id", how="left_semi")


def _stored(source: Table, read: Reader) -> DataFrame:
    rows = read.spark.read.format("delta").load(read.lake.path(source))
    # Columns that the model has gained, and the table gains with its layer's next run.
    columns = [
        F.col(name) if name in rows.columns else F.lit(None).cast(type_).alias(name)
        for name, type_ in source.schema.items()
    ]
    return rows.select(*columns)


def _near(ids: DataFrame, source: Table) -> Column:
    """The condition that all rows with one of the places meet."""
    if source is not KAFKA_MULTIPLEX:
        file = F.regexp_replace("source_id", _LINE, "")
        return F.col("source_file").between(*ids.agg(F.min(file), F.max(file)).first())
    topic, partition, offset = (F.regexp_extract("source_id", _RECORD, i) for i in (1, 2, 3))
    offset = F.nullif(offset, F.lit("")).cast("bigint")
    bounds = [f(c) for c in ("source_id", offset) for f in (F.min, F.max)]
    conditions = []
    for name, part, *found in ids.groupBy(topic, partition).agg(*bounds).collect():
        # Archives' lines are known by file and line alone.
        condition = F.col("source").between(*found[:2])
        if name:
            condition = (F.col("source") == "kafka") & F.col("offset").between(*found[2:])
            condition &= (F.col("topic") == name) & (F.col("partition") == int(part))
        conditions.append(condition)
    return reduce(Column.__or__, conditions, F.lit(False))


def records(request: Request, ids: DataFrame, source: Table, read: Reader) -> DataFrame:
    """Bronze records as a release would add them, with the rules that they would break.

    Returns:
        Columns of ``transforms.cures.released`` and ``breaks``, names of rules.

    Raises:
        BadSettings: A cure cannot be computed.
    """
    rules = request.settings.rules
    found = records_of(ids, source, read)
    rows = cured(found, source, request.values["cures"], rules.time_zone)
    return _with_breaks(rows, _broken(rows, source, rules))


def _broken(rows: DataFrame, source: Table, rules: Rules) -> DataFrame:
    """``source_id`` and ``rule`` of rows that silver would not take in."""
    parts = []
    for recipe in RECIPE_OF.values():
        if isinstance(recipe, FromRecords) and recipe.source is source:
            fed = rows.where(F.col("topic") == recipe.topic) if recipe.topic else rows
            parsed = recipe.parse(fed.select(*source.columns), rules)
            parts.append(broken(parsed, recipe, rules, _STOPPING).select("source_id", "rule"))
    if source is KAFKA_MULTIPLEX:
        # Silver takes it for a tombstone. Set aside it was none: the cure has lost it.
        empty = rows.where("value IS NULL").withColumn("rule", F.lit("no_value"))
        strays = rows.where(~F.coalesce(F.col("topic").isin(*TOPICS), F.lit(False)))
        strays = broken_rules(strays, EXPECTATIONS, rules, _STOPPING)
        parts += [each.select(place(source).alias("source_id"), "rule") for each in (empty, strays)]
    found = reduce(DataFrame.unionByName, parts)
    return found.select(_original(F.col("source_id")).alias("source_id"), "rule")


def sessions(request: Request, entries: DataFrame, recipe: FromTables, read: Reader) -> DataFrame:
    """Derived rows that are set aside, with the rules that they break now.

    Returns:
        ``source_id``, ``before`` and ``after``, which are equal, and ``breaks``.
    """
    rules = request.settings.rules
    scope = from_tables.set_aside_scope(entries, recipe)
    rows = entries.groupBy("source_id").agg(F.max("payload").alias("before"))
    return _with_breaks(
        rows.withColumn("after", F.col("before")), recipe.set_aside.rows(scope, read, rules)
    )


def _with_breaks(rows: DataFrame, broken: DataFrame) -> DataFrame:
    names = broken.groupBy("source_id").agg(F.sort_array(F.collect_set("rule")).alias("breaks"))
    none = F.array().cast("array<string>")
    return rows.join(names, on="source_id", how="left").withColumn(
        "breaks", F.coalesce("breaks", none)
    )
