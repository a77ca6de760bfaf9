"""What the operations' entry points share: arguments in, exit code out."""

from collections.abc import Callable, Sequence

from gympulse.job import told
from gympulse.operations.arguments import Request, parse
from gympulse.session import Session, session


def main(
    job: str, operation: Callable[[Request, Session], None], argv: Sequence[str] | None = None
) -> int:
    """Do one operation.

    Returns:
        0 when it is done; 1 after a failure, whose last line says what happened.
    """

    def work() -> None:
        request = parse(job, argv)
        with session(job) as spark:
            operation(request, spark)

    return told(job, work)
