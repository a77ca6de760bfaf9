"""A job may be ended with ``kill -9`` at any moment; the next run mends everything."""

from pathlib import Path
from random import Random

import pytest

from gympulse.lake import Lake
from gympulse.local.class_archive import all_layers
from gympulse.session import Session
from streams.checking import assert_equals_oracle, assert_ledger_balances, placed
from streams.processes import kill_after_commits, submit
from streams.runs import Broker, Runner


# Many kills need few writes between two: a job that has nothing left to write ends by itself.
@pytest.mark.parametrize(
    ("seed", "kills", "most_writes"), [(13, 3, 30), pytest.param(14, 30, 4, marks=pytest.mark.long)]
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
