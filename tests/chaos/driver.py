"""Run one of the platform's jobs, and end it with ``kill -9`` at a point.

spark-submit driver.py MODULE:FUNCTION:MOMENT:CALL:TABLE JOB [what the job is told]

At the so manieth call of the function for a table, or for any where none is named, before or after
it, the process and Java with it die. A job that does not come to it ends as it would.
"""

import importlib
import os
import runpy
import signal
import sys
from collections.abc import Callable
from functools import wraps
from itertools import count
from pathlib import Path

_JOBS = Path(__file__).parents[2] / "spark_jobs"
_SMALL = (
    # A load of some lines takes several batches, so that there is something between two.
    ("gympulse.operations.staging", "_ROWS_PER_BATCH", 25),
    # What is a minute old can be removed, so that there is something to be killed at.
    ("gympulse.operations.checks", "_LEAST_DAYS", {}),
)


def happening(
    function: Callable, moment: str, call: int, table: str, what: Callable[[], None]
) -> Callable:
    """The function, at one of whose calls something happens.

    Args:
        function: What is called.
        moment: ``before`` or ``after`` the call.
        call: Which, from 1 on.
        table: Only calls with this table, something of it or its name count; all if empty.
        what: What happens.
    """
    calls = count(1)

    @wraps(function)
    def called(*args: object, **options: object) -> object:
        is_counted = not table or any(_table_of(each) == table for each in args)
        is_it = is_counted and next(calls) == call
        if is_it and moment == "before":
            what()
        answer = function(*args, **options)
        if is_it and moment == "after":
            what()
        return answer

    return called


def _table_of(value: object) -> str | None:
    """The table's short name, of a table, a recipe or an entry of the ledger."""
    table = getattr(value, "table", value)
    name = getattr(table, "short_name", table)
    return name if isinstance(name, str) else None


def _die() -> None:
    # spark-submit has become Java, in whose group this process is.
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(point: str, job: str, *words: str) -> None:
    """Run the job up to the point."""
    name, function, moment, call, table = point.split(":")
    module = importlib.import_module(name)
    dies = happening(getattr(module, function), moment, int(call), table, _die)
    setattr(module, function, dies)
    for where, limit, value in _SMALL:
        setattr(importlib.import_module(where), limit, value)
    script = str(_JOBS / f"{job}.py")
    sys.argv = [script, *words]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
