"""Where a run can be looked at in Airflow's UI."""

from urllib.parse import quote

from airflow.sdk.configuration import conf


def run_address(dag_id: str, run_id: str) -> str:
    """Give the address of a run's page, below ``base_url`` of Airflow's section ``api``."""
    base = conf.get("api", "base_url", fallback="http://localhost:8080").rstrip("/")
    return f"{base}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"
