"""Good and bad records together: each has one outcome, and the bad do not touch the good."""

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from gympulse.lake import Lake
from gympulse.model.tables import LAYERS, QUARANTINE
from gympulse.recipes import RECIPES
from gympulse.session import Session
from oracle.bronze import assert_bronze_equals
from oracle.compare import difference, read_rows
from oracle.histories import Batch, place, records_and_files
from oracle.mixtures import mixtures
from streams.checking import (
    RULES,
    assert_conserved,
    assert_equals_oracle,
    assert_ledger_balances,
    assert_ledger_equals_bronze,
    table_of,
)
from streams.conftest import Emptied
from streams.halves import good_items, received
from streams.runs import PARTITIONS, Runner

DERIVED = [table.name for layer in ("silver", "gold") for table in LAYERS[layer]]


@dataclass(frozen=True)
class Halves:
    """Two lakes that received the same good records, the second as many bad ones beside.

    Attributes:
        alone: What received the good half only.
        together: What received both, in one batch.
        bad: (source, source_id, rule) of each bad record and each rule that it breaks.
    """

    alone: Runner
    together: Runner
    bad: Counter


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory, session: Session, emptied: Emptied) -> Halves:
    """Both lakes after one run of all jobs."""
    items = good_items(51)
    runners = []
    for with_bad in (False, True):
        runner = Runner(Lake(str(tmp_path_factory.mktemp("lake"))), emptied(), session)
        batch, bad = received(Random(51), items, with_bad)
        runner.receive(batch)
        runner.run()
        assert_ledger_balances(runner.lake)
        runners.append(runner)
    return Halves(*runners, bad)


def test_the_good_half_is_as_if_it_had_come_alone(halves: Halves) -> None:
    """Every silver and gold table is the same with bad records beside the good ones."""
    assert all(read_rows(halves.alone.lake, name) for name in DERIVED)
    assert differences(halves) == []


def differences(halves: Halves) -> list[str]:
    """How the silver and gold tables of the two lakes differ."""
    alone, together = halves.alone.lake, halves.together.lake
    found = [difference(n, read_rows(alone, n), read_rows(together, n)) for n in DERIVED]
    return [each for each in found if each]


def test_the_bad_half_is_set_aside(halves: Halves) -> None:
    """Every bad record once for each rule that it breaks, and nothing else but sessions.

    Among them is every rule that any record can break.
    """
    rows = read_rows(halves.together.lake, QUARANTINE.name, ("source", "source_id", "rule"))
    sessions = read_rows(halves.alone.lake, QUARANTINE.name, ("source", "source_id", "rule"))
    assert {source for source, *_ in sessions} == {"completed_workouts"}
    assert Counter(rows) == halves.bad + Counter(sessions)
    assert {(table_of(*row[:2]), row[2]) for row in halves.bad} == RULES


def no_checkpoints(checkpoint: Path) -> None:
    """The stream begins again."""
    shutil.rmtree(checkpoint)


def no_last_commit(checkpoint: Path) -> None:
    """As a kill leaves it between a batch's writes and the note that it is done."""
    max((checkpoint / "commits").glob("[0-9]*"), key=lambda path: int(path.name)).unlink()


@pytest.mark.parametrize("lose", [no_last_commit, no_checkpoints])
def test_replays_add_no_quarantine_rows(halves: Halves, lose) -> None:
    """Batches that are read again leave the quarantine as it was, to the microsecond."""
    lake = halves.together.lake
    before = Counter(read_rows(lake, QUARANTINE.name))
    folders = [Path(lake.checkpoint(recipe.table.short_name)) for recipe in RECIPES["silver"]]
    commits = {folder: sorted((folder / "commits").glob("[0-9]*")) for folder in folders}
    for folder in folders:
        lose(folder)
    halves.together.run("silver", "gold")
    assert {folder: sorted((folder / "commits").glob("[0-9]*")) for folder in folders} == commits
    assert Counter(read_rows(lake, QUARANTINE.name)) == before
    assert differences(halves) == []
    assert_ledger_balances(lake)


@pytest.mark.parametrize("examples", [1, pytest.param(30, marks=pytest.mark.long)])
def test_mixtures_are_conserved(session: Session, emptied: Emptied, examples: int) -> None:
    """After every run each bronze row has one outcome, and in the end each is the oracle's."""

    # An example takes seconds: they are the same in every run, and are not shrunk.
    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=[*HealthCheck],
    )
    @given(mixtures(runs=2))
    def conserve(mixed_batches: list[Batch]) -> None:
        batches = place(mixed_batches, partitions=PARTITIONS)
        with TemporaryDirectory() as folder:
            runner = Runner(Lake(folder), emptied(), session)
            for batch in batches:
                runner.receive(batch)
                runner.run()
                assert_conserved(runner.lake)
            assert_bronze_equals(*records_and_files(batches), runner.lake)
            assert_equals_oracle(runner, batches)
            assert_ledger_balances(runner.lake)
            assert_ledger_equals_bronze(runner, batches)

    conserve()
