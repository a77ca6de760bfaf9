"""Lakes with a canary member, the rows of all others, and erasures that are killed."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gympulse.lake import Lake
from gympulse.model.tables import GOLD, SILVER
from gympulse.operations import erasure
from oracle.compare import read_rows
from streams import erasing
from streams.checking import placed
from streams.erasing import CANARY, HANDED_OVER, files_that_name_it
from streams.operating import operate
from streams.runs import Runner

# Rows of gold that add up over members say what is left of the sum.
SUMS = {"gold_db.gym_occupancy"}
STEPS = (
    "_listed",
    "take_out_of_bronze",
    "take_out_of_silver",
    "_bring_up_to_date",
    "take_out_of_quarantine",
    "take_out_of_texts",
    "take_out_of_files",
    "remove",
    "_forget",
    "scan",
)


class Killed(BaseException):
    """The process is no more."""


def fill(runner: Runner) -> None:
    """An hour, then a load of files and archives, in which the canary is one of several."""
    erasing.kept_for(runner.broker, "bpm", 3_600_000)
    history = [item for batch in placed(31, happened=10) for item in batch]
    # Readings before their registration: who sends them is unknown, which is noted.
    runner.receive([*history, *erasing.records()])
    runner.run()
    runner.receive(erasing.landed())
    land_archives(runner.lake)
    operate(runner, "backfill", "load")
    assert len(files_that_name_it(Path(runner.lake.root))) > 20


def kill_at(runner: Runner, steps: Sequence[str]) -> None:
    """Start the erasure as often as there are steps, and end it after each of them in turn."""
    for step in steps:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(erasure, step, _killed_after(getattr(erasure, step)))
            with pytest.raises(Killed):
                operate(runner, "erasure", "request 7", user_id=str(CANARY))


def _killed_after(step: Callable) -> Callable:
    def killed(*args: object) -> None:
        step(*args)
        raise Killed

    return killed


def land_archives(lake: Lake) -> None:
    """Put the canary's archives where a backfill looks for them."""
    for name, content in erasing.archives().items():
        path = Path(lake.archives, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def rows_of_others(lake: Lake) -> dict[str, list[tuple]]:
    """The rows of silver and gold that are not the canary's."""
    return {
        table.name: sorted(
            (row for row in read_rows(lake, table.name) if not _is_canarys(table.columns, row)),
            key=repr,
        )
        for table in (*SILVER, *GOLD)
        if table.name not in SUMS
    }


def _is_canarys(columns: tuple[str, ...], row: tuple) -> bool:
    if {CANARY, erasing.DEVICE, erasing.MAC} & {each for each in row if each.__hash__}:
        return True
    named = dict(zip(columns, row, strict=True))
    is_shared = {erasing.SHARED_DEVICE, erasing.SHARED_MAC} & {
        named.get("device_id"),
        named.get("mac_address"),
    }
    at = named.get("time", named.get("login"))
    is_early = at is not None and at < HANDED_OVER * 1_000_000
    # The shared phone's visits before and after it was handed over are of two days.
    is_early |= "date" in named and str(named["date"]) < "2024-02-27"
    return bool(is_shared) and "user_id" not in named and is_early
