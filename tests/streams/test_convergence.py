"""Whatever the order, delay and duplication, the tables are those of the oracle."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gympulse.lake import Lake
from gympulse.session import Session
from gympulse.settings import Rules
from gympulse.transforms.silver import workout_bpm
from oracle.histories import (
    Batch,
    PlacedBatch,
    batched_histories,
    place,
)
from streams.checking import assert_equals_oracle, placed
from streams.conftest import Emptied
from streams.runs import PARTITIONS, Broker, Runner

ZONES = ("UTC", "Europe/Paris", "America/Los_Angeles")


def assert_converges(runner: Runner, batches: list[PlacedBatch]) -> None:
    """Run the jobs after each batch and hold the lake against the oracle at the end."""
    for batch in batches:
        runner.receive(batch)
        runner.run()
    assert_equals_oracle(runner, batches)


@pytest.mark.parametrize(
    ("examples", "runs"), [(3, 2), pytest.param(100, 4, marks=pytest.mark.long)]
)
def test_histories_converge(session: Session, emptied: Emptied, examples: int, runs: int) -> None:
    """Late, duplicated, disordered, contradicting, malformed: every table equals the oracle."""

    # An example takes seconds: they are the same in every run, and are not shrunk.
    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=[*HealthCheck],
    )
    @given(batched_histories(runs=runs), st.sampled_from(ZONES))
    def converge(batches: list[Batch], zone: str) -> None:
        with TemporaryDirectory() as folder:
            runner = Runner(Lake(folder), emptied(), session, Rules(time_zone=zone))
            assert_converges(runner, place(batches, partitions=PARTITIONS))

    converge()


def test_a_broken_rule_is_noticed(
    tmp_path: Path, session: Session, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``start_time <= time`` instead of ``<``, the comparison fails."""
    recipe = workout_bpm.RECIPE
    monkeypatch.setattr(workout_bpm, "AFTER_START", "start_time <= time")
    runner = Runner(Lake(str(tmp_path)), broker, session)
    with pytest.raises(AssertionError, match=recipe.table.name):
        assert_converges(runner, placed(4))
