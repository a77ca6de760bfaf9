"""Add released records to bronze, and let the quarantine say so.

These are commits of two tables. A review that is killed in between leaves entries open whose
records bronze holds again; the next review finds them, and lets them say what was decided.
"""

from deltalake import DeltaTable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io import from_tables, operations, ops, quarantine, schema, suppressions
from gympulse.io.bronze import without_suppressed
from gympulse.io.delta import Reader, append
from gympulse.io.quarantine import RELEASED, Decision
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.operations.arguments import Request
from gympulse.operations.set_aside import released_ids, unreleased
from gympulse.transforms.recipe import FromTables

# Since a review was killed, there are fewer.
_COMMITS = 1000


def release(
    rows: DataFrame, source: Table, decision: Decision, request: Request, read: Reader
) -> None:
    """Add records to bronze, as if they had come late and right.

    The caller is the writer of bronze and of silver, and has resumed.

    Args:
        rows: Rows of the bronze table with ``source_id``, where each stood before.
        source: The table.
        decision: Who releases them, and why.
        request: Names the operation.
        read: Reads the lake as it is now.

    Replay: what bronze holds already, and what is open no longer, is not added again.
    """
    lake, name = read.lake, request.operation_id
    is_open = quarantine.entries(source.short_name, read).select("source_id").distinct()
    still_open = rows.join(is_open, on="source_id", how="left_semi")
    new = unreleased(still_open, source, read).withColumn("load_time", F.current_timestamp())
    # A cure may have named a member who was erased.
    suppressed = suppressions.suppressed(lake, request.settings.suppression_key)
    new = without_suppressed(new, source, suppressed)
    if not new.isEmpty():
        append(new, lake, source, userMetadata=name)
        ops.enter_commits(lake, source, name, request.settings.airflow_run, newest=1)
    quarantine.decide(_held(source, read), decision, source.short_name, read)


def resume(source: Table, decision: Decision, request: Request, read: Reader) -> None:
    """Do what a killed review has left to do; see ``finish``.

    The caller is the writer of bronze and of silver.
    """
    schema.follow(read.lake, [source])
    # Commits whose entry a kill prevented.
    airflow_run = request.settings.airflow_run
    ops.enter_commits(read.lake, source, request.operation_id, airflow_run)
    finish(source, decision, read)


def finish(source: Table, decision: Decision, read: Reader) -> None:
    """Let the quarantine say what a killed review has released, in its operator's name.

    The caller is the writer of silver. Whatever is found is of the newest review that added to
    the table, since every review begins with this.

    Args:
        source: The bronze table.
        decision: Stands where nothing is known of the killed review.
        read: Reads the lake as it is now.

    Replay: finds nothing.
    """
    left = _held(source, read)
    if not left.isEmpty():
        killed = _newest(read.lake, source) or decision
        quarantine.decide(left, killed, source.short_name, read)


def _held(source: Table, read: Reader) -> DataFrame:
    """Open entries of records that bronze holds again."""
    entries = quarantine.entries(source.short_name, read)
    return entries.join(released_ids(source, read), on="source_id", how="left_semi")


def _newest(lake: Lake, source: Table) -> Decision | None:
    """What the newest review that has added to a bronze table was told."""
    commits = DeltaTable(lake.path(source)).history(_COMMITS)
    for name in dict.fromkeys(commit.get("userMetadata") for commit in commits):
        plan = operations.plan(lake, name) if name else None
        if plan and plan["operation"]["job"] == "quarantine_review":
            told = plan["operation"]
            return Decision(RELEASED, told["operator"], told["reason"])
    return None


def release_derived(
    ids: DataFrame, recipe: FromTables, decision: Decision, request: Request, read: Reader
) -> None:
    """Recompute what entries of a computed table are about, by the present rules.

    The caller is the writer of silver.

    Args:
        ids: ``source_id`` of entries.
        recipe: How the table is made.
        decision: Who releases those that pass, and why.
        request: Has the rules.
        read: Reads the lake as it is now.

    Replay: finds no difference, and no open entry of what passes.
    """
    name, rules = recipe.table.short_name, request.settings.rules
    entries = quarantine.entries(name, read).join(ids, on="source_id", how="left_semi")
    scope = from_tables.set_aside_scope(entries, recipe)
    from_tables.converge(scope, recipe, read, rules)
    broken = recipe.set_aside.rows(scope, read, rules)
    passing = entries.join(broken, on="source_id", how="left_anti")
    quarantine.decide(passing, decision, name, read)
    # Others of the same groups.
    from_tables.follow_rules(scope, recipe, read, rules)
