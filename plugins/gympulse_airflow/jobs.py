"""Tasks that run the jobs: the one place that knows where jobs run."""

from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

from gympulse_airflow.assets import made_by, read_by
from gympulse_airflow.defaults import ENV, KAFKA_BOOTSTRAP_SERVERS, LAKE, TIME_ZONE
from gympulse_airflow.spark import JobHook

SPARK_JOBS = Path(__file__).resolve().parents[2] / "spark_jobs"


class LayerJobOperator(SparkSubmitOperator):
    """Runs a job through the Spark provider, its failures said and its processes ended."""

    def _get_hook(self) -> JobHook:
        return JobHook(
            conn_id=self._conn_id,
            conf=self.conf,
            name=self.name,
            application_args=self.application_args,
        )


def spark_job(layer: str, **kwargs: Any) -> LayerJobOperator:
    """Make the task that runs a layer's job.

    Args:
        layer: ``bronze``, ``silver`` or ``gold``; also the pool of its one writer.
        kwargs: What else the operator takes.

    Replay: the job resumes where it stopped. A second copy finds the layer's lock held
    and ends with a message, having touched nothing; its retry comes later.
    """
    arguments = ["--lake", LAKE, "--env", ENV, "--time-zone", TIME_ZONE]
    if layer == "bronze":
        arguments += ["--kafka-bootstrap-servers", KAFKA_BOOTSTRAP_SERVERS]
    return LayerJobOperator(
        task_id=f"run_{layer}",
        conn_id="spark",
        name=f"gympulse {layer}",
        application=str(SPARK_JOBS / f"{layer}.py"),
        application_args=arguments,
        pool=layer,
        inlets=read_by(layer),
        outlets=made_by(layer),
        **kwargs,
    )
