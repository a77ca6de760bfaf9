"""What the jobs' entry points share: arguments in, exit code out, errors as sentences."""

import logging
import re
import sys
from collections.abc import Callable, Sequence

from pyspark.errors import PySparkException

from gympulse.errors import GympulseError
from gympulse.layers import run_layer
from gympulse.session import session
from gympulse.settings import parse_arguments

_CAUSE = re.compile(r"gympulse\.errors\.\w+: (.*)")


def main(layer: str, argv: Sequence[str] | None = None) -> int:
    """Run one layer's job.

    Returns:
        0 when the layer is complete; 1 after a failure, whose last line says what happened.
    """

    def work() -> None:
        settings = parse_arguments(layer, argv)
        with session(layer) as spark:
            run_layer(layer, settings, spark)

    return told(layer, work)


def told(name: str, work: Callable[[], None]) -> int:
    """Do a job's work, and say what became of it.

    Returns:
        0 when it is done; 1 after a failure, whose last line says what happened.
    """
    logging.basicConfig(
        level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(message)s", datefmt="%H:%M:%S"
    )
    logging.getLogger("py4j").setLevel(logging.ERROR)
    try:
        work()
    except GympulseError as error:
        print(f"{name} failed: {error}", flush=True)
        return 1
    except PySparkException as error:
        print(f"{name} failed: {_sentence(error)}", flush=True)
        print("Nothing is lost: the next run resumes where this one stopped.", flush=True)
        return 1
    print(f"{name} is done.", flush=True)
    return 0


def _sentence(error: PySparkException) -> str:
    """The part of Spark's message that says what happened."""
    text = str(error).strip()
    if cause := _CAUSE.search(text):
        return cause.group(1)
    return text.split("\n\tat ")[0].split("\nJVM stacktrace")[0][-2000:]
