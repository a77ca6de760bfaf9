"""What the operations' entry points share: arguments in, exit code out."""

from collections.abc import Callable, Sequence
from functools import partial

from gympulse.io import disk
from gympulse.io.locks import operating
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
    """Do the work of one operation; ``argv`` is the process's own where None.

    Replay: a second copy waits for the first, and then finds what that has done.
    """
    request = parse(job, argv)
    lake, name = request.settings.lake, f"{job} {request.operation_id}"
    with (
        session(job) as spark,
        disk.said(lake),
        operating(job, lake, spark.gateway, name),
    ):
        operation(request, spark)
