"""What lakes are held against, and what they received."""

from collections import Counter
from collections.abc import Mapping

from deltalake import DeltaTable

from gympulse.lake import Lake
from gympulse.model.tables import LEDGER, QUARANTINE
from gympulse.recipes import RECIPES
from gympulse.settings import Rules
from gympulse.transforms.expectations import Action, with_action
from gympulse.transforms.recipe import FromRecords
from oracle import records as oracle_records
from oracle.compare import assert_lake_equals, read_rows
from oracle.expected import SOURCE_OF, expect
from oracle.histories import PlacedBatch, cut, place, records_and_files, seeded_history
from streams.runs import PARTITIONS, Runner

RULES = {
    (recipe.table.short_name, expectation.name)
    for recipe in RECIPES["silver"]
    if isinstance(recipe, FromRecords)
    for expectation in with_action(recipe.expectations, Rules(), Action.QUARANTINE)
}


def placed(seed: int, happened: int = 40) -> list[PlacedBatch]:
    """A made history, dealt into one to four batches."""
    history = seeded_history(seed, happened=happened)
    return place(cut(history, seed, runs=1 + seed % 4), partitions=PARTITIONS)


def assert_equals_oracle(runner: Runner, batches: list[PlacedBatch]) -> None:
    """Hold the lake against what the oracle says of all records received."""
    records, files = records_and_files(batches)
    expected = expect(records, files, oracle_records.Rules(time_zone=runner.rules.time_zone))
    assert_lake_equals(expected, runner.lake)


def assert_ledger_balances(lake: Lake) -> None:
    """Every entry's rows have one outcome each, and no batch is entered twice."""
    entries = DeltaTable(lake.path(LEDGER)).to_pyarrow_table().to_pylist()
    outcomes = ("inserted", "superseding", "duplicate", "quarantined")
    unbalanced = [e for e in entries if e["rows_read"] != sum(e[name] for name in outcomes)]
    keys = [tuple(entry[name] for name in LEDGER.key) for entry in entries]
    assert unbalanced == []
    assert len(keys) == len(set(keys))


def assert_ledger_equals_bronze(runner: Runner, batches: list[PlacedBatch]) -> None:
    """Rows read by the first silver tables are bronze's, and so are those set aside."""
    assert_outcomes(runner.lake, expect(*records_and_files(batches)).outcomes)


def assert_outcomes(lake: Lake, outcomes: Mapping[str, tuple[int, int]]) -> None:
    """Rows read and set aside by the first silver tables are those that the oracle expects."""
    read: Counter = Counter()
    aside: Counter = Counter()
    columns = ("table", "layer", "rows_read", "quarantined")
    for table, layer, rows, bad in read_rows(lake, LEDGER.name, columns):
        if layer == "silver" and table in SOURCE_OF:
            read[table] += rows
            aside[table] += bad
    found = {name: (read[name], aside[name]) for name in SOURCE_OF}
    assert found == outcomes, f"the ledger has {found}, expected are {outcomes}"


def assert_conserved(lake: Lake) -> None:
    """What bronze holds is what the ledger has outcomes for; what is bad is in quarantine once."""
    entered, bad = Counter(), Counter()
    columns = ("table", "layer", "inserted", "superseding", "duplicate", "quarantined")
    for table, layer, *outcomes in read_rows(lake, LEDGER.name, columns):
        if layer == "silver" and table in SOURCE_OF:
            entered[SOURCE_OF[table]] += sum(outcomes)
            bad[SOURCE_OF[table]] += outcomes[-1]
    held = {table: len(read_rows(lake, f"bronze_db.{table}")) for table in SOURCE_OF.values()}
    rows = read_rows(lake, QUARANTINE.name, ("source", "source_id", "rule"))
    aside = Counter(source for source, _ in {row[:2] for row in rows})
    assert {table: entered[table] for table in held} == held
    assert {table: bad[table] for table in held} == {table: aside[table] for table in held}
    assert len(rows) == len(set(rows))


def table_of(source: str, source_id: str) -> str:
    """The silver table that a record feeds first."""
    topics = {"bpm": "heart_rate", "workout": "workouts", "user_info": "user_profile_events"}
    folders = {bronze: silver for silver, bronze in SOURCE_OF.items()}
    return topics.get(source_id.partition("/")[0]) or folders[source]
