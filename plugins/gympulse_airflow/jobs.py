"""Tasks that run the jobs: the one place that knows where jobs run."""

from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

from gympulse.operations.arguments import words
from gympulse.settings import rule_words
from gympulse_airflow.assets import changed_by, made_by, read_by
from gympulse_airflow.defaults import (
    AIRFLOW_RUN,
    ENV,
    KAFKA_BOOTSTRAP_SERVERS,
    LAKE,
    OPERATION_ID,
    OPERATOR,
    RULES,
    TIME_ZONE,
)
from gympulse_airflow.forms import ACCEPT_LOSS
from gympulse_airflow.spark import JobHook

SPARK_JOBS = Path(__file__).resolve().parents[2] / "spark_jobs"
_LAKE = ("--lake", LAKE, "--env", ENV, "--time-zone", TIME_ZONE)
# As one word: a run's id may begin with a dash.
_ARGUMENTS = (*_LAKE, f"--airflow-run={AIRFLOW_RUN}")


class LayerJobOperator(SparkSubmitOperator):
    """Runs a job through the Spark provider, its failures said and its processes ended.

    Args:
        rules: Thresholds, and what comes of rows that are not as expected; see ``rule_words``.
    """

    template_fields = (*SparkSubmitOperator.template_fields, "rules")

    def __init__(self, *, rules: str = RULES, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rules = rules

    def execute(self, context: Any) -> None:
        """Add what the rules say, and run the job."""
        self.application_args = [*self.application_args, *rule_words(self.rules)]
        super().execute(context)

    def _get_hook(self) -> JobHook:
        return JobHook(
            conn_id=self._conn_id,
            conf=self.conf,
            name=self.name,
            application_args=self.application_args,
        )


class BronzeJobOperator(LayerJobOperator):
    """Runs bronze's job with what its form says."""

    def execute(self, context: Any) -> None:
        """Add the topics whose loss is accepted, and run the job."""
        for topic in context["params"][ACCEPT_LOSS] or ():
            self.application_args = [*self.application_args, "--accept-kafka-loss", topic]
        super().execute(context)


class OperationJobOperator(LayerJobOperator):
    """Runs an operation's job with what its form says.

    Args:
        job: A name in ``OPTIONS``.
        says_dry_run: What the job is told in place of the form's; None for the form's.
    """

    def __init__(self, *, job: str, says_dry_run: bool | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._job, self._says_dry_run = job, says_dry_run

    def execute(self, context: Any) -> None:
        """Add the form's values, in which nothing is a template, and run the job."""
        given = dict(context["params"])
        if self._says_dry_run is not None:
            given["dry_run"] = self._says_dry_run
        self.application_args = [*self.application_args, *words(self._job, given)]
        super().execute(context)


def spark_job(layer: str, **kwargs: Any) -> LayerJobOperator:
    """Make the task that runs a layer's job.

    Args:
        layer: ``bronze``, ``silver`` or ``gold``; also the pool of its one writer.
        kwargs: What else the operator takes.

    Replay: the job resumes where it stopped. A second copy finds the layer's lock held
    and ends with a message, having touched nothing; its retry comes later.
    """
    operator, arguments = LayerJobOperator, [*_ARGUMENTS]
    if layer == "bronze":
        operator = BronzeJobOperator
        arguments += ["--kafka-bootstrap-servers", KAFKA_BOOTSTRAP_SERVERS]
    return operator(
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


def operation_job(
    job: str, task_id: str, dry_run: bool | None, **kwargs: Any
) -> OperationJobOperator:
    """Make a task that runs an operation's job.

    Args:
        job: A name in ``OPTIONS``.
        task_id: What the task does, for one job serves several.
        dry_run: Whether it only plans, whatever the form says; None where it never plans.
        kwargs: What else the operator takes.

    Replay: the run's id names the operation, so that a job that was killed resumes.
    """
    return OperationJobOperator(
        job=job,
        says_dry_run=dry_run,
        task_id=task_id,
        conn_id="spark",
        name=f"gympulse {job}",
        application=str(SPARK_JOBS / f"{job}.py"),
        # As one word each: a name may begin with a dash.
        application_args=[*_ARGUMENTS, f"--operation-id={OPERATION_ID}", f"--by={OPERATOR}"],
        pool="operations",
        outlets=[] if dry_run else changed_by(job),
        **kwargs,
    )
