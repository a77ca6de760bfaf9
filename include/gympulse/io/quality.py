"""What was not as expected and went on all the same, kept in ``ops_db``; written without Spark."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from deltalake import DeltaTable, write_deltalake
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from gympulse.errors import NotExpected
from gympulse.io.delta import Reader
from gympulse.io.ops import lock, rows_of
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import QUALITY
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action, Expectation
from gympulse.transforms.recipe import FromRecords

log = logging.getLogger(__name__)

_EXAMPLES = 3


@dataclass(frozen=True)
class Finding:
    """Rows of one batch, or of one run of a layer, that are not as expected.

    Attributes:
        table: Short name of the table that they are for.
        rule: The expectation's name.
        rule_version: Names its condition.
        consequence: What comes of it: a warning, or a failure.
        rows_read: How many rows were looked at.
        unexpected: How many are not as expected.
        expectation: What is expected, for people.
        examples: Where some of them stand, or their values.
    """

    table: str
    rule: str
    rule_version: str
    consequence: Action
    rows_read: int
    unexpected: int
    expectation: str
    examples: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        expectation: Expectation,
        table: Table,
        rules: Rules,
        rows_read: int,
        unexpected: int,
        examples: Iterable[str | None],
    ) -> "Finding":
        """What was found of an expectation."""
        return cls(
            table=table.short_name,
            rule=expectation.name,
            rule_version=expectation.version(rules),
            consequence=expectation.action_in(rules),
            rows_read=rows_read,
            unexpected=unexpected,
            expectation=expectation.told(rules),
            examples=tuple(sorted(filter(None, examples))[:_EXAMPLES]),
        )

    def __str__(self) -> str:
        if not self.rows_read:
            return f"{self.table}: {self.rule}. Expected: {self.expectation}"
        some = f" Such as: {', '.join(self.examples)}." if self.examples else ""
        return (
            f"{self.table}: {self.unexpected:,} of {self.rows_read:,} rows are {self.rule}. "
            f"Expected: {self.expectation}{some}"
        )


Note = Callable[[Finding], None]


def refuse(findings: Iterable[Finding]) -> None:
    """Fail where anything found is such that the layer is to fail.

    Raises:
        NotExpected: Names all of them.
    """
    failing = [str(finding) for finding in findings if finding.consequence is Action.FAIL]
    if failing:
        raise NotExpected(failing)


def unknown(
    incoming: DataFrame, rows_read: int, recipe: FromRecords, read: Reader, rules: Rules
) -> Iterator[Finding]:
    """What the rows of a batch refer to and no table knows.

    Args:
        incoming: Valid rows of the recipe's table, and ``_count``, how many records each is of.
        rows_read: How many records the batch has.
        recipe: Names the tables that should know them.
        read: Reads those tables.
        rules: Business rules.
    """
    for reference in recipe.references:
        known = read(reference.of).select(reference.column).distinct()
        values = F.sort_array(F.collect_set(F.col(reference.column).cast("string")))
        found = (
            incoming.join(F.broadcast(known), on=reference.column, how="left_anti")
            .agg(F.sum("_count").alias("rows"), F.slice(values, 1, _EXAMPLES).alias("examples"))
            .first()
        )
        if found["rows"]:
            yield Finding.of(reference.expectation, recipe.table, rules, rows_read, *found)


def record(
    lake: Lake, run_id: str, layer: str, stream: str, batch_id: int, findings: Sequence[Finding]
) -> None:
    """Keep findings, and say them.

    Args:
        lake: Where they are kept.
        run_id: The layer's run.
        layer: Its layer.
        stream: The stream, or the run, whose rows were looked at.
        batch_id: The stream's batch; 0 for a run.
        findings: What was found.

    Replay: what is there already of a batch stays as it was first recorded.
    """
    shared = {"run_id": run_id, "layer": layer, "stream": stream, "batch_id": batch_id}
    shared["found_at"] = datetime.now(UTC)
    with lock(lake, QUALITY):
        table = DeltaTable(lake.path(QUALITY))
        of_batch = [("stream", "=", stream), ("batch_id", "=", batch_id)]
        present = table.to_pyarrow_table(columns=["table", "rule"], filters=of_batch).to_pylist()
        rows = []
        for finding in findings:
            if {"table": finding.table, "rule": finding.rule} not in present:
                examples = json.dumps(finding.examples, ensure_ascii=False)
                rows.append({**vars(finding), **shared, "examples": examples})
        if rows:
            write_deltalake(table, rows_of(QUALITY, rows), mode="append")
    for finding in findings:
        log.warning("%s", finding)
