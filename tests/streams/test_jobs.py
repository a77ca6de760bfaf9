"""What the jobs promise beside their tables: locks, silence without data, replay, the ledger."""

from pathlib import Path

from deltalake import DeltaTable

from gympulse.lake import Lake
from gympulse.model.tables import BRONZE, KAFKA_MULTIPLEX, TABLES
from gympulse.session import Session
from oracle.compare import read_rows
from oracle.expected import expect
from oracle.histories import records_and_files
from streams.checking import (
    assert_equals_oracle,
    assert_ledger_balances,
    assert_ledger_equals_bronze,
    placed,
)
from streams.processes import submit
from streams.runs import Broker, Runner, versions
from streams.spoiling import lose_checkpoints


def test_replay_silence_and_the_ledger(tmp_path: Path, session: Session, broker: Broker) -> None:
    """An hour without data writes nothing; lost checkpoints change no row; rows are accounted.

    Of each checkpoint remains what a kill during its very first writes would leave.
    """
    runner, batches = Runner(Lake(str(tmp_path)), broker, session), placed(21)
    for batch in batches:
        runner.receive(batch)
    runner.run()
    assert_equals_oracle(runner, batches)
    before = versions(runner.lake)
    runner.run()
    assert versions(runner.lake) == before
    assert_ledger_balances(runner.lake)
    assert_ledger_equals_bronze(runner, batches)

    lose_checkpoints(runner.lake)
    runner.run()
    assert_equals_oracle(runner, batches)
    counts = {table.name: DeltaTable(runner.lake.path(table)).count() for table in BRONZE}
    assert counts == {
        f"bronze_db.{name}": count
        for name, count in expect(*records_and_files(batches)).received.items()
    }


def test_an_empty_lake_has_all_tables(tmp_path: Path, session: Session, broker: Broker) -> None:
    """Missing topics and folders are no error, and after one run every table can be read."""
    broker.admin.delete_topics(["workout"])["workout"].result()
    runner = Runner(Lake(str(tmp_path)), broker, session)
    runner.run()
    rows = {name: len(read_rows(runner.lake, name)) for name in TABLES}
    assert rows == dict.fromkeys(TABLES, 0) | {"ops_db.layer_runs": 3}


def test_of_two_jobs_one_works(tmp_path: Path, session: Session, broker: Broker) -> None:
    """Started together, one works and the other says who holds the lock."""
    runner, batches = Runner(Lake(str(tmp_path)), broker, session), placed(22)
    for batch in batches:
        runner.receive(batch)
    arguments = ("--lake", runner.lake.root, "--kafka-bootstrap-servers", broker.servers)
    jobs = [submit("spark_jobs/bronze.py", *arguments) for _ in range(2)]
    said = {job.communicate()[0]: job.returncode for job in jobs}
    assert sorted(said.values()) == [0, 1]
    refusal = next(lines.splitlines()[-2] for lines, code in said.items() if code)
    assert refusal.startswith("bronze failed: The bronze layer is held by its job, process ")
    runner.run("silver", "gold")
    assert_equals_oracle(runner, batches)
    assert KAFKA_MULTIPLEX.name in versions(runner.lake)
