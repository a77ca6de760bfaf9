"""The maintenance beside the hourly runs: the tables stay right, and their files in bounds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from deltalake import DeltaTable

from gympulse.io import commits, compaction, folding
from gympulse.io.retention import data_files
from gympulse.lake import Lake
from gympulse.model.ops import FOLDED
from gympulse.model.tables import (
    HEART_RATE,
    LAYERS,
    LEDGER,
    MAINTENANCE,
    OPS,
    TABLES,
    WORKOUTS,
)
from gympulse.operations import maintenance
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


def maintained(runner: Runner, days: float, keep_days: float = 7.0):
    """Run the maintenance as it would be run so many days from now."""
    values = check("maintenance", {}, date(2026, 1, 1)) | {"keep_days": keep_days}
    request = Request("maintenance", uuid4().hex, runner.settings, values, "Ann")
    maintain(request, runner.session, datetime.now(UTC) + timedelta(days=days))


def test_a_lake_that_is_maintained_between_its_runs(
    tmp_path: Path, session: Session, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams several versions behind, a reader of an old version, checkpoints that are lost."""
    monkeypatch.setattr(folding, "_NEWEST", 1)
    monkeypatch.setattr(maintenance, "PAUSE_SECONDS", 0)
    runner, batches = Runner(Lake(str(tmp_path)), broker, session), placed(3, happened=25)
    *earlier, last = batches
    for batch, layers in zip(earlier, (LAYERS, ["bronze"], ["bronze", "silver"]), strict=True):
        runner.receive(batch)
        runner.run(*layers)
        maintained(runner, LONG)
    read = versions(runner.lake)[HEART_RATE.name]
    rows = read_at(runner.lake, read)
    runner.run()
    maintained(runner, 6)
    assert read_at(runner.lake, read) == rows
    maintained(runner, LONG)
    before = versions(runner.lake)
    runner.run()
    assert versions(runner.lake) == before
    assert_equals_oracle(runner, earlier)
    assert_ledger_balances(runner.lake)
    assert_ledger_equals_bronze(runner, earlier)
    assert FOLDED in {run for (run,) in read_rows(runner.lake, LEDGER.name, ("run_id",))}
    for table in TABLES.values():
        path = runner.lake.path(table)
        assert len(data_files(path)) <= 30, table.name
        assert compaction.small_files(path, compaction.target_bytes(table)) == 0 or table in OPS
    assert not commits.begins(runner.lake.path(WORKOUTS))

    # What has gone from silver meanwhile is not in what gold begins with.
    runner.receive(last)
    runner.run("bronze", "silver")
    lose_checkpoints(runner.lake)
    runner.run()
    assert_equals_oracle(runner, batches)


def read_at(lake: Lake, version: int) -> list[tuple]:
    """The readings of a version, as a reader finds them that goes by its number."""
    found = DeltaTable(lake.path(HEART_RATE), version=version).to_pyarrow_table()
    return sorted(tuple(row.values()) for row in found.to_pylist())


@pytest.mark.long
def test_beside_hourly_runs_and_a_backfill(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """Nobody fails, though versions are kept for hardly longer than a run lasts."""
    rng, runner = Random(44), Runner(Lake(str(tmp_path)), broker, session)
    records, landed = records_and_files(placed(44, happened=60))
    by_archive = [record for record in records if rng.random() < 0.3]
    found = archived(rng, by_archive)
    taken = {id(record) for record in by_archive}
    sent = renumbered([*(each for each in records if id(each) not in taken), *found.left])
    runner.run()
    land_archives(runner.lake, found)
    operations, ended = threading.Lock(), threading.Event()

    def nightly() -> None:
        while not ended.wait(2):
            with operations:
                maintained(runner, 0, keep_days=timedelta(seconds=90) / timedelta(days=1))

    def backfill() -> None:
        with operations:
            operate(runner, "backfill", "beside")

    with _beside(ended, nightly), _beside(threading.Event(), backfill):
        for part in range(12):
            # In the order of their offsets.
            begin, end = (len(sent) * at // 12 for at in (part, part + 1))
            runner.receive([*sent[begin:end], *landed[part::12]])
            # Gold is behind by several versions of silver.
            runner.run("bronze", "silver", *(["gold"] if part % 4 == 3 else []))
    runner.run()
    assert_lake_equals(expect([*sent, *found.records], landed), runner.lake)
    assert_ledger_balances(runner.lake)
    runs = read_rows(runner.lake, MAINTENANCE.name, ("table", "problem", "files_removed"))
    assert {problem for _, problem, _ in runs} == {None}
    assert sum(removed for _, _, removed in runs) > 50
    assert len(data_files(runner.lake.path(WORKOUTS))) < 40


@contextmanager
def _beside(ended: threading.Event, work) -> Iterator[None]:
    """Do something meanwhile; what fails there fails here."""
    failed: list[BaseException] = []

    def told() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=told)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert failed == []
