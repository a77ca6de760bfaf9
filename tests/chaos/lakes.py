"""What every lake is held against after all that was done to it: the oracle, and its own ledger."""

from functools import partial

from chaos import spoiled
from chaos.outcome import Outcome
from gympulse.lake import Lake
from gympulse.model.tables import BRONZE, KAFKA_MULTIPLEX, LEDGER
from oracle.compare import assert_lake_equals, read_rows
from oracle.expected import Expected
from streams.checking import assert_ledger_balances


def hold(outcome: Outcome, lake: Lake, expected: Expected) -> None:
    """Hold each table against the oracle, and the ledger against itself."""
    table = spoiled.filled(lake)
    once, again = partial(_received, lake, expected), spoiled.one_twice(lake, KAFKA_MULTIPLEX)
    outcome.hold("bronze has each record once", once, "a record comes twice", again)
    same, whole = partial(equal, lake, expected), partial(_balanced, lake)
    less, twice = spoiled.one_less(lake, table), spoiled.one_twice(lake, table)
    outcome.hold("no record is lost", same, f"a row of {table.short_name} goes", less)
    outcome.hold("no record is doubled", same, f"a row of {table.short_name} comes twice", twice)
    entered = spoiled.one_twice(lake, LEDGER)
    outcome.hold("the ledger balances", whole, "an entry of it comes twice", entered)


def equal(lake: Lake, expected: Expected) -> str:
    """Say what the oracle has as well.

    Raises:
        AssertionError: A table or the quarantine has other rows.
    """
    assert_lake_equals(expected, lake)
    rows, aside = sum(map(len, expected.tables.values())), len(expected.quarantined)
    tables = f"{rows:,} rows of {len(expected.tables)} tables are the oracle's"
    return f"{tables}, and so are {aside:,} records set aside"


def _received(lake: Lake, expected: Expected) -> str:
    """Say how much of what was received is in bronze, where silver would take a row for two."""
    total = 0
    for table in BRONZE:
        keys, sent = read_rows(lake, table.name, table.key), expected.received[table.short_name]
        assert len(keys) == sent, f"{table.name} has {len(keys):,} rows of {sent:,} records"
        assert len(set(keys)) == sent, f"{table.name} has a record twice"
        total += sent
    return f"{total:,} records and lines are in {len(BRONZE)} tables"


def _balanced(lake: Lake) -> str:
    assert_ledger_balances(lake)
    return "each batch is in it once, and its rows add up"
