"""Whatever bytes come, by Kafka or as files: no job fails, and each record has one outcome."""

from pathlib import Path

from gympulse.lake import Lake
from gympulse.session import Session
from oracle.bronze import assert_bronze_equals
from oracle.histories import place, records_and_files
from oracle.mutations import mutated_files, mutated_messages
from streams.checking import (
    assert_equals_oracle,
    assert_ledger_balances,
    assert_ledger_equals_bronze,
)
from streams.roomy import roomy
from streams.runs import PARTITIONS, Broker, Runner


def test_mutated_payloads_and_files(tmp_path: Path, session: Session, broker: Broker) -> None:
    """10,000 records and 500 files: bronze has their bytes, and every table is the oracle's."""
    mutated = [*mutated_messages(1, 10_000, large=24), *mutated_files(1, 500, large=8)]
    [batch] = place([[each.received for each in mutated]], partitions=PARTITIONS)
    runner = Runner(Lake(str(tmp_path)), roomy(broker), session)
    runner.receive(batch)
    runner.run()
    assert_bronze_equals(*records_and_files([batch]), runner.lake)
    assert_equals_oracle(runner, [batch])
    assert_ledger_balances(runner.lake)
    assert_ledger_equals_bronze(runner, [batch])
