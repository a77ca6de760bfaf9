"""The link from a task to its run's page on Databricks."""

from airflow.sdk import BaseOperatorLink
from airflow.sdk.execution_time.xcom import XCom
from airflow.sdk.types import TaskInstanceKey

RUN_PAGE = "run_page_url"


class RunPage(BaseOperatorLink):
    """Where the run can be looked at; nowhere for a task that ran on Spark.

    Not the provider's own, which is loaded with all of its operators whenever a DAG is parsed.
    """

    @property
    def name(self) -> str:
        """What the UI shows."""
        return "Run on Databricks"

    def get_link(self, operator: object, *, ti_key: TaskInstanceKey) -> str:
        """Give the page's address, empty where there is none."""
        return XCom.get_value(ti_key=ti_key, key=RUN_PAGE) or ""
