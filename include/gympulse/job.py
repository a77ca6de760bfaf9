"""What the jobs' entry points share: arguments in, exit code out, errors as sentences."""

import logging
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial

from pyspark.errors import PySparkException

from gympulse import errors
from gympulse.errors import GympulseError, JobFailed
from gympulse.io import disk
from gympulse.io.kafka_clients import java_properties
from gympulse.layers import run_layer
from gympulse.runbook import Section
from gympulse.session import session
from gympulse.settings import parse_arguments

_CAUSE = re.compile(r"gympulse\.errors\.(\w+): (.*)")


def main(layer: str, argv: Sequence[str] | None = None) -> int:
    """Run one layer's job.

    Returns:
        0 when the layer is complete; 1 after a failure, whose last line says what happened.
    """
    return told(layer, partial(run, layer, argv))


def run(layer: str, argv: Sequence[str] | None = None) -> None:
    """Do the work of one layer's job.

    Args:
        layer: ``bronze``, ``silver`` or ``gold``.
        argv: The words it is told; the process's own where None.
    """
    settings = parse_arguments(layer, argv)
    properties = java_properties(settings.kafka) if settings.kafka else None
    with session(layer, properties) as spark, disk.said(settings.lake):
        run_layer(layer, settings, spark)


def told(name: str, work: Callable[[], None]) -> int:
    """Do a job's work, and say what became of it.

    Returns:
        0 when it is done; 1 after a failure, whose last line says what happened.
    """
    try:
        done(name, work)
    except JobFailed as failure:
        print(failure, flush=True)
        return 1
    return 0


def done(name: str, work: Callable[[], None]) -> None:
    """Do a job's work.

    Raises:
        JobFailed: It could not be done, for a reason that a sentence says.
    """
    logging.basicConfig(
        level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(message)s", datefmt="%H:%M:%S"
    )
    logging.getLogger("py4j").setLevel(logging.ERROR)
    try:
        work()
    except GympulseError as error:
        raise JobFailed(name, str(error), error.section) from error
    except PySparkException as error:
        way_out = "Nothing is lost: the next run resumes where this one stopped."
        raise JobFailed(name, f"{_sentence(error)}\n{way_out}", _section(error)) from error
    print(f"{name} is done.", flush=True)


def _section(error: PySparkException) -> Section:
    """Where more is said: of an error of ours that a batch raised, as it says itself."""
    cause = _CAUSE.search(str(error))
    return getattr(errors, cause.group(1)).section if cause else Section.SPARK


def _sentence(error: PySparkException) -> str:
    """The part of Spark's message that says what happened."""
    text = str(error).strip()
    if cause := _CAUSE.search(text):
        return cause.group(2)
    return text.split("\n\tat ")[0].split("\nJVM stacktrace")[0][-2000:]
