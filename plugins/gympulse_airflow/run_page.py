"""The link from a task to its run's page on Databricks."""

from typing import Protocol

from airflow.sdk import BaseOperatorLink
from airflow.sdk.types import TaskInstanceKey


class HasRunPage(Protocol):
    """An operator that knows its run's page; empty where there is none."""

    run_page: str


class RunPage(BaseOperatorLink):
    """Where the run can be looked at; nowhere for a task that ran on Spark.

    Not the provider's own, which is loaded with all of its operators whenever a DAG is parsed,
    and warns in the log of each task that has no such page.
    """

    @property
    def name(self) -> str:
        """What the UI shows."""
        return "Run on Databricks"

    def get_link(self, operator: HasRunPage, *, ti_key: TaskInstanceKey) -> str:
        """Give the page's address, once the task has been deferred, and when it has ended."""
        return operator.run_page
