"""Inputs: whatever bytes come, by Kafka, as files or as archives; whatever is asked of the API."""

from functools import partial
from random import Random

import pyarrow as pa
import pyarrow.compute as pc

from chaos import lakes
from chaos.chaos import Chaos
from chaos.inputs_archives import Archives, archives, load
from chaos.inputs_asked import hold_api
from chaos.outcome import Outcome
from chaos.spoiled import changed, one_entry_less, one_less, one_twice
from gympulse.model.tables import HEART_RATE, KAFKA_MULTIPLEX, LEDGER, QUARANTINE
from oracle.bronze import assert_bronze_equals
from oracle.compare import read_rows
from oracle.expected import expect
from oracle.histories import Batch, PlacedBatch, place, records_and_files, seeded_history
from oracle.mixtures import mixture
from oracle.mutations import Mutated, mutated_files, mutated_messages
from oracle.records import CsvFile
from oracle.spoiling_csv import OF_FILES
from oracle.spoiling_json import OF_PAYLOADS
from streams.checking import (
    assert_conserved,
    assert_ledger_balances,
    assert_outcomes,
)
from streams.roomy import roomy
from streams.runs import PARTITIONS, Runner


def inject(chaos: Chaos) -> Outcome:
    """Let hours of a made history and spoilt records pass, load spoilt archives, ask anything."""
    outcome = Outcome("inputs")
    runner = Runner(chaos.lake("inputs"), roomy(chaos.broker()), chaos.session)
    batches = _hours(chaos, outcome)
    for number, batch in enumerate(batches):
        chaos.tell(f"  inputs: hour {number + 1} of {len(batches)}, {len(batch):,} things")
        runner.receive(batch)
        runner.run()
        assert_conserved(runner.lake)
    _hold_received(outcome, runner, batches)
    chaos.tell("  inputs: archives")
    loaded = archives(chaos.random("archives"), chaos.often(2500, 100), outcome)
    # The second time changes nothing.
    for name in ["first", "again"][: chaos.often(2, 1)]:
        load(runner, loaded, name)
    _hold_tables(outcome, runner, batches, loaded)
    chaos.tell("  inputs: requests")
    hold_api(chaos, outcome)
    return outcome


def _hours(chaos: Chaos, outcome: Outcome) -> list[PlacedBatch]:
    """What arrives, by hour: a made history in batches, spoilt records with the first."""
    random = chaos.random("inputs")
    spoilt = _spoilt(random, chaos.often(4000, 200), chaos.often(200, 12))
    for each in spoilt:
        kind = "file" if isinstance(each.received, CsvFile) else "record"
        outcome.injected[f"{kind}s spoilt"] += 1
    hours = _mixed(random, chaos.often(100, 30), chaos.often(2, 1))
    outcome.injected["records and files of a made history, spoilt or not"] += sum(map(len, hours))
    hours[0] += [each.received for each in spoilt]
    return place(hours, partitions=PARTITIONS)


def _spoilt(random: Random, records: int, files: int) -> list[Mutated]:
    seed = random.randrange(2**32)
    return [
        *mutated_messages(seed, records, large=records // 400),
        *mutated_files(seed, files, large=files // 60),
    ]


def _mixed(random: Random, happened: int, runs: int) -> list[Batch]:
    def drawn(ways, count):
        return [(random.choice(ways), random.randrange(2**16)) for _ in range(count)]

    history = seeded_history(random.randrange(2**32), happened)
    payloads, files = drawn(OF_PAYLOADS, happened), drawn(OF_FILES, 12)
    return mixture(history, payloads, files, random.randrange(2**32), runs)


def _hold_received(outcome: Outcome, runner: Runner, batches: list[PlacedBatch]) -> None:
    """Hold bronze against the bytes received, and the ledger against bronze."""
    lake = runner.lake
    records, files = records_and_files(batches)
    # Once: to read all that was spoilt takes the oracle many seconds.
    expected = expect(records, files).outcomes

    def bytes_held() -> str:
        assert_bronze_equals(records, files, lake)
        return f"{len(records):,} records and {len(files):,} files"

    def outcomes() -> str:
        assert_conserved(lake)
        assert_outcomes(lake, expected)
        return f"{len(read_rows(lake, LEDGER.name, ('run_id',))):,} entries"

    bronze, ledger = (
        "bronze holds what was received, byte for byte",
        "each record has one outcome",
    )
    outcome.hold(bronze, bytes_held, "a record less", one_less(lake, KAFKA_MULTIPLEX))
    outcome.hold(bronze, bytes_held, "a record twice", one_twice(lake, KAFKA_MULTIPLEX))
    outcome.hold(ledger, outcomes, "an entry less", one_entry_less(lake))
    outcome.hold(ledger, outcomes, "a row set aside twice", one_twice(lake, QUARANTINE))


def _hold_tables(
    outcome: Outcome, runner: Runner, batches: list[PlacedBatch], loaded: Archives
) -> None:
    """Hold every table against what came by all ways."""
    lake = runner.lake
    records, files = records_and_files(batches)
    expected = expect([*records, *loaded.records], files)
    expected.quarantined.update(("kafka_multiplex", each) for each in loaded.strays)

    def tables() -> str:
        assert_ledger_balances(lake)
        return lakes.equal(lake, expected)

    name = "every silver and gold table and the quarantine are the oracle's"
    outcome.hold(name, tables, "a reading less", one_less(lake, HEART_RATE))
    less = partial(changed, lake, QUARANTINE, _one_record_less)
    outcome.hold(name, tables, "a record set aside less", less)


def _one_record_less(rows: pa.Table) -> pa.Table:
    """Quarantine without one of its records, whatever rules that breaks."""
    gone = rows["source_id"][0]
    return rows.filter(pc.not_equal(rows["source_id"], gone))
