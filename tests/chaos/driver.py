"""Run one of the platform's jobs, and end it with ``kill -9`` at a point.

spark-submit driver.py MODULE:FUNCTION:MOMENT:CALL JOB [what the job is told]

At the so manieth call of the function, before or after it, the process and Java with it die. A
job that does not come to it ends as it would.
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


def dying(function: Callable, moment: str, call: int) -> Callable:
    """The function, of which one call is the last thing that happens."""
    calls = count(1)

    @wraps(function)
    def dies(*args: object, **options: object) -> object:
        is_last = next(calls) == call
        if is_last and moment == "before":
            _die()
        answer = function(*args, **options)
        if is_last:
            _die()
        return answer

    return dies


def _die() -> None:
    # spark-submit has become Java, in whose group this process is.
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(point: str, job: str, *words: str) -> None:
    """Run the job up to the point."""
    name, function, moment, call = point.split(":")
    module = importlib.import_module(name)
    setattr(module, function, dying(getattr(module, function), moment, int(call)))
    for where, limit, value in _SMALL:
        setattr(importlib.import_module(where), limit, value)
    script = str(_JOBS / f"{job}.py")
    sys.argv = [script, *words]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
