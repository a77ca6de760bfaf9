"""Tasks that run the jobs: what each is told, and where it runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, BaseOperator
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowFailException

from gympulse.errors import BadSettings
from gympulse.operations.arguments import ASKS_KAFKA, words
from gympulse.runbook import Section, more
from gympulse.settings import rule_words
from gympulse_airflow.assets import changed_by, made_by, read_by
from gympulse_airflow.databricks_cluster import VARIABLE, read
from gympulse_airflow.defaults import (
    AIRFLOW_RUN,
    DATABRICKS,
    ENV,
    JOBS_CONNECTION,
    KAFKA_BOOTSTRAP_SERVERS,
    LAKE,
    OPERATION_ID,
    OPERATOR,
    RULES,
    TIME_ZONE,
)
from gympulse_airflow.forms import ACCEPT_LOSS
from gympulse_airflow.lineage import facets, of_job
from gympulse_airflow.run_page import RunPage

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

    from gympulse_airflow.on_databricks import OnDatabricks
    from gympulse_airflow.on_spark import OnSpark

_LAKE = ("--lake", LAKE, "--env", ENV, "--time-zone", TIME_ZONE)
# As one word: a run's id may begin with a dash.
_ARGUMENTS = (*_LAKE, f"--airflow-run={AIRFLOW_RUN}")

Said = Callable[[Mapping[str, Any]], Sequence[str]]


class JobOperator(BaseOperator):
    """Runs a job where the connection is: on Spark, or on Databricks.

    Args:
        job: Name of the job, its script and its entry point.
        arguments: What it is told, whatever the form says.
        said: What it is told by the form's values, in which nothing is a template.
        rules: Thresholds, and what comes of rows that are not as expected; see ``rule_words``.
        connection: Names the connection.
        databricks: The cluster, where that is on Databricks; see ``databricks_cluster``.
    """

    template_fields = ("arguments", "rules", "connection", "databricks")
    operator_extra_links = (RunPage(),)

    def __init__(
        self,
        *,
        job: str,
        arguments: Sequence[str],
        said: Said = lambda params: (),
        rules: str = RULES,
        connection: str = JOBS_CONNECTION,
        databricks: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job, self.arguments, self.rules = job, list(arguments), rules
        self.connection, self.databricks = connection, databricks
        self._said, self._ended_at = said, ""
        self._place: OnSpark | OnDatabricks | None = None

    def execute(self, context: Context) -> None:
        """Run the job; on Databricks the task is deferred meanwhile."""
        told = [*self.arguments, *self._said(context["params"]), *rule_words(self.rules)]
        self._place = self._where(told)
        self._place.run(context)

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> None:
        """Take what became of a run on Databricks."""
        from gympulse_airflow.on_databricks import ended

        self._ended_at = event["run_page_url"]
        ended(self.job, event)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> "OperatorLineage":
        """What the provider of OpenLineage is told, where that is on; of a failure too."""
        began_at = task_instance.get_template_context()["dag_run"].start_date
        return facets(of_job(self.job, self.arguments, began_at))

    @property
    def run_page(self) -> str:
        """Where the run can be looked at; empty where it ran on Spark."""
        return self._place.page if self._place is not None else self._ended_at

    def on_kill(self) -> None:
        """End the job where it runs."""
        if self._place is not None:
            self._place.end()

    def _where(self, told: Sequence[str]) -> "OnSpark | OnDatabricks":
        # What a provider needs is loaded where a job runs, not where DAGs are parsed.
        kind = BaseHook.get_connection(self.connection).conn_type
        if kind == "spark":
            from gympulse_airflow.on_spark import OnSpark

            return OnSpark(self.connection, self.job, told)
        if kind != "databricks":
            raise AirflowFailException(
                f"The connection {self.connection} is of type {kind}; spark or databricks is "
                "needed. Name another in the variable gympulse_jobs_connection.\n"
                + more(Section.SETTINGS)
            )
        from gympulse_airflow.on_databricks import OnDatabricks

        try:
            cluster = read(self.databricks)
        except BadSettings as error:
            mend = f"Mend the variable {VARIABLE}."
            raise AirflowFailException(f"{error}\n{mend}\n{more(error.section)}") from None
        lake = self.arguments[: len(_LAKE)]
        return OnDatabricks(self.connection, cluster, self.job, told, self.execution_timeout, lake)


def spark_job(layer: str, **kwargs: Any) -> JobOperator:
    """Make the task that runs a layer's job.

    Args:
        layer: ``bronze``, ``silver`` or ``gold``; also the pool of its one writer.
        kwargs: What else the operator takes.

    Replay: the job resumes where it stopped. A second copy finds the layer's lock held and
    waits for the first, having touched nothing.
    """
    is_bronze = layer == "bronze"
    kafka = ("--kafka-bootstrap-servers", KAFKA_BOOTSTRAP_SERVERS) if is_bronze else ()
    if is_bronze:
        kwargs["said"] = _accepted_losses
    return JobOperator(
        task_id=f"run_{layer}",
        job=layer,
        arguments=[*_ARGUMENTS, *kafka],
        pool=layer,
        inlets=read_by(layer),
        outlets=made_by(layer),
        **kwargs,
    )


def _accepted_losses(params: Mapping[str, Any]) -> list[str]:
    return [word for topic in params[ACCEPT_LOSS] or () for word in ("--accept-kafka-loss", topic)]


def operation_job(job: str, task_id: str, dry_run: bool | None, **kwargs: Any) -> JobOperator:
    """Make a task that runs an operation's job.

    Args:
        job: A name in ``OPTIONS``.
        task_id: What the task does, for one job serves several.
        dry_run: Whether it only plans, whatever the form says; None where it never plans.
        kwargs: What else the operator takes.

    Replay: the run's id names the operation, so that a job that was killed resumes.
    """
    fixed = {} if dry_run is None else {"dry_run": dry_run}
    kafka = ("--kafka-bootstrap-servers", KAFKA_BOOTSTRAP_SERVERS) if job in ASKS_KAFKA else ()
    return JobOperator(
        task_id=task_id,
        job=job,
        # As one word each: a name may begin with a dash.
        arguments=[*_ARGUMENTS, f"--operation-id={OPERATION_ID}", f"--by={OPERATOR}", *kafka],
        said=lambda params: words(job, dict(params) | fixed),
        pool="operations",
        outlets=[] if dry_run else changed_by(job),
        **kwargs,
    )
