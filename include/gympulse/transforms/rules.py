"""Split what is accepted from what is set aside."""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# Rules are SQL conditions that are true of a bad row and never null.
UNREADABLE = "encoding = 'base64'"
FIRST_INSTANT, END_OF_INSTANTS = (
    "TIMESTAMP '2000-01-01 00:00:00Z'",
    "TIMESTAMP '2100-01-01 00:00:00Z'",
)


def not_an_instant(column: str) -> str:
    """The condition that a required instant is missing, unreadable or outside 2000 to 2100."""
    return f"({column} IS NULL OR {column} < {FIRST_INSTANT} OR {column} >= {END_OF_INSTANTS})"


def is_bad(rules: Mapping[str, str]) -> Column:
    """Whether a row breaks any of the rules."""
    return F.expr(" OR ".join(f"({condition})" for condition in rules.values()))


def broken_rules(rows: DataFrame, rules: Mapping[str, str]) -> DataFrame:
    """The bad rows, once for each rule they break, with a column ``rule``."""
    broken = F.array(*(F.when(F.expr(sql), F.lit(name)) for name, sql in rules.items()))
    return rows.where(is_bad(rules)).withColumn("rule", F.explode(F.array_compact(broken)))
