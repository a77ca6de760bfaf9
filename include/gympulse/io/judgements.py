"""Which records break a rule, where they stand, and what the quarantine should say of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.io import quarantine
from gympulse.io.delta import Reader
from gympulse.model.table import Table
from gympulse.model.tables import KAFKA_MULTIPLEX, QUARANTINE
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action, broken_rules
from gympulse.transforms.recipe import FromRecords
from gympulse.transforms.suppression import ERASED


def is_empty(recipe: FromRecords) -> str:
    """The condition that a record has no value, or has lost it: it is valid and says nothing."""
    return "value IS NULL" if recipe.source is KAFKA_MULTIPLEX else f"encoding <=> '{ERASED}'"


def broken(
    parsed: DataFrame,
    recipe: FromRecords,
    rules: Rules,
    actions: Sequence[Action] = (Action.QUARANTINE,),
) -> DataFrame:
    """Records that break a rule: ``source_id``, ``rule``, ``rule_version`` and ``payload``.

    Args:
        parsed: Records with the recipe's columns.
        recipe: Whose rules are applied.
        rules: Business rules.
        actions: What comes of those that break the rules to be looked at.
    """
    is_kafka = recipe.source is KAFKA_MULTIPLEX
    payload = F.col("value") if is_kafka else F.coalesce("raw_line", "_texts")
    valued = parsed.where(f"NOT ({is_empty(recipe)})")
    return broken_rules(valued, recipe.expectations, rules, actions).select(
        place(recipe.source).alias("source_id"), "rule", "rule_version", payload.alias("payload")
    )


def place(source: Table) -> Column:
    """Where a record stands in its source."""
    if source is not KAFKA_MULTIPLEX:
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
    entries = quarantine.entries(recipe.source.short_name, read).select("source_id").distinct()
    places = concerned.select(place(recipe.source).alias("source_id")).join(
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
    present = quarantine.entries(recipe.source.short_name, read).join(
        judgement.places, on="source_id", how="left_semi"
    )
    # A record that somebody has released breaks its rules as before: another is in its place.
    return quarantine.follow(
        judgement.broken,
        present.select(*QUARANTINE.columns),
        recipe.source.short_name,
        read,
        settled=quarantine.SETTLED,
    )
