"""What rows are expected to be, declared as data, and how good rows are told from others."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.model.table import Table
from gympulse.settings import Rules

FIRST_INSTANT, END_OF_INSTANTS = (
    "TIMESTAMP '2000-01-01 00:00:00Z'",
    "TIMESTAMP '2100-01-01 00:00:00Z'",
)


class Action(StrEnum):
    """What comes of a row that is not as expected."""

    QUARANTINE = "quarantine"  # The row is set aside, the others go on.
    WARN = "warn"  # The row goes on, and is counted in `ops_db.quality`.
    FAIL = "fail"  # The layer fails before the batch is written; nothing is lost.


@dataclass(frozen=True)
class Expectation:
    """What every row of a table should be.

    Attributes:
        name: What a row that is not so is told to be, as in ``ops_db.quarantine.rule``.
        holds: SQL condition that a good row meets; ``{name}`` stands for a threshold of ``Rules``.
        sentence: The same for people, with the same thresholds.
        is_met_by_null: Whether a row is good where the condition is null.
        action: What comes of other rows.
    """

    name: str
    holds: str
    sentence: str
    is_met_by_null: bool = False
    action: Action = Action.QUARANTINE

    def broken(self, rules: Rules) -> str:
        """The SQL condition, never null, that a row is not as expected."""
        holds = self.holds.format_map(vars(rules))
        return f"NOT coalesce(({holds}), {str(self.is_met_by_null).lower()})"

    def action_in(self, rules: Rules) -> Action:
        """What comes of other rows where the settings say so, or else by default."""
        return Action(dict(rules.actions).get(self.name, self.action))

    def version(self, rules: Rules) -> str:
        """Names the condition with its thresholds: another wherever either is changed."""
        return hashlib.sha256(self.broken(rules).encode()).hexdigest()[:12]

    def told(self, rules: Rules) -> str:
        """The sentence, with the thresholds in it."""
        return self.sentence.format_map(vars(rules))


@dataclass(frozen=True)
class Reference:
    """That another table should know what a table's rows refer to.

    Attributes:
        expectation: What is said of rows that it does not know.
        column: The column, of the same name in both tables.
        of: The table that should know its values.
    """

    expectation: Expectation
    column: str
    of: Table


def with_action(
    expectations: Sequence[Expectation], rules: Rules, *actions: Action
) -> list[Expectation]:
    """Those of the expectations that have one of the actions."""
    return [each for each in expectations if each.action_in(rules) in actions]


def not_an_instant(column: str) -> str:
    """The condition that a required instant is missing, unreadable or outside 2000 to 2100."""
    return f"({column} IS NULL OR {column} < {FIRST_INSTANT} OR {column} >= {END_OF_INSTANTS})"


def readable_bytes() -> Expectation:
    """That a record's bytes are UTF-8."""
    return Expectation(
        "unreadable_bytes", "encoding <> 'base64'", "The bytes are UTF-8.", is_met_by_null=True
    )


def required(name: str, column: str, sentence: str, unless: str = "false") -> Expectation:
    """That a field is there and could be read.

    Args:
        name: The expectation's name.
        column: What the field was read into; null where it could not be.
        sentence: For people.
        unless: SQL condition of rows that another expectation says all of.
    """
    return Expectation(name, f"{unless} OR {column} IS NOT NULL", sentence)


def valid_instant(name: str, column: str, unless: str = "false") -> Expectation:
    """That a required instant is there, could be read and lies in 2000 to 2100."""
    return Expectation(
        name,
        f"{unless} OR NOT {not_an_instant(column)}",
        f"`{column}` is given in epoch seconds and lies in 2000 to 2099.",
    )


def like_its_header() -> Expectation:
    """That a CSV line could be read by its header's names; what does not fit is kept raw."""
    return Expectation(
        "line_unlike_header",
        "encoding <> 'utf-8' OR raw_line IS NULL",
        "A line has as many fields as its header, or more, and the header names every column.",
        is_met_by_null=True,
    )


def is_bad(
    expectations: Sequence[Expectation],
    rules: Rules,
    actions: Sequence[Action] = (Action.QUARANTINE,),
) -> Column:
    """Whether a row is to be set aside, or has whichever actions are named."""
    aside = with_action(expectations, rules, *actions)
    return F.expr(" OR ".join(f"({each.broken(rules)})" for each in aside) or "false")


def broken_rules(
    rows: DataFrame,
    expectations: Sequence[Expectation],
    rules: Rules,
    actions: Sequence[Action] = (Action.QUARANTINE,),
) -> DataFrame:
    """The rows to be set aside, or of whichever actions are named, once for each rule they break.

    Returns:
        The rows' columns, ``rule`` and ``rule_version``.
    """
    broken = F.array(
        *(
            F.when(
                F.expr(each.broken(rules)),
                F.struct(
                    F.lit(each.name).alias("name"), F.lit(each.version(rules)).alias("version")
                ),
            )
            for each in with_action(expectations, rules, *actions)
        )
    )
    found = rows.where(is_bad(expectations, rules, actions))
    return found.select("*", F.explode(F.array_compact(broken)).alias("_broken")).select(
        *rows.columns,
        F.col("_broken.name").alias("rule"),
        F.col("_broken.version").alias("rule_version"),
    )
