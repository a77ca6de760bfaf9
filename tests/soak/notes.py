"""What was measured, kept beside the lake run by run, so that a soak that was ended goes on."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.soak.measuring import Size, Taken, Work

_NAME = "taken.jsonl"


def keep(folder: Path, taken: Taken) -> None:
    """Add a run to those that are kept."""
    with (folder / _NAME).open("a") as notes:
        notes.write(json.dumps(asdict(taken)) + "\n")


def kept(folder: Path) -> list[Taken]:
    """The runs so far, in their order; none in a folder where none was.

    A run whose note a kill has torn was not done, and is done again.
    """
    notes = folder / _NAME
    lines = notes.read_text().splitlines(keepends=True) if notes.exists() else []
    whole = [line for line in lines if line.endswith("\n")]
    if len(whole) < len(lines):
        notes.write_text("".join(whole))
    return [_taken(json.loads(line)) for line in whole]


def _taken(told: dict[str, Any]) -> Taken:
    maintenance = told["maintenance"]
    return Taken(
        **told
        | {
            "jobs": {name: Work(**work) for name, work in told["jobs"].items()},
            "tables": {name: Size(**size) for name, size in told["tables"].items()},
            "maintenance": maintenance and Work(**maintenance),
        }
    )
