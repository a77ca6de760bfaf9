"""What the operations' entry points share: arguments in, exit code out."""

from collections.abc import Callable, Sequence
from functools import partial

from gympulse.job import told
from gympulse.operations.arguments import Request, parse
from gympulse.session import Session, session

Operation = Callable[[Request, Session], None]


def main(job: str, operation: Operation, argv: Sequence[str] | None = None) -> int:
    """Do one operation.

    Returns:
        0 when it is done; 1 after a failure, whose last line says what happened.
    """
    return told(job, partial(run, job, operation, argv))


def run(job: str, operation: Operation, argv: Sequence[str] | None = None) -> None:
    """Do the work of one operation; ``argv`` is the process's own where None."""
    request = parse(job, argv)
    with session(job) as spark:
        operation(request, spark)
