"""Each part of the suite of faults, in short: everything is held, and would be noticed if not."""

from collections.abc import Iterator

import pytest

from chaos.chaos import Chaos
from chaos.parts import PARTS
from chaos.small_disk import can_mount
from gympulse.session import Session

SEED = 10
# Of minutes. Airflow's tasks are killed in tests/e2e too, all else of outages only in `make chaos`.
# The fuzzers of inputs have tests of their own in tests/streams and tests/serving.
LONG = {"outages", "inputs"}


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory, session: Session) -> Iterator[Chaos]:
    """What the parts are given."""
    chaos = Chaos(SEED, tmp_path_factory.mktemp("chaos"), session, is_short=True)
    with chaos.ending:
        yield chaos


@pytest.mark.parametrize(
    "part", [pytest.param(name, marks=pytest.mark.long if name in LONG else ()) for name in PARTS]
)
def test_nothing_is_lost(chaos: Chaos, part: str) -> None:
    """Nor is anything doubled, whatever breaks."""
    if part == "disk" and not can_mount(chaos.folder / "tried"):
        pytest.skip("a small disk can be mounted by root alone")
    outcome = PARTS[part](chaos)

    assert outcome.injected.total() > 0
    assert [check for check in outcome.checks if not check.is_held] == []
    assert outcome.checks
