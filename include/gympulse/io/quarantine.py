"""Set records aside with the rule they break; one writer, the silver layer."""

from threading import Lock

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.io.delta import Reader, append, merge
from gympulse.model.tables import QUARANTINE

# Streams of one job run side by side, and an append that has read the table may not
# overtake another.
_ONE_AT_A_TIME = Lock()
# A place as it is named: a Kafka record, or a line of a file. A session is neither.
_RECORD, _LINE = "^([^/:]+)/([0-9]+)/([0-9]+)$", "^(.+):([0-9]+)$"


def set_aside(broken: DataFrame, source: str, read: Reader) -> None:
    """Add records to the quarantine, one row for each record and rule.

    Args:
        broken: ``source_id``, ``rule``, ``rule_version`` and ``payload`` of records that break a
            rule.
        source: Bronze table that they came from.
        read: Reads and so names the lake.

    Replay: a row that is there already stays as it is.
    """
    with _ONE_AT_A_TIME:
        present = read(QUARANTINE).where(F.col("source") == source)
        new = broken.join(present, on=["source_id", "rule"], how="left_anti")
        append(_opened(new, source), read.lake, QUARANTINE)


def follow(expected: DataFrame, present: DataFrame, source: str, read: Reader) -> int:
    """Let entries follow the data or the rules: new ones open, mended ones cured.

    Args:
        expected: ``source_id``, ``rule``, ``rule_version`` and ``payload`` of rows to set aside,
            now.
        present: The open entries of the same keys.
        source: What the rows are of, as the entries name it.
        read: Reads and so names the lake.

    Returns:
        How many entries changed.

    Replay: changes nothing.
    """
    opened = _opened(expected.join(present, on=["source_id", "rule"], how="left_anti"), source)
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
