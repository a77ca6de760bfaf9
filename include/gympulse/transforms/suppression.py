"""Raw records of members who were erased: found by keyed digests, and left without content.

Of such a record bronze keeps a row that says where it stood and nothing else: the counts of the
ledger stay those of the records that came, and no record is taken in twice. ``ERASED`` in its
column ``encoding`` tells the row from all others.

What runs in Spark's workers needs pyarrow alone.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gympulse.model.table import Table
from gympulse.model.tables import GYM_LOGINS, KAFKA_MULTIPLEX, REGISTERED_USERS
from gympulse.transforms.mentions import (
    DEVICE,
    PHONE,
    USER,
    Mention,
    in_fields,
    in_key,
    in_words,
    instant_of,
    micros,
    phones,
    readable,
    whole,
)

ERASED = "erased"
# From when (inclusive; None: since ever) until when (exclusive; None: for ever), in microseconds.
Stretch = tuple[int | None, int | None]
Batches = Iterator[pa.RecordBatch]
# What is kept of an erased row beside ``ERASED``.
PLACE = {
    KAFKA_MULTIPLEX: ("topic", "partition", "offset", "timestamp", "date", "source", "load_time"),
    REGISTERED_USERS: ("source_file", "line", "load_time"),
    GYM_LOGINS: ("source_file", "line", "load_time"),
}


def digest(key: bytes, mention: Mention) -> str:
    """What stands for an id in the suppression list; without the key it tells nothing."""
    return hmac.new(key, f"{mention.kind}:{mention.id}".encode(), "sha256").hexdigest()


@dataclass(frozen=True)
class Suppressed:
    """What is suppressed, and when.

    Attributes:
        key: The secret of the digests.
        stretches: By kind and digest, the stretches of time whose records are suppressed.
    """

    key: bytes = field(repr=False)
    stretches: Mapping[tuple[str, str], tuple[Stretch, ...]]
    _known: dict[Mention, tuple[Stretch, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def of(self, mention: Mention) -> tuple[Stretch, ...]:
        """The stretches of what a record names; none where it is not suppressed."""
        if mention not in self._known:
            if len(self._known) > 1_000_000:
                self._known.clear()
            place = (mention.kind, digest(self.key, mention))
            self._known[mention] = self.stretches.get(place, ())
        return self._known[mention]

    def covers(self, mentions: Iterable[Mention], at: Callable[[], int | None]) -> bool:
        """Whether anything named is suppressed at an instant, or ever if that is unknown.

        Args:
            mentions: What is named.
            at: Gives the instant; not asked for where nothing is suppressed at all.
        """
        found = [stretch for mention in mentions for stretch in self.of(mention)]
        return bool(found) and is_within(at(), found)


def is_within(instant: int | None, stretches: Iterable[Stretch]) -> bool:
    """Whether an instant lies in a stretch; one that is unknown lies in any."""
    return any(
        instant is None or ((begin is None or begin <= instant) and (end is None or instant < end))
        for begin, end in stretches
    )


def eraser(table: Table, suppressed: Suppressed) -> Callable[[Batches], Batches]:
    """Make what leaves rows of a bronze table without content where they are suppressed.

    Returns:
        A function of Arrow batches with the table's columns, in order, that gives all rows.
    """

    def erase(batches: Batches) -> Batches:
        for batch in batches:
            yield _erased(batch, table, _judged(batch, table, suppressed))

    return erase


def finder(table: Table, suppressed: Suppressed) -> Callable[[Batches], Batches]:
    """Make what gives those rows alone that ``eraser`` would change, as it would leave them."""

    def find(batches: Batches) -> Batches:
        for batch in batches:
            found = _judged(batch, table, suppressed)
            is_changed = [value or key for value, key in found]
            if any(is_changed):
                changed = pa.array(is_changed, pa.bool_())
                yield _erased(batch, table, found).filter(changed)

    return find


# Whether a row is erased, and whether its key is, which may be another's.
Judgement = tuple[bool, bool]


def _judged(batch: pa.RecordBatch, table: Table, suppressed: Suppressed) -> list[Judgement]:
    judge = of_record if table == KAFKA_MULTIPLEX else of_line
    names = _READ[table]
    columns = [batch.column(name).to_pylist() for name in names]
    return [
        judge(dict(zip(names, values, strict=True)), table, suppressed)
        for values in zip(*columns, strict=True)
    ]


_READ = {
    KAFKA_MULTIPLEX: ("key", "value", "encoding", "topic", "timestamp"),
    REGISTERED_USERS: (*REGISTERED_USERS.types, "raw_line", "encoding"),
    GYM_LOGINS: (*GYM_LOGINS.types, "raw_line", "encoding"),
}


def of_record(record: Mapping[str, Any], table: Table, suppressed: Suppressed) -> Judgement:
    """Whether a row of ``bronze_db.kafka_multiplex`` is suppressed, and whether its key is.

    A value that names nobody is of whom its key names. An instant that cannot be read is that
    at which Kafka had the record.
    """
    topic, value = record["topic"], readable(record["value"], record["encoding"])
    named = list(in_fields(value)) if value else []
    if topic is None and value:
        # A line that is no record.
        named += phones(value)

    def at() -> int | None:
        arrived = record["timestamp"]
        found = instant_of(value, topic)
        return int(arrived.timestamp() * 1_000_000) if found is None and arrived else found

    is_keys = suppressed.covers(in_key(record["key"], topic), at)
    return (suppressed.covers(named, at) if named else is_keys), is_keys


def of_line(line: Mapping[str, Any], table: Table, suppressed: Suppressed) -> Judgement:
    """Whether a row of a table of landed lines is suppressed.

    A line that fits its header is of its member, or where there is none of its phone or wearable;
    one that does not fit may be of anybody whom it names.
    """
    if (raw := line.get("raw_line")) is not None:
        text = readable(raw, line["encoding"])
        return suppressed.covers(in_words(text), lambda: None), False
    named = [Mention(PHONE, (line["mac_address"] or "").strip().lower())]
    instant = "login"
    if table == REGISTERED_USERS:
        user, device = whole(line["user_id"]), whole(line["device_id"])
        named = [Mention(USER, user)] if user else [*named, Mention(DEVICE, device or "")]
        instant = "registration_timestamp"
    return suppressed.covers(named, lambda: micros(line[instant])), False


def _erased(batch: pa.RecordBatch, table: Table, judged: list[Judgement]) -> pa.RecordBatch:
    rows, keys = ([each[at] for each in judged] for at in (0, 1))
    if not (any(rows) or any(keys)):
        return batch
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name == "encoding":
            column = pc.if_else(pa.array(rows), pa.scalar(ERASED, column.type), column)
        elif name not in PLACE[table]:
            gone = [a or b for a, b in judged] if name == "key" else rows
            column = pc.if_else(pa.array(gone), pa.scalar(None, column.type), column)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
