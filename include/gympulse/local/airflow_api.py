"""What we ask of Airflow's REST API."""

from pathlib import Path
from typing import Any

import httpx

from gympulse.local.rest import ask
from gympulse.local.secrets_file import local_secrets, write_private
from gympulse.local.settings import LocalSettings


class AirflowApi:
    """A client of the local Airflow, logged in as one of its users.

    Args:
        settings: The platform.
        user: One of ``gympulse.local.airflow.ROLES``; the administrator, if None.
    """

    def __init__(self, settings: LocalSettings, user: str | None = None) -> None:
        self._client = httpx.Client(base_url=settings.airflow_url, timeout=30)
        password = local_secrets(settings.folders.state)[f"airflow_{user or 'user'}"]
        login = {"username": user or settings.airflow_user, "password": password}
        token = self._ask("POST", "/auth/token", json=login)["access_token"]
        self.authorization = f"Bearer {token}"
        self._client.headers["Authorization"] = self.authorization

    def __enter__(self) -> "AirflowApi":
        return self

    def __exit__(self, *raised: object) -> None:
        self._client.close()

    def dags(self) -> set[str]:
        """Give the ids of the DAGs that Airflow knows and has not paused."""
        told = self._ask("GET", "/api/v2/dags", params={"limit": 100, "paused": False})
        return {dag["dag_id"] for dag in told["dags"]}

    def trigger(self, dag: str, conf: dict | None = None) -> str:
        """Start a run by hand; give its id."""
        body = {"logical_date": None, "conf": conf or {}}
        return self._ask("POST", f"/api/v2/dags/{dag}/dagRuns", json=body)["dag_run_id"]

    def runs(self, dag: str) -> list[dict]:
        """Give a DAG's latest runs, the newest first."""
        order = {"order_by": "-run_after", "limit": 20}
        return self._ask("GET", f"/api/v2/dags/{dag}/dagRuns", params=order)["dag_runs"]

    def tasks(self, dag: str, run: str) -> list[dict]:
        """Give the task instances of a run."""
        return self._ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        return ask(self._client, "Airflow", method, path, **content)


def write_header(settings: LocalSettings) -> Path:
    """Write the header that lets its sender in, so that no command line has to hold a token.

    Replay: the file, which only its owner may read, is replaced by one with a new token.
    """
    file = settings.folders.state / "api.header"
    with AirflowApi(settings) as airflow:
        write_private(file, f"Authorization: {airflow.authorization}\n")
    return file
