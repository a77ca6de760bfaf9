"""What ``ops_db`` says of batches that are undone goes with them; without Spark."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake

from gympulse.io import ops
from gympulse.io.quarantine import SETTLED
from gympulse.io.schema import arrow_schema
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, LAYER_RUNS, LEDGER, QUALITY, QUARANTINE
from gympulse.recipes import RECIPE_OF
from gympulse.transforms.expectations import Action
from gympulse.transforms.recipe import FromRecords

_AT = pa.timestamp("us", tz="UTC")


def undo_records(lake: Lake, tables: Sequence[Table], layers: Sequence[str], at: datetime) -> None:
    """Let the ledger, the findings and the record of runs be as they were at an instant.

    Args:
        lake: Where they are kept.
        tables: Tables of silver and gold whose later batches are undone.
        layers: The layers that are no longer complete through what they were since.
        at: The instant; no batch was under way.

    Replay: removes what is there again, and nothing where all is done.
    """
    names = pa.array([table.short_name for table in tables])

    def later(rows: pa.Table, column: str, instant: str) -> pa.ChunkedArray:
        among = names if column == "table" else pa.array(layers)
        is_later = pc.greater(rows[instant], pa.scalar(at, _AT))
        return pc.and_(pc.is_in(rows[column], value_set=among), is_later)

    def batches(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.invert(later(rows, "table", "finished_at")))

    def findings(rows: pa.Table) -> pa.Table:
        # What was found of a whole run is about what came, which stays.
        of_batch = pc.not_equal(rows["stream"], rows["run_id"])
        return rows.filter(pc.invert(pc.and_(later(rows, "table", "found_at"), of_batch)))

    def runs(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.invert(later(rows, "layer", "finished_at")))

    ops.keep_only(lake, LEDGER, batches)
    ops.keep_only(lake, QUALITY, findings)
    ops.keep_only(lake, LAYER_RUNS, runs)


def undo_bronze(lake: Lake, versions: Mapping[str, int], since: datetime) -> None:
    """Let the ledger and the record of runs forget what bronze no longer has.

    Args:
        lake: Where they are kept.
        versions: By table's name, the versions that bronze was put back to.
        since: When the first commit was made that is undone.

    Replay: removes what is there again.
    """
    of_bronze = {t.short_name: versions[t.name] for t in BRONZE if t.name in versions}

    def batches(rows: pa.Table) -> pa.Table:
        is_undone = pa.chunked_array([pa.array([False] * len(rows), pa.bool_())])
        for name, version in of_bronze.items():
            is_later = pc.fill_null(pc.greater(rows["version"], version), False)
            of_table = pc.and_(pc.equal(rows["table"], name), pc.equal(rows["layer"], "bronze"))
            is_undone = pc.or_(is_undone, pc.and_(of_table, is_later))
        return rows.filter(pc.invert(is_undone))

    def runs(rows: pa.Table) -> pa.Table:
        is_later = pc.greater_equal(rows["finished_at"], pa.scalar(since, _AT))
        return rows.filter(pc.invert(pc.and_(pc.equal(rows["layer"], "bronze"), is_later)))

    ops.keep_only(lake, LEDGER, batches)
    ops.keep_only(lake, LAYER_RUNS, runs)


def undo_quarantine(lake: Lake, tables: Sequence[Table], version: int, at: datetime) -> None:
    """Let entries be as they were at an instant, but for what people have decided since.

    An entry that was opened since goes, as its record is judged anew; one that was cured since is
    open again. What somebody released or discarded stays so, and what was removed stays away. The
    caller is silver's writer.

    Args:
        lake: Where the quarantine is.
        tables: Tables of silver whose later batches are undone.
        version: The quarantine's version of that instant.
        at: The instant.

    Replay: writes nothing where all is done.
    """
    path, key = lake.path(QUARANTINE), list(QUARANTINE.key)
    present = _rows(DeltaTable(path))
    then = _rows(DeltaTable(path, version=version))
    decided = pc.and_(
        pc.is_in(present["status"], value_set=pa.array(SETTLED)),
        pc.fill_null(pc.greater(present["decided_at"], pa.scalar(at, _AT)), False),
    )
    stays = present.filter(pc.or_(pc.invert(_is_of(present, tables)), decided))
    back = then.filter(_is_of(then, tables))
    back = back.join(present.select(key), key, join_type="left semi")
    back = back.join(stays.select(key), key, join_type="left anti")
    left = pa.concat_tables([stays, back.select(present.column_names).cast(present.schema)])
    order = [(name, "ascending") for name in key]
    if not left.sort_by(order).equals(present.sort_by(order)):
        with ops.lock(lake, QUARANTINE):
            write_deltalake(DeltaTable(path), left, mode="overwrite")


def _rows(table: DeltaTable) -> pa.Table:
    """Rows with the columns that are declared, whatever the table had then."""
    found = table.to_pyarrow_table()
    declared = arrow_schema(QUARANTINE)
    return pa.table(
        [
            found[field.name].cast(field.type)
            if field.name in found.column_names
            else pa.nulls(len(found), field.type)
            for field in declared
        ],
        schema=declared,
    )


def _is_of(entries: pa.Table, tables: Sequence[Table]) -> pa.ChunkedArray:
    """Which entries batches of some tables have written."""
    found = pa.chunked_array([pa.array([False] * len(entries), pa.bool_())])
    for table in tables:
        found = pc.or_(found, _is_of_table(entries, table, tables))
    return found


def _is_of_table(entries: pa.Table, table: Table, tables: Sequence[Table]) -> pa.ChunkedArray:
    recipe = RECIPE_OF[table]
    if not isinstance(recipe, FromRecords):
        return pc.equal(entries["source"], table.short_name)
    is_sources = pc.equal(entries["source"], recipe.source.short_name)
    if recipe.topic is None:
        return is_sources
    is_topics = pc.fill_null(pc.equal(entries["topic"], recipe.topic), False)
    # Of an archive's line the topic is not kept here. A rule that other tables have too, which
    # stay as they are, does not tell.
    others = {rule for each in RECIPE_OF if each not in tables for rule in _rules(each)}
    rules = pa.array(sorted(_rules(table) - others), pa.string())
    is_rules = pc.and_(pc.is_null(entries["topic"]), pc.is_in(entries["rule"], value_set=rules))
    return pc.and_(is_sources, pc.or_(is_topics, is_rules))


def _rules(table: Table) -> set[str]:
    expectations = RECIPE_OF[table].expectations
    return {each.name for each in expectations if each.action is Action.QUARANTINE}
