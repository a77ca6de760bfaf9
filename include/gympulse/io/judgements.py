"""Which records break a rule, where they stand, and what the quarantine should say of them."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.io import quarantine
from gympulse.io.delta import Reader
from gympulse.model.tables import KAFKA_MULTIPLEX, QUARANTINE
from gympulse.settings import Rules
from gympulse.transforms.expectations import broken_rules
from gympulse.transforms.recipe import FromRecords


def is_empty(recipe: FromRecords) -> str:
    """The condition that a record has no value: it is valid and says nothing."""
    return "value IS NULL" if recipe.source is KAFKA_MULTIPLEX else "false"


def broken(parsed: DataFrame, recipe: FromRecords, rules: Rules) -> DataFrame:
    """Records that break a rule: ``source_id``, ``rule``, ``rule_version`` and ``payload``."""
    is_kafka = recipe.source is KAFKA_MULTIPLEX
    payload = F.col("value") if is_kafka else F.coalesce("raw_line", "_texts")
    valued = parsed.where(f"NOT ({is_empty(recipe)})")
    return broken_rules(valued, recipe.expectations, rules).select(
        place(recipe).alias("source_id"), "rule", "rule_version", payload.alias("payload")
    )


def place(recipe: FromRecords) -> Column:
    """Where a record stands in its source."""
    if recipe.source is not KAFKA_MULTIPLEX:
        return F.concat_ws(":", "source_file", "line")
    return F.when(
        F.col("source") == "kafka", F.concat_ws("/", "topic", "partition", "offset")
    ).otherwise(F.col("source"))


@dataclass(frozen=True)
class Judgement:
    """What the quarantine should say of some records.

    Attributes:
        recipe: Whose rules they were judged by.
        places: ``source_id`` of those that have an open entry.
        broken: ``source_id``, ``rule``, ``rule_version`` and ``payload`` of those that break one.
    """

    recipe: FromRecords
    places: DataFrame
    broken: DataFrame


def judge(
    records: DataFrame, recipe: FromRecords, is_concerned: str, read: Reader, rules: Rules
) -> Judgement:
    """Look at records again, as the present rules are.

    Args:
        records: Bronze records of the recipe.
        recipe: Whose rules are applied.
        is_concerned: SQL on parsed records: those whose entries may change.
        read: Reads the quarantine.
        rules: Business rules.
    """
    concerned = recipe.parse(records, rules).where(is_concerned)
    entries = _entries(recipe, read).select("source_id").distinct()
    places = concerned.select(place(recipe).alias("source_id")).join(
        entries, on="source_id", how="left_semi"
    )
    found = broken(concerned, recipe, rules).localCheckpoint()
    return Judgement(recipe, places.distinct().localCheckpoint(), found)


def requarantine(judgement: Judgement, read: Reader) -> int:
    """Let the quarantine say what was judged.

    Returns:
        How many entries were opened or cured.

    Replay: changes nothing.
    """
    recipe = judgement.recipe
    present = _entries(recipe, read).join(judgement.places, on="source_id", how="left_semi")
    return quarantine.follow(
        judgement.broken, present.select(*QUARANTINE.columns), recipe.source.short_name, read
    )


def _entries(recipe: FromRecords, read: Reader) -> DataFrame:
    """The open entries of a recipe's source."""
    source = recipe.source.short_name
    return read(QUARANTINE).where((F.col("source") == source) & (F.col("status") == "open"))
