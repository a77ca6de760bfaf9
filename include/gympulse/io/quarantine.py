"""Set records aside with the rule they break; one writer, the silver layer."""

from threading import Lock

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.io.delta import Reader, append, merge
from gympulse.model.tables import QUARANTINE

# Streams of one job run side by side, and an append that has read the table may not
# overtake another.
_ONE_AT_A_TIME = Lock()


def set_aside(broken: DataFrame, source: str, read: Reader) -> None:
    """Add records to the quarantine, one row for each record and rule.

    Args:
        broken: ``source_id``, ``rule`` and ``payload`` of records that break a rule.
        source: Bronze table that they came from.
        read: Reads and so names the lake.

    Replay: a row that is there already stays as it is.
    """
    with _ONE_AT_A_TIME:
        present = read(QUARANTINE).where(F.col("source") == source)
        new = broken.join(present, on=["source_id", "rule"], how="left_anti").select(
            F.lit(source).alias("source"),
            "source_id",
            "rule",
            "payload",
            F.current_timestamp().alias("quarantined_at"),
            F.lit("open").alias("status"),
        )
        append(new, read.lake, QUARANTINE)


def follow(expected: DataFrame, present: DataFrame, source: str, read: Reader) -> int:
    """Let entries follow the data or the rules: new ones open, mended ones cured.

    Args:
        expected: ``source_id``, ``rule`` and ``payload`` of rows to set aside, now.
        present: The open entries of the same keys.
        source: What the rows are of, as the entries name it.
        read: Reads and so names the lake.

    Returns:
        How many entries changed.

    Replay: changes nothing.
    """
    opened = expected.join(present, on=["source_id", "rule"], how="left_anti").select(
        F.lit(source).alias("source"),
        "source_id",
        "rule",
        "payload",
        F.current_timestamp().alias("quarantined_at"),
        F.lit("open").alias("status"),
    )
    cured = present.join(expected, on=["source_id", "rule"], how="left_anti").withColumn(
        "status", F.lit("cured")
    )
    with _ONE_AT_A_TIME:
        # An entry that was cured and breaks its rule again is opened again: an update.
        changes = opened.unionByName(cured).withColumn("_change", F.lit("insert"))
        changes = changes.localCheckpoint(eager=False)
        count = changes.count()
        if count:
            merge(changes, read.lake, QUARANTINE, f"t.source = '{source}'")
    return count
