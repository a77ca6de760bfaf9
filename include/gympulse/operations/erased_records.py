"""What the tables of ``ops_db`` have kept of one member's records."""

from collections.abc import Callable, Mapping

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io import ops
from gympulse.io.delta import Reader, merge
from gympulse.io.judgements import place
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import (
    BRONZE,
    COMPARISONS,
    COMPLETED_WORKOUTS,
    NEW_FIELDS,
    OPERATIONS,
    QUALITY,
    QUARANTINE,
)
from gympulse.operations.erased_rows import Erased, Member
from gympulse.transforms.mentions import in_words
from gympulse.transforms.suppression import ERASED

# Texts that hold values of records, each with what is left of one that names the member.
_TEXTS: Mapping[Table, Mapping[str, str | None]] = {
    QUALITY: {"examples": "[]"},
    COMPARISONS: {"examples": "[]"},
    OPERATIONS: {"options": "{}"},
    NEW_FIELDS: {"example": None},
}


def quarantined(erased: Erased, member: Member, read: Reader) -> DataFrame:
    """The entries of the quarantine that are of the member's records, or of their workouts.

    Args:
        erased: By bronze table, the member's rows, with or without content.
        member: Whom it is about.
        read: Reads the lake.
    """
    entries = read(QUARANTINE)
    places = None
    for table, rows in erased.items():
        of_table = rows.select(
            F.lit(table.short_name).alias("source"), place(table).alias("source_id")
        )
        places = of_table if places is None else places.unionByName(of_table)
    of_records = entries.join(places.distinct(), on=["source", "source_id"], how="left_semi")
    is_derived = F.col("source") == COMPLETED_WORKOUTS.short_name
    of_workouts = entries.where(is_derived & F.col("source_id").startswith(f"{member.user_id}/"))
    return of_records.select(*QUARANTINE.columns).unionByName(
        of_workouts.select(*QUARANTINE.columns)
    )


def without_content(read: Reader) -> Erased:
    """By bronze table, the rows that some erasure has left without content."""
    return {table: read(table).where(F.col("encoding") == ERASED) for table in BRONZE}


def take_out_of_quarantine(member: Member, read: Reader) -> None:
    """Delete entries of records that bronze no longer has, in one commit.

    The caller is silver's writer.

    Replay: finds none.
    """
    rows = quarantined(without_content(read), member, read)
    rows = rows.withColumn("_change", F.lit("delete")).localCheckpoint()
    if not rows.isEmpty():
        merge(rows, read.lake, QUARANTINE, "")


def take_out_of_texts(member: Member, read: Reader) -> None:
    """Leave examples and options empty that name the member or stand for one of their records.

    Replay: finds none.
    """
    lake, suppressed = read.lake, member.suppressed

    def names_member(text: str | None, row: Mapping) -> bool:
        return bool(text) and suppressed.covers(in_words(text), _unknown)

    for table in (QUALITY, COMPARISONS, OPERATIONS):
        _rewrite(lake, table, names_member)
    erased = _erased_examples(read)
    _rewrite(
        lake,
        NEW_FIELDS,
        lambda text, row: row["source_id"] in erased or names_member(text, row),
    )


def _rewrite(lake: Lake, table: Table, is_gone: Callable[[str | None, Mapping], bool]) -> None:
    def changed(rows: pa.Table) -> pa.Table:
        found = rows.to_pylist()
        for row in found:
            for name, left in _TEXTS[table].items():
                if is_gone(row[name], row):
                    row[name] = left
        return pa.Table.from_pylist(found, schema=rows.schema)

    ops.rewrite(lake, table, changed)


def _erased_examples(read: Reader) -> set[str]:
    """Places of records without content that ``ops_db.new_fields`` has an example of."""
    fields = read(NEW_FIELDS).select("source_id").distinct()
    found: set[str] = set()
    for table, rows in without_content(read).items():
        places = rows.select(place(table).alias("source_id"))
        found |= {row[0] for row in fields.join(places, on="source_id", how="left_semi").collect()}
    return found


def _unknown() -> None:
    return None
