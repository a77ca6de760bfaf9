"""Where in its sources each batch begins and ends, and whether batches leave gaps between them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from deltalake import DeltaTable

from gympulse.io.checkpoints import Checkpoint, Offsets
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX, LEDGER

Positions = tuple[str | None, str | None]

NOWHERE: Positions = (None, None)


def of_topics(checkpoint: Checkpoint, batch_id: int) -> Positions:
    """Where a batch of Kafka begins and ends, as the ledger has it.

    Returns:
        Offsets by topic and partition; a partition that is new begins at 0. None where the
        checkpoint cannot be read.
    """
    begun, planned = checkpoint.begun(batch_id), checkpoint.planned(batch_id)
    if not begun or not planned:
        return NOWHERE
    before, end = begun[0] or {}, planned[0] or {}
    begin = {
        topic: {number: before.get(topic, {}).get(number, 0) for number in of_topic}
        for topic, of_topic in end.items()
    }
    return _text(begin), _text(end)


def names_of(lake: Lake, tables: Iterable[Table]) -> dict[str, str]:
    """The tables' names by the ids that checkpoints know them by."""
    return {DeltaTable(lake.path(table)).metadata().id: table.name for table in tables}


def of_tables(checkpoint: Checkpoint, batch_id: int, names: Mapping[str, str]) -> Positions:
    """Where a batch of Delta tables begins and ends, as the ledger has it.

    Args:
        checkpoint: The stream's.
        batch_id: The batch's number.
        names: The names of the tables that the stream reads, as ``names_of`` gives them.

    Returns:
        By table, the version that is read next; where only a part of its files is taken, the
        first of those that are not. None where the checkpoint cannot be read.
    """
    planned = checkpoint.planned(batch_id)
    begun = checkpoint.begun(batch_id) if batch_id else []
    if planned is None or begun is None:
        return NOWHERE
    return _text(_versions(begun, names)), _text(_versions(planned, names))


def _versions(offsets: Offsets, names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(names.values(), 0)
    for offset in offsets:
        if offset and offset["reservoirId"] in names:
            version, index = offset["reservoirVersion"], offset["index"]
            is_whole = index < 0
            place = version if is_whole else {"version": version, "file": index + 1}
            found[names[offset["reservoirId"]]] = place
    return found


def _text(position: Mapping[str, Any]) -> str:
    return json.dumps(position, sort_keys=True)


@dataclass(frozen=True)
class Gap:
    """A batch that does not begin where the one before it ended.

    Attributes:
        table: The table that the batch was written to.
        stream: The batch's stream.
        batch_id: Its number.
        source: ``topic/partition``, or a table's name.
        expected: Where the batch before it ended.
        found: Where it begins.
    """

    table: str
    stream: str
    batch_id: int
    source: str
    expected: Any
    found: Any


def gaps(lake: Lake) -> list[Gap]:
    """Batches that leave a gap to the one before them, by the ledger, in their order.

    Within a stream every batch begins where the one before it ended. A stream of Kafka that
    takes another's place may begin earlier, but not later: records between were never read,
    as after a loss that was accepted. Entries without positions, as of a ledger that is older
    than they are, are passed over; without a ledger there are none.
    """
    if not DeltaTable.is_deltatable(lake.path(LEDGER)):
        return []
    return among(DeltaTable(lake.path(LEDGER)).to_pyarrow_table().to_pylist())


def among(ledger: Iterable[Mapping[str, Any]]) -> list[Gap]:
    """What ``gaps`` gives, of rows of the ledger."""
    entries = [entry for entry in ledger if entry.get("position_from")]
    # A stream's batches are in the order of their numbers, whatever the clock said meanwhile.
    began: dict[tuple[str, str], datetime] = {}
    for entry in sorted(entries, key=lambda e: e["batch_id"]):
        began.setdefault((entry["table"], entry["stream"]), entry["finished_at"])
    entries.sort(
        key=lambda e: (e["table"], began[e["table"], e["stream"]], e["stream"], e["batch_id"])
    )
    return [
        gap
        for _, of_table in groupby(entries, key=lambda entry: entry["table"])
        for gap in _of_table(list(of_table))
    ]


def _of_table(entries: list[dict[str, Any]]) -> list[Gap]:
    found, reached = [], {}
    ends: dict[str, dict[str, Any]] = {}
    for entry in entries:
        begin, end = _flat(entry["position_from"]), _flat(entry["position_to"])
        before = ends.get(entry["stream"])
        for source, place in begin.items():
            if before is not None:
                expected = before.get(source, 0)
                is_gap = place != expected
            else:
                expected = reached.get(source, place)
                is_gap = entry["table"] == KAFKA_MULTIPLEX.short_name and place > expected
            if is_gap:
                place_of = (entry["table"], entry["stream"], entry["batch_id"], source)
                found.append(Gap(*place_of, expected, place))
        ends[entry["stream"]] = end
        reached |= end
    return found


def _flat(text: str) -> dict[str, Any]:
    """A position by ``topic/partition``, or by table."""
    flat: dict[str, Any] = {}
    for name, place in json.loads(text).items():
        if isinstance(place, dict) and "version" not in place:
            flat |= {f"{name}/{number}": offset for number, offset in place.items()}
        else:
            flat[name] = place
    return flat
