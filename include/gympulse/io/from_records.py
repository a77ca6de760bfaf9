"""One batch of raw records into the table they first feed."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.io import new_fields, quarantine, spans
from gympulse.io.delta import Reader, append, merge, pieces
from gympulse.io.ops import Entry
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX, QUARANTINE
from gympulse.settings import Rules
from gympulse.transforms.recipe import FromRecords, Span, greatest_per_key
from gympulse.transforms.rules import broken_rules, is_bad

# Numbers, since they are part of the key that a batch is grouped by.
_GOOD, _BAD, _EMPTY = 0, 1, 2
_NEW = "_has_new_fields"


@dataclass(frozen=True)
class _Batch:
    """What is known of a batch after its one pass: counts, and the instants it touches."""

    read: int
    bad: int
    keys: int
    has_new_fields: bool
    spans: tuple[Span, ...] | None


def write_records(
    batch: DataFrame, recipe: FromRecords, read: Reader, rules: Rules
) -> tuple[int, int, int, int]:
    """Merge the valid records of a batch into the recipe's table, set the others aside.

    Returns:
        Rows read, inserted, superseding and quarantined.

    Replay: leaves table and quarantine as they are; the records then count as duplicates.
    """
    table = recipe.table
    recorded = new_fields.recorded(recipe, read.lake)
    parsed = recipe.parse(batch, rules).withColumn(_NEW, new_fields.is_new(recipe, recorded))
    grouped = _grouped(parsed, recipe, rules, [_NEW]).persist()
    try:
        facts = _facts(grouped, table)
        if facts.has_new_fields:
            rows = parsed.where(_NEW).withColumn("source_id", _place(recipe))
            new_fields.notice(rows, recipe, recorded, read.lake)
        if facts.bad:
            rows = _broken(parsed, recipe, rules)
            quarantine.set_aside(rows, recipe.source.short_name, read)
        incoming = grouped.where(F.col("_outcome") == _GOOD)
        inserted, superseding = _merge(incoming, facts, table, read)
    finally:
        grouped.unpersist()
    return facts.read, inserted, superseding, facts.bad


def accepted(records: DataFrame, recipe: FromRecords, rules: Rules) -> DataFrame:
    """The rows of the recipe's table that a set of records makes, one a key."""
    grouped = _grouped(recipe.parse(records, rules), recipe, rules)
    return grouped.where(F.col("_outcome") == _GOOD).select(*recipe.table.columns)


@dataclass(frozen=True)
class Judgement:
    """What the quarantine should say of some records.

    Attributes:
        recipe: Whose rules they were judged by.
        places: ``source_id`` of those that have an open entry.
        broken: ``source_id``, ``rule`` and ``payload`` of those that break a rule.
    """

    recipe: FromRecords
    places: DataFrame
    broken: DataFrame


def judge(
    records: DataFrame, recipe: FromRecords, is_concerned: str, read: Reader, rules: Rules
) -> Judgement:
    """Look at records again, as the present rules are.

    Args:
        records: Bronze records of the recipe.
        recipe: Whose rules are applied.
        is_concerned: SQL on parsed records: those whose entries may change.
        read: Reads the quarantine.
        rules: Business rules.
    """
    concerned = recipe.parse(records, rules).where(is_concerned)
    entries = _entries(recipe, read).select("source_id").distinct()
    places = concerned.select(_place(recipe).alias("source_id")).join(
        entries, on="source_id", how="left_semi"
    )
    broken = _broken(concerned, recipe, rules)
    return Judgement(recipe, places.distinct().localCheckpoint(), broken.localCheckpoint())


def requarantine(judgement: Judgement, read: Reader) -> int:
    """Let the quarantine say what was judged.

    Returns:
        How many entries were opened or cured.

    Replay: changes nothing.
    """
    recipe = judgement.recipe
    present = _entries(recipe, read).join(judgement.places, on="source_id", how="left_semi")
    return quarantine.follow(
        judgement.broken, present.select(*QUARANTINE.columns), recipe.source.short_name, read
    )


def _entries(recipe: FromRecords, read: Reader) -> DataFrame:
    """The open entries of a recipe's source."""
    source = recipe.source.short_name
    return read(QUARANTINE).where((F.col("source") == source) & (F.col("status") == "open"))


def _is_empty(recipe: FromRecords) -> str:
    """The condition that a record has no value: it is valid and says nothing."""
    return "value IS NULL" if recipe.source is KAFKA_MULTIPLEX else "false"


def _grouped(
    parsed: DataFrame, recipe: FromRecords, rules: Rules, flags: Sequence[str] = ()
) -> DataFrame:
    """Parsed records by outcome and, where they are valid, by key."""
    table, is_empty = recipe.table, F.expr(_is_empty(recipe))
    is_broken = is_bad(recipe.rules(rules))
    outcome = F.when(is_empty, _EMPTY).when(is_broken, _BAD).otherwise(_GOOD)
    keys = [F.when(F.col("_outcome") == _GOOD, F.col(k)).alias(k) for k in table.key]
    judged = parsed.withColumn("_outcome", outcome)
    return greatest_per_key(judged.select("_outcome", *keys, *table.values, *flags), table, flags)


def entry(table: Table, stream: str, batch_id: int, counts: tuple[int, int, int, int]) -> Entry:
    """The ledger's entry for a batch; what changed nothing and broke no rule is duplicate."""
    read, inserted, superseding, bad = counts
    return Entry(
        table=table.short_name,
        stream=stream,
        batch_id=batch_id,
        rows_read=read,
        inserted=inserted,
        superseding=superseding,
        duplicate=read - inserted - superseding - bad,
        quarantined=bad,
    )


def _facts(grouped: DataFrame, table: Table) -> _Batch:
    """Run the batch's one pass, and learn from it."""
    by = ["_outcome"]
    if table.pruned_by:
        by += spans.hours(F.col(table.pruned_by), F.col(table.pruned_by))
    found = grouped.groupBy(*by).agg(
        F.count("*").alias("keys"), F.sum("_count").alias("rows"), F.bool_or(_NEW).alias(_NEW)
    )
    groups = found.collect()
    good = [group for group in groups if group["_outcome"] == _GOOD]
    return _Batch(
        read=sum(group["rows"] for group in groups),
        bad=sum(group["rows"] for group in groups if group["_outcome"] == _BAD),
        keys=sum(group["keys"] for group in good),
        has_new_fields=any(group[_NEW] for group in groups),
        spans=spans.merged((group["_first"], group["_last"]) for group in good)
        if table.pruned_by
        else None,
    )


def _merge(incoming: DataFrame, facts: _Batch, table: Table, read: Reader) -> tuple[int, int]:
    if not facts.keys:
        return 0, 0
    present = read(table, facts.spans)
    if present.isEmpty():
        append(incoming, read.lake, table, pieces(table, facts.keys, facts.spans))
        return facts.keys, 0
    compared = _compared(incoming, present, table).persist()
    try:
        counts = {
            row["_change"]: row["count"] for row in compared.groupBy("_change").count().collect()
        }
        inserted, updated = counts.get("insert", 0), counts.get("update", 0)
        if inserted:
            new = compared.where("_change = 'insert'")
            append(new, read.lake, table, pieces(table, inserted, facts.spans))
        if updated:
            changes = compared.where("_change = 'update'").select(*table.columns, "_change")
            # A cached frame cannot be a merge's source, a checkpointed one can.
            merge(
                changes.localCheckpoint(eager=False),
                read.lake,
                table,
                read.condition(table, facts.spans, alias="t."),
            )
    finally:
        compared.unpersist()
    return inserted, updated


def _compared(incoming: DataFrame, present: DataFrame, table: Table) -> DataFrame:
    """Incoming keys with the greatest of incoming and present values, and what that changes."""
    known = present.select(
        *(F.col(name).alias(f"_present_{name}") for name in table.columns), F.lit(True).alias("_is")
    )
    same_key = [F.col(name).eqNullSafe(F.col(f"_present_{name}")) for name in table.key]
    is_greater = F.lit(False)
    for name in table.values:
        is_greater = is_greater | _exceeds(F.col(name), F.col(f"_present_{name}"))
    change = F.when(F.col("_is").isNull(), "insert").when(is_greater, "update").otherwise("same")
    values = [F.greatest(name, f"_present_{name}").alias(name) for name in table.values]
    return incoming.join(known, on=same_key, how="left").select(
        *table.key, *values, change.alias("_change")
    )


def _exceeds(value: Column, present: Column) -> Column:
    """Whether a value is greater than the present one; null is lowest."""
    return F.coalesce(value > present, value.isNotNull() & present.isNull())


def _broken(parsed: DataFrame, recipe: FromRecords, rules: Rules) -> DataFrame:
    """``source_id``, ``rule`` and ``payload`` of the records that break a rule."""
    is_kafka = recipe.source is KAFKA_MULTIPLEX
    payload = F.col("value") if is_kafka else F.coalesce("raw_line", "_texts")
    valued = parsed.where(f"NOT ({_is_empty(recipe)})")
    return broken_rules(valued, recipe.rules(rules)).select(
        _place(recipe).alias("source_id"), "rule", payload.alias("payload")
    )


def _place(recipe: FromRecords) -> Column:
    """Where a record stands in its source."""
    if recipe.source is not KAFKA_MULTIPLEX:
        return F.concat_ws(":", "source_file", "line")
    return F.when(
        F.col("source") == "kafka", F.concat_ws("/", "topic", "partition", "offset")
    ).otherwise(F.col("source"))
