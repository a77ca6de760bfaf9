"""Jobs that run on Spark, through its provider, with a worker that waits for them."""

from collections.abc import Sequence
from pathlib import Path

from airflow.sdk.definitions.context import Context

from gympulse.operations.arguments import ASKS_KAFKA
from gympulse_airflow.kafka import kafka_environment
from gympulse_airflow.spark import JobHook, end_with_parent

SPARK_JOBS = Path(__file__).resolve().parents[2] / "spark_jobs"


class OnSpark:
    """One job, on the Spark of a connection.

    Args:
        connection: Names a connection of type ``spark``.
        job: Name of its script in ``spark_jobs``.
        words: What it is told.

    Attributes:
        page: Where the run can be looked at: nowhere.
    """

    page = ""

    def __init__(self, connection: str, job: str, words: Sequence[str]) -> None:
        self._script = str(SPARK_JOBS / f"{job}.py")
        self._hook = JobHook(
            conn_id=connection,
            name=f"gympulse {job}",
            application_args=list(words),
            environment=kafka_environment() if job in ("bronze", *ASKS_KAFKA) else {},
        )

    def run(self, context: Context) -> None:
        """Run the job to its end, or to the end of this task or of what watches over it.

        Airflow lets a task go on whose supervisor was killed, and starts it once more after
        minutes in which it heard nothing.

        Raises:
            AirflowException: It failed; the message is the job's own.
        """
        end_with_parent()
        self._hook.submit(self._script)

    def end(self) -> None:
        """End the job with all its processes."""
        self._hook.on_kill()
