"""Whatever the order, delay and duplication, the tables are those of the oracle."""

from pathlib import Path
from random import Random

import pytest

from gympulse.lake import Lake
from gympulse.session import Session
from gympulse.settings import Rules
from gympulse.transforms.silver import workout_bpm
from oracle import records as oracle_records
from oracle.compare import assert_lake_equals
from oracle.expected import expect
from oracle.histories import PlacedBatch, cut, place, records_and_files, seeded_history
from streams.runs import PARTITIONS, Broker, Runner

ZONES = ("UTC", "Europe/Paris", "America/Los_Angeles")


def placed(seed: int, happened: int = 40) -> list[PlacedBatch]:
    """A made history, dealt into one to four batches."""
    history = seeded_history(seed, happened=happened)
    return place(cut(history, seed, runs=1 + seed % 4), partitions=PARTITIONS)


def assert_converges(runner: Runner, batches: list[PlacedBatch]) -> None:
    """Run the jobs after each batch and hold the lake against the oracle at the end."""
    for batch in batches:
        runner.receive(batch)
        runner.run()
    assert_equals_oracle(runner, batches)


def assert_equals_oracle(runner: Runner, batches: list[PlacedBatch]) -> None:
    """Hold the lake against what the oracle says of all records received."""
    records, files = records_and_files(batches)
    expected = expect(records, files, oracle_records.Rules(time_zone=runner.rules.time_zone))
    assert_lake_equals(expected, runner.lake)


@pytest.mark.parametrize(
    "seed",
    [*range(6), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(6, 100))],
)
def test_histories_converge(tmp_path: Path, session: Session, broker: Broker, seed: int) -> None:
    """Late, duplicated, disordered, contradicting, malformed: every table equals the oracle."""
    rules = Rules(time_zone=Random(seed).choice(ZONES))
    assert_converges(Runner(Lake(str(tmp_path)), broker, session, rules), placed(seed))


def test_a_broken_rule_is_noticed(
    tmp_path: Path, session: Session, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``start_time <= time`` instead of ``<``, the comparison fails."""
    recipe = workout_bpm.RECIPE
    monkeypatch.setattr(workout_bpm, "AFTER_START", "start_time <= time")
    runner = Runner(Lake(str(tmp_path)), broker, session)
    with pytest.raises(AssertionError, match=recipe.table.name):
        assert_converges(runner, placed(4))
