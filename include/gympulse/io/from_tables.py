"""Recompute the keys that a batch of changes touches, and write what differs."""

from collections.abc import Iterator
from datetime import timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.io import quarantine, spans
from gympulse.io.delta import Reader, append, in_files, merge
from gympulse.io.ops import Entry
from gympulse.io.quality import Finding, Note, refuse
from gympulse.model.table import Span, Table
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action, with_action
from gympulse.transforms.recipe import Changes, FromTables, Scope, reaching

Counts = dict[str, int]


def write_changes(
    batch: DataFrame, recipe: FromTables, read: Reader, rules: Rules, note: Note | None = None
) -> Counts:
    """Bring a table to what its sources now say, for the keys that a batch touches.

    Args:
        batch: Changes of the sources.
        recipe: How the table is made, and what is expected of it.
        read: Reads the lake.
        rules: Business rules.
        note: Takes what is not as expected; where there is none, nobody looks.

    Returns:
        How many rows in scope are ``insert``, ``update``, ``delete`` or ``same``, and how many
        were set aside or cured, as ``set_aside``.

    Replay: recomputes the same keys and finds nothing to change.
    """
    changed = _distinct(batch, recipe)
    scope = _scoped(recipe.scope(changed, read, rules))
    counts = converge(scope, recipe, read, rules)
    if recipe.set_aside:
        counts["set_aside"] = follow_rules(scope, recipe, read, rules)
    if note and set(counts) & {"insert", "update"}:
        for finding in _findings(scope, recipe, read, rules):
            refuse([finding])
            note(finding)
    return counts


def follow_rules(scope: Scope, recipe: FromTables, read: Reader, rules: Rules) -> int:
    """Let the quarantine say which rows in scope the rules keep out.

    Returns:
        How many entries were opened or cured.

    Replay: changes nothing.
    """
    return quarantine.follow(
        recipe.set_aside.rows(scope, read, rules),
        recipe.set_aside.current(read(quarantine.QUARANTINE), scope),
        recipe.table.short_name,
        read,
    )


def set_aside_scope(entries: DataFrame, recipe: FromTables) -> Scope:
    """What open entries of a recipe's table are about."""
    return _scoped(recipe.set_aside.scope(entries))


def _findings(scope: Scope, recipe: FromTables, read: Reader, rules: Rules) -> Iterator[Finding]:
    """The rows in scope that are not as expected, among those that lie near them in time."""
    table, near = recipe.table, timedelta(seconds=rules.max_session_seconds)
    watched = with_action(recipe.expectations, rules, Action.WARN, Action.FAIL)
    if not watched:
        return
    rows = read(table, scope.spans and reaching(scope.spans, back=near))
    for each in watched:
        # In a column first: a condition may look at other rows.
        rows = rows.withColumn(f"_{each.name}", F.expr(each.broken(rules)))
    place = F.concat_ws("/", *table.key)
    noted = [
        column
        for each in watched
        for column in (
            F.count_if(f"_{each.name}").alias(f"_count_{each.name}"),
            F.min(F.when(F.col(f"_{each.name}"), place)).alias(f"_first_{each.name}"),
        )
    ]
    found = recipe.current(rows, scope).agg(F.count("*").alias("rows"), *noted).first()
    for each in watched:
        if count := found[f"_count_{each.name}"]:
            first = [found[f"_first_{each.name}"]]
            yield Finding.of(each, table, rules, found["rows"], count, first)


def entry(table: Table, stream: str, batch_id: int, counts: Counts) -> Entry:
    """The ledger's entry for a batch: the rows in scope, by what became of them."""
    inserted, same = counts.get("insert", 0), counts.get("same", 0)
    superseding = counts.get("update", 0) + counts.get("delete", 0)
    aside = counts.get("set_aside", 0)
    return Entry(
        table=table.short_name,
        stream=stream,
        batch_id=batch_id,
        rows_read=inserted + same + superseding + aside,
        inserted=inserted,
        superseding=superseding,
        duplicate=same,
        quarantined=aside,
        deleted=counts.get("delete", 0),
    )


def _distinct(batch: DataFrame, recipe: FromTables) -> Changes:
    frame = batch.distinct().localCheckpoint(eager=False)
    if "_begin" not in frame.columns:
        return Changes(frame, {})
    found: dict[str, list] = {}
    pairs = frame.select("_of", *spans.hours(F.col("_begin"), F.col("_end"))).distinct()
    for row in pairs.collect():
        found.setdefault(row["_of"], []).append((row["_first"], row["_last"]))
    return Changes(frame, {name: spans.merged(hours) for name, hours in found.items()})


def _scoped(keys: DataFrame) -> Scope:
    keys = keys.localCheckpoint(eager=False)
    return Scope(keys, spans.collect(keys) if "_begin" in keys.columns else None)


def converge(scope: Scope, recipe: FromTables, read: Reader, rules: Rules) -> Counts:
    """Write the difference between a table and what its sources say, within a scope.

    Rows that are only new are appended; otherwise one merge changes all of them, so that
    readers never see a key's old rows gone and its new ones missing.

    Replay: finds no difference.
    """
    table = recipe.table
    if scope.spans == ():
        return {}
    expected = recipe.rows(scope, read, rules)
    present = read(table, scope.spans)
    if present.isEmpty():
        return {"insert": _append(expected, table, read, scope)}
    differences = compared(expected, recipe.current(present, scope), table).persist()
    try:
        counts = counted(differences)
        write_differences(differences, counts, table, read, scope.spans)
    finally:
        differences.unpersist()
    return counts


def counted(differences: DataFrame) -> Counts:
    """How many rows of ``compared`` there are of each kind."""
    found = differences.groupBy("_change").count().collect()
    return {row["_change"]: row["count"] for row in found}


def write_differences(
    differences: DataFrame,
    counts: Counts,
    table: Table,
    read: Reader,
    spans: tuple[Span, ...] | None,
) -> None:
    """Bring a table to what was expected of it, in one commit, or none where nothing differs.

    Args:
        differences: Rows as ``compared`` gives them.
        counts: How many there are of each kind.
        table: What to change.
        read: Names the lake.
        spans: Instants that all present rows to be changed lie in; None for any.

    Replay: leaves the table as it is, if the differences are compared anew.
    """
    if set(counts) <= {"insert", "same"}:
        if counts.get("insert"):
            new = differences.where("_change = 'insert'")
            among = sum(counts.values())
            append(in_files(new, table, counts["insert"], spans, among), read.lake, table)
    else:
        changes = differences.where("_change != 'same'").localCheckpoint(eager=False)
        merge(changes, read.lake, table, read.condition(table, spans, alias="t."))


def _append(rows: DataFrame, table: Table, read: Reader, scope: Scope) -> int:
    rows = rows.persist()
    try:
        count = rows.count()
        if count:
            append(in_files(rows, table, count, scope.spans), read.lake, table)
        return count
    finally:
        rows.unpersist()


def compared(expected: DataFrame, present: DataFrame, table: Table) -> DataFrame:
    """All rows of both, with what has to be done to the present ones, as ``_change``."""
    new = expected.select(F.struct(*table.columns).alias("_new"))
    old = present.select(F.struct(*table.columns).alias("_old"))
    change = (
        F.when(F.col("_old").isNull(), "insert")
        .when(F.col("_new").isNull(), "delete")
        .when(F.col("_new").eqNullSafe(F.col("_old")), "same")
        .otherwise("update")
    )
    # Only where a key is the whole row may parts of it be null.
    equal = Column.__eq__ if table.values else Column.eqNullSafe
    same_key = [equal(F.col(f"_new.{name}"), F.col(f"_old.{name}")) for name in table.key]
    joined = new.join(old, on=same_key, how="full_outer").withColumn("_change", change)
    return joined.withColumn("_row", F.coalesce("_new", "_old")).select("_row.*", "_change")
