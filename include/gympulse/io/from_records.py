"""One batch of raw records into the table they first feed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from gympulse.io import new_fields, quarantine, spans
from gympulse.io.delta import Reader, append, in_files, merge
from gympulse.io.judgements import broken, is_empty, place
from gympulse.io.ops import Entry
from gympulse.io.quality import Finding, Note, refuse, unknown
from gympulse.model.table import Span, Table
from gympulse.settings import Rules
from gympulse.transforms.expectations import (
    Action,
    Expectation,
    is_bad,
    with_action,
)
from gympulse.transforms.recipe import FromRecords, greatest_per_key

# Numbers, since they are part of the key that a batch is grouped by.
_GOOD, _BAD, _EMPTY = 0, 1, 2
_NEW = "_has_new_fields"

Counts = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class _Batch:
    """What is known of a batch after its one pass: counts, and the instants it touches.

    Attributes:
        valid: Records that break no rule, those without a value among them.
        bad: Records that break one.
        keys: Keys of the valid ones.
        has_new_fields: Whether any has a field that nobody knows.
        spans: Instants that they lie in.
        findings: What of the valid ones is not as expected.
    """

    valid: int
    bad: int
    keys: int
    has_new_fields: bool
    spans: tuple[Span, ...] | None
    findings: tuple[Finding, ...]


def write_records(
    batch: DataFrame, recipe: FromRecords, read: Reader, rules: Rules, note: Note
) -> Counts:
    """Merge the valid records of a batch into the recipe's table, set the others aside.

    Args:
        batch: Bronze records.
        recipe: How they are read, and what is expected of them.
        read: Reads the lake.
        rules: Business rules.
        note: Takes what was not as expected and goes on all the same.

    Returns:
        Rows read, as they came in, and what became of each: inserted, superseding, duplicate and
        quarantined, counted after they were grouped.

    Raises:
        NotExpected: Rows are such that the layer is to fail; nothing was written.

    Replay: leaves table and quarantine as they are; the records then count as duplicates.
    """
    table = recipe.table
    if recipe.topic and batch.isEmpty():
        # It was for other topics that bronze has a new version.
        return 0, 0, 0, 0, 0
    # Counted while the batch's one pass goes by, before anything can drop a row.
    seen = Observation()
    counted = batch.observe(seen, F.count(F.lit(1)).alias("rows"))
    recorded = new_fields.recorded(recipe, read.lake)
    parsed = recipe.parse(counted, rules).withColumn(_NEW, new_fields.is_new(recipe, recorded))
    watched = with_action(recipe.expectations, rules, Action.WARN, Action.FAIL)
    grouped = _grouped(parsed, recipe, rules, watched, [_NEW]).persist()
    try:
        facts = _facts(grouped, table, watched, rules)
        refuse(facts.findings)
        if facts.has_new_fields:
            rows = parsed.where(_NEW).withColumn("source_id", place(recipe.source))
            new_fields.notice(rows, recipe, recorded, read.lake)
        if facts.bad:
            rows = broken(parsed, recipe, rules)
            quarantine.set_aside(rows, recipe.source.short_name, read)
        incoming = grouped.where(F.col("_outcome") == _GOOD)
        inserted, superseding = _merge(incoming, facts, table, read)
        for finding in _findings(incoming, facts, recipe, read, rules):
            note(finding)
    finally:
        grouped.unpersist()
    # Of a pass that found nothing Spark may have left the counting out.
    rows_read = seen.get["rows"] if facts.valid + facts.bad else batch.count()
    return rows_read, inserted, superseding, facts.valid - inserted - superseding, facts.bad


def _findings(
    incoming: DataFrame, facts: _Batch, recipe: FromRecords, read: Reader, rules: Rules
) -> Iterator[Finding]:
    yield from facts.findings
    if facts.keys:
        yield from unknown(incoming, facts.valid + facts.bad, recipe, read, rules)


def accepted(records: DataFrame, recipe: FromRecords, rules: Rules) -> DataFrame:
    """The rows of the recipe's table that a set of records makes, one a key."""
    grouped = _grouped(recipe.parse(records, rules), recipe, rules)
    return grouped.where(F.col("_outcome") == _GOOD).select(*recipe.table.columns)


def _grouped(
    parsed: DataFrame,
    recipe: FromRecords,
    rules: Rules,
    watched: Sequence[Expectation] = (),
    flags: Sequence[str] = (),
) -> DataFrame:
    """Parsed records by outcome and, where they are valid, by key.

    With, for each expectation that is watched, how many are not so, and where the first stands;
    and flags, each true where it is of any of the key's records.
    """
    table, is_broken = recipe.table, is_bad(recipe.expectations, rules)
    outcome = F.when(F.expr(is_empty(recipe)), _EMPTY).when(is_broken, _BAD).otherwise(_GOOD)
    keys = [F.when(F.col("_outcome") == _GOOD, F.col(k)).alias(k) for k in table.key]
    judged = parsed.withColumn("_outcome", outcome)
    is_good, where = F.col("_outcome") == _GOOD, place(recipe.source)
    places = [
        F.when(is_good & F.expr(each.broken(rules)), where).alias(f"_{each.name}")
        for each in watched
    ]
    found = [
        aggregate(f"_{each.name}").alias(f"_{kind}_{each.name}")
        for each in watched
        for kind, aggregate in (("count", F.count), ("first", F.min))
    ]
    found += [F.bool_or(name).alias(name) for name in flags]
    rows = judged.select("_outcome", *keys, *table.values, *places, *flags)
    return greatest_per_key(rows, table, *found)


def entry(table: Table, stream: str, batch_id: int, counts: Counts) -> Entry:
    """The ledger's entry for a batch; what changed nothing and broke no rule is duplicate."""
    return Entry(table.short_name, stream, batch_id, *counts)


def _facts(
    grouped: DataFrame, table: Table, watched: Sequence[Expectation], rules: Rules
) -> _Batch:
    """Run the batch's one pass, and learn from it."""
    by = ["_outcome"]
    if table.pruned_by:
        by += spans.hours(F.col(table.pruned_by), F.col(table.pruned_by))
    noted = [
        aggregate(f"_{kind}_{each.name}").alias(f"_{kind}_{each.name}")
        for each in watched
        for kind, aggregate in (("count", F.sum), ("first", F.min))
    ]
    counts = F.count("*").alias("keys"), F.sum("_count").alias("rows")
    groups = grouped.groupBy(*by).agg(*counts, F.bool_or(_NEW).alias(_NEW), *noted).collect()
    good = [group for group in groups if group["_outcome"] == _GOOD]
    read = sum(group["rows"] for group in groups)
    return _Batch(
        valid=sum(group["rows"] for group in groups if group["_outcome"] != _BAD),
        bad=sum(group["rows"] for group in groups if group["_outcome"] == _BAD),
        keys=sum(group["keys"] for group in good),
        has_new_fields=any(group[_NEW] for group in groups),
        spans=spans.merged((group["_first"], group["_last"]) for group in good)
        if table.pruned_by
        else None,
        findings=tuple(
            Finding.of(
                each,
                table,
                rules,
                rows_read=read,
                unexpected=sum(group[f"_count_{each.name}"] for group in good),
                examples=[group[f"_first_{each.name}"] for group in good],
            )
            for each in watched
            if any(group[f"_count_{each.name}"] for group in good)
        ),
    )


def _merge(incoming: DataFrame, facts: _Batch, table: Table, read: Reader) -> tuple[int, int]:
    if not facts.keys:
        return 0, 0
    present = read(table, facts.spans)
    if present.isEmpty():
        append(in_files(incoming, table, facts.keys, facts.spans), read.lake, table)
        return facts.keys, 0
    compared = _compared(incoming, present, table).persist()
    try:
        counts = {
            row["_change"]: row["count"] for row in compared.groupBy("_change").count().collect()
        }
        inserted, updated = counts.get("insert", 0), counts.get("update", 0)
        if inserted:
            new = compared.where("_change = 'insert'")
            append(in_files(new, table, inserted, facts.spans, facts.keys), read.lake, table)
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
