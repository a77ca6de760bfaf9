"""The maintenance beside the hourly runs: the tables stay right, and their files in bounds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from deltalake import DeltaTable

from gympulse.io import commits, compaction, folding
from gympulse.io.retention import data_files
from gympulse.lake import Lake
from gympulse.model.ops import FOLDED
from gympulse.model.tables import HEART_RATE, LEDGER, MAINTENANCE, OPS, SILVER, TABLES, WORKOUTS
from gympulse.operations.arguments import Request
from gympulse.operations.checks import check
from gympulse.operations.maintenance import maintain
from gympulse.session import Session
from oracle.archives import archived
from oracle.compare import assert_lake_equals, read_rows
from oracle.expected import expect
from oracle.histories import records_and_files
from streams.checking import (
    assert_equals_oracle,
    assert_ledger_balances,
    assert_ledger_equals_bronze,
    placed,
)
from streams.operating import land_archives, operate
from streams.runs import Broker, Runner, versions
from streams.spoiling import lose_checkpoints
from streams.test_load_archives import renumbered

# Days after which nothing is kept but for a stream.
LONG = 400


def maintained(runner: Runner, days: float, keep_days: float = 7.0, points: dict | None = None):
    """Run the maintenance as it would be run so many days from now."""
    values = check("maintenance", {}, date(2026, 1, 1)) | {"keep_days": keep_days}
    request = Request("maintenance", f"after {days} days", runner.settings, values, "Ann")
    maintain(request, runner.session, datetime.now(UTC) + timedelta(days=days), points)


def test_a_lake_that_is_maintained_between_its_runs(
    tmp_path: Path, session: Session, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams several versions behind, a reader of an old version, and checkpoints that are lost."""
    monkeypatch.setattr(folding, "_NEWEST", 1)
    runner, batches = Runner(Lake(str(tmp_path)), broker, session), placed(3)
    assert len(batches) == 4
    for number, batch in enumerate(batches):
        runner.receive(batch)
        runner.run("bronze", *(["silver"] if number % 2 else []))
        maintained(runner, LONG)
    reader = versions(runner.lake)[HEART_RATE.name]
    rows = DeltaTable(runner.lake.path(HEART_RATE), version=reader).count()
    runner.run()
    maintained(runner, 6)
    assert (
        DeltaTable(runner.lake.path(HEART_RATE), version=reader).to_pyarrow_table().num_rows == rows
    )
    assert_equals_oracle(runner, batches)

    before = versions(runner.lake)
    runner.run()
    assert versions(runner.lake) == before
    assert_ledger_balances(runner.lake)
    assert_ledger_equals_bronze(runner, batches)
    assert FOLDED in {run for (run,) in read_rows(runner.lake, LEDGER.name, ("run_id",))}

    for table in TABLES.values():
        path = runner.lake.path(table)
        assert not compaction.small_files(path, compaction.target_bytes(table)) or table in OPS
    assert not commits.begins(runner.lake.path(WORKOUTS))
    lose_checkpoints(runner.lake)
    runner.run()
    assert_equals_oracle(runner, batches)
