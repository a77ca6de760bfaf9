"""One member's rows in bronze, silver and gold: found, counted, taken out."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io.delta import Reader, merge, update
from gympulse.io.spans import collect
from gympulse.model.table import Table
from gympulse.model.tables import (
    BRONZE,
    GOLD,
    GYM_LOGS,
    HEART_RATE,
    REGISTRATIONS,
    SILVER,
    USER_PROFILE_EVENTS,
    WORKOUTS,
)
from gympulse.transforms.mentions import DEVICE, PHONE, Mention
from gympulse.transforms.suppression import PLACE, Stretch, Suppressed, finder

# The tables of silver that records are read into; what follows from them, their streams take out.
_FIRST = (REGISTRATIONS, USER_PROFILE_EVENTS, WORKOUTS, GYM_LOGS, HEART_RATE)
_THINGS = {"device_id": DEVICE, "mac_address": PHONE}


# By bronze table, rows of the member.
Erased = Mapping[Table, DataFrame]


class Member(NamedTuple):
    """Whom an erasure is about.

    Attributes:
        user_id: The member's id.
        suppressed: What is the member's, and when.
    """

    user_id: str
    suppressed: Suppressed


def counts(member: Member, read: Reader, erased: Erased) -> dict[str, int]:
    """By table, how many rows are the member's; of what only adds up over members, none."""
    found = {table.short_name: rows.count() for table, rows in erased.items()}
    for table in (*SILVER, *GOLD):
        condition = condition_of(table, member, read)
        found[table.short_name] = read(table).where(condition).count() if condition else 0
    return {name: count for name, count in found.items() if count}


def raw(member: Member, read: Reader) -> Erased:
    """The bronze rows of the member, as they are going to be left: without content.

    Bronze is read whole for it, once.
    """
    return {
        table: read(table)
        .mapInArrow(finder(table, member.suppressed), table.ddl)
        .localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)
        for table in BRONZE
    }


def take_out_of_bronze(erased: Erased, read: Reader) -> None:
    """Leave the member's rows of bronze without content, one commit a table.

    The caller is bronze's writer, and all that bronze holds is in silver: silver's streams pass
    these commits over.

    Replay: finds none.
    """
    for table, rows in erased.items():
        if not rows.isEmpty():
            place = [name for name in PLACE[table] if name not in ("timestamp", "date")]
            update(rows.dropDuplicates(place), read.lake, table, place)


def take_out_of_silver(member: Member, read: Reader) -> None:
    """Delete the member's rows of the tables that records are read into, one commit a table.

    The caller is silver's writer, and runs silver and gold next.

    Replay: finds none.
    """
    for table in _FIRST:
        condition = condition_of(table, member, read)
        if condition is None:
            continue
        rows = read(table).where(condition).withColumn("_change", F.lit("delete"))
        rows = rows.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)
        if rows.isEmpty():
            continue
        spans = None
        if table.pruned_by:
            instant = F.col(table.pruned_by)
            spans = collect(rows.select(instant.alias("_begin"), instant.alias("_end")))
        merge(rows, read.lake, table, read.condition(table, spans, alias="t."))


def condition_of(table: Table, member: Member, read: Reader) -> str | None:
    """The SQL that the member's rows of a silver or gold table meet; None where there are none."""
    if "user_id" in table.columns:
        return f"user_id = {member.user_id}"
    thing = next((name for name in _THINGS if name in table.columns), None)
    if thing is None:
        return None
    ids = read(table).select(thing).distinct().collect()
    parts = [part for (id_,) in ids for part in _parts(table, thing, id_, member.suppressed)]
    return " OR ".join(parts) or None


def _parts(table: Table, thing: str, id_: int | str, suppressed: Suppressed) -> Iterator[str]:
    at = table.pruned_by
    begin = end = f"unix_micros(CAST({at} AS timestamp))"
    if table.schema[at] == "date":
        # A day on which a thing was handed on is not the member's alone.
        end = f"unix_micros(CAST({at} + INTERVAL 1 DAY AS timestamp)) - 1"
    for stretch in suppressed.of(Mention(_THINGS[thing], str(id_))):
        yield f"({thing} = '{id_}'{_within(stretch, begin, end)})"


def _within(stretch: Stretch, begin: str, end: str) -> str:
    first, last = stretch
    since = "" if first is None else f" AND {begin} >= {first}"
    return since + ("" if last is None else f" AND {end} < {last}")
