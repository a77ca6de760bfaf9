"""Airflow's REST API, with what only the end-to-end tests ask of it."""

import json
from datetime import datetime
from typing import Any

from httpx import Response
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from gympulse.local.airflow_api import AirflowApi
from gympulse.local.errors import LocalProblem
from serving.reading import pages

# How often a task has to be seen waiting before it is answered.
_LOOKS = 10


class Api(AirflowApi):
    """The client, with what only these tests ask for."""

    def backfill(self, dag: str, hour: datetime) -> str:
        """Let the scheduler run one earlier hour, as the UI's backfill does; give its number."""
        at = hour.isoformat()
        body = {"dag_id": dag, "from_date": at, "to_date": at, "reprocess_behavior": "none"}
        return str(self._ask("POST", "/api/v2/backfills", json=body)["id"])

    def run_jobs_on(self, master: str, conf: dict[str, str]) -> None:
        """Let the connection of the jobs name another master of Spark, as a person would."""
        extra = {"spark-binary": "spark-submit", "deploy-mode": "client", "conf": conf}
        told = {"connection_id": "spark", "conn_type": "spark", "host": master}
        body = {**told, "extra": json.dumps(extra)}
        self._ask("PATCH", "/api/v2/connections/spark", json=body)

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Response:
        """Ask the web server, with the token unless other headers say otherwise."""
        return self._client.request(method, path, json=body, headers=headers)

    def set_variable(self, name: str, value: str) -> None:
        """Give Airflow a variable."""
        self._ask("POST", "/api/v2/variables", json={"key": name, "value": value})

    def drop_variable(self, name: str) -> None:
        """Take a variable from Airflow."""
        self.ask(f"/api/v2/variables/{name}", "DELETE").raise_for_status()

    def gold(self, path: str) -> list[dict]:
        """Give all rows of a gold table, page by page."""

        def ask(query: str) -> dict:
            return self._ask("GET", f"/gympulse{path}{query}")

        return [row for page in pages(ask, "?limit=50") for row in page["rows"]]

    def approve(self, dag: str, run: str) -> None:
        """Say yes to a run's plan, as often as it is asked for.

        Not at once: Airflow's scheduler takes a task whose answer comes before it has seen the
        task pause for one that died, and asks again.
        """
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/wait_for_approval/-1/hitlDetails"
        yes = {"chosen_options": ["Approve"], "params_input": {}}
        seen = 0

        def is_approved() -> bool:
            nonlocal seen
            tasks = {task["task_id"]: task["state"] for task in self.tasks(dag, run)}
            assert "failed" not in tasks.values(), f"{dag}: {tasks}"
            is_asked = tasks.get("wait_for_approval") in ("deferred", "awaiting_input")
            seen = seen + 1 if is_asked else 0
            if seen == _LOOKS:
                seen = 0
                self._ask("PATCH", path, json=yes)
            return tasks.get("wait_for_approval") == "success"

        Retrying(retry=retry_if_result(_not), stop=stop_after_delay(600), wait=wait_fixed(1))(
            is_approved
        )

    def refusal(self, dag: str, conf: dict) -> str:
        """What is said of a form that cannot be; empty where the run is made."""
        try:
            self.trigger(dag, conf)
        except LocalProblem as problem:
            return str(problem)
        return ""

    def wait_for_success(self, dag: str, kind: str = "", run: str = "") -> None:
        """Wait until a run has succeeded, and see that none failed.

        Args:
            dag: The DAG.
            kind: What made the run: "scheduled", "backfill" or "manual"; any, if empty.
            run: Its id; any, if empty. Counting runs does not do: the clock adds one at any hour.
        """

        def unfinished() -> bool:
            runs = self.runs(dag) if dag in self.dags() else []
            assert "failed" not in {each["state"] for each in runs}, f"a run of {dag} failed"
            meant = [
                each["state"]
                for each in runs
                if kind in ("", each["run_type"]) and run in ("", each["dag_run_id"])
            ]
            return "success" not in meant

        Retrying(retry=retry_if_result(bool), stop=stop_after_delay(600), wait=wait_fixed(1))(
            unfinished
        )


def _not(value: bool) -> bool:
    return not value
