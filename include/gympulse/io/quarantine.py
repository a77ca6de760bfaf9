"""Set records aside with the rule they break; one writer, the silver layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.io import schema
from gympulse.io.delta import Reader, append, merge
from gympulse.model.tables import QUARANTINE
from gympulse.transforms.cures import RELEASE

# Streams of one job run side by side, and an append that has read the table may not
# overtake another.
_ONE_AT_A_TIME = Lock()
# A place as it is named: a Kafka record, released or not, or a line of a file. A session is none.
_RECORD, _LINE = f"^(?:{RELEASE})*([^/:]+)/([0-9]+)/([0-9]+)$", "^(.+):([0-9]+)$"
# What somebody has decided stays decided.
RELEASED, DISCARDED = "released", "discarded"
SETTLED = (RELEASED, DISCARDED)


@dataclass(frozen=True)
class Decision:
    """What somebody has decided of records that were set aside.

    Attributes:
        status: ``released`` or ``discarded``.
        by: Who.
        reason: Why.
    """

    status: str
    by: str
    reason: str


def entries(source: str, read: Reader) -> DataFrame:
    """The open entries of a source."""
    return read(QUARANTINE).where((F.col("source") == source) & (F.col("status") == "open"))


def set_aside(broken: DataFrame, source: str, read: Reader) -> None:
    """Add records to the quarantine, one row for each record and rule.

    Args:
        broken: ``source_id``, ``rule``, ``rule_version`` and ``payload`` of records that break a
            rule.
        source: Bronze table that they came from.
        read: Reads and so names the lake.

    Replay: a row that is there already stays as it is, and a record that somebody has decided on
    gains none.
    """
    with _ONE_AT_A_TIME:
        present = read(QUARANTINE).where(F.col("source") == source)
        new = _without(broken, present, SETTLED)
        append(_opened(new, source), read.lake, QUARANTINE)


def follow(
    expected: DataFrame,
    present: DataFrame,
    source: str,
    read: Reader,
    settled: Sequence[str] = (DISCARDED,),
) -> int:
    """Let entries follow the data or the rules: new ones open, mended ones cured.

    Args:
        expected: ``source_id``, ``rule``, ``rule_version`` and ``payload`` of rows to set aside,
            now.
        present: The open entries of the same keys.
        source: What the rows are of, as the entries name it.
        read: Reads and so names the lake.
        settled: What somebody may have decided, so that no entry is opened again. A derived row
            that was released and breaks a rule since is no longer in its table: it is.

    Returns:
        How many entries changed.

    Replay: changes nothing.
    """
    is_settled = (F.col("source") == source) & F.col("status").isin(*settled)
    decided = read(QUARANTINE).where(is_settled)
    present = present.select(*QUARANTINE.columns)
    new = _without(expected, present.unionByName(decided), settled)
    opened = _opened(new, source)
    cured = present.join(expected, on=["source_id", "rule"], how="left_anti").withColumns(
        {"status": F.lit("cured"), "decided_at": F.current_timestamp()}
    )
    with _ONE_AT_A_TIME:
        # An entry that was cured and breaks its rule again is opened again: an update.
        changes = opened.unionByName(cured).withColumn("_change", F.lit("insert"))
        changes = changes.localCheckpoint(eager=False)
        count = changes.count()
        if count:
            merge(changes, read.lake, QUARANTINE, f"t.source = '{source}'")
    return count


def decide(entries: DataFrame, decision: Decision, source: str, read: Reader) -> int:
    """Let entries say what somebody has decided of them. The caller is silver's writer.

    Args:
        entries: Open entries of one source.
        decision: What, who and why.
        source: What the entries are of.
        read: Reads and so names the lake.

    Returns:
        How many there are.

    Replay: finds no open entries any more.
    """
    changes = entries.select(*QUARANTINE.columns).withColumns(
        {
            "status": F.lit(decision.status),
            "decided_at": F.current_timestamp(),
            "decided_by": F.lit(decision.by),
            "reason": F.lit(decision.reason),
            "_change": F.lit("update"),
        }
    )
    with _ONE_AT_A_TIME:
        changes = changes.localCheckpoint(eager=False)
        count = changes.count()
        if count:
            schema.follow(read.lake, [QUARANTINE])
            merge(changes, read.lake, QUARANTINE, f"t.source = '{source}'")
    return count


def _without(broken: DataFrame, present: DataFrame, settled: Sequence[str]) -> DataFrame:
    """The records whose entry is not there, and that nobody has decided on."""
    known = present.select(
        F.col("source_id").alias("_id"),
        F.col("rule").alias("_rule"),
        F.col("status").isin(*settled).alias("_is_settled"),
    )
    is_known = (F.col("source_id") == F.col("_id")) & (
        F.col("_is_settled") | (F.col("rule") == F.col("_rule"))
    )
    return broken.join(known, on=is_known, how="left_anti")


def _opened(broken: DataFrame, source: str) -> DataFrame:
    """Rows of the quarantine, open, with the exact place that ``source_id`` names."""

    def part(pattern: str, group: int) -> Column:
        return F.nullif(F.regexp_extract("source_id", pattern, group), F.lit(""))

    values = {
        "source": F.lit(source),
        "topic": part(_RECORD, 1),
        "partition": part(_RECORD, 2).cast("int"),
        "offset": part(_RECORD, 3).cast("bigint"),
        "source_file": part(_LINE, 1),
        "line": part(_LINE, 2).cast("bigint"),
        "quarantined_at": F.current_timestamp(),
        "status": F.lit("open"),
    }
    given = ("source_id", "rule", "rule_version", "payload")
    nothing = {
        name: F.lit(None).cast(type_)
        for name, type_ in QUARANTINE.schema.items()
        if name not in (*given, *values)
    }
    return broken.select(*given).withColumns(values | nothing).select(*QUARANTINE.columns)
