"""A job may be ended with ``kill -9`` at any moment; the next run mends everything."""

from pathlib import Path
from random import Random

import pytest
from deltalake import DeltaTable

from gympulse.lake import Lake
from gympulse.local.class_archive import all_layers
from gympulse.model.tables import LEDGER
from gympulse.session import Session
from streams.processes import kill_after_commits, submit
from streams.runs import Broker, Runner
from streams.test_convergence import assert_equals_oracle, placed


def assert_ledger_balances(lake: Lake) -> None:
    """Every entry's rows have one outcome each, and no batch is entered twice."""
    entries = DeltaTable(lake.path(LEDGER)).to_pyarrow_table().to_pylist()
    outcomes = ("inserted", "superseding", "duplicate", "quarantined")
    unbalanced = [e for e in entries if e["rows_read"] != sum(e[name] for name in outcomes)]
    keys = [tuple(entry[name] for name in LEDGER.key) for entry in entries]
    assert unbalanced == []
    assert len(keys) == len(set(keys))


# Many kills need few writes between two: a job that has nothing left to write ends by itself.
@pytest.mark.parametrize(
    ("seed", "kills", "most_writes"), [(13, 5, 30), pytest.param(14, 30, 4, marks=pytest.mark.long)]
)
def test_killed_jobs_lose_nothing(
    tmp_path: Path, session: Session, broker: Broker, seed: int, kills: int, most_writes: int
) -> None:
    """Killed between any two writes and run again, the tables equal the oracle's."""
    random = Random(seed)
    runner = Runner(Lake(str(tmp_path)), broker, session)
    batches = placed(seed)
    killed = 0
    for batch in batches:
        runner.receive(batch)
        for _ in range(kills // len(batches) + 2):
            job = submit(all_layers.__file__, runner.lake.root, broker.servers)
            killed += kill_after_commits(job, runner.lake, commits=random.randrange(1, most_writes))
    runner.run()
    assert killed >= kills
    assert_equals_oracle(runner, batches)
    assert_ledger_balances(runner.lake)
