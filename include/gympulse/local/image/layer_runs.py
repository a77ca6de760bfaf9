"""The runs of the layers in an Airflow where everybody is admin."""

import time

import httpx

from gympulse.local.errors import LocalProblem
from gympulse.local.rest import ask
from gympulse.local.settings import ROOT
from gympulse.model.tables import LAYERS

_PATIENCE_SECONDS = 900


def wait(url: str) -> None:
    """Wait until every DAG file is read, and a run of each layer has succeeded.

    The scheduler starts the runs by itself, for the last full hour.

    Raises:
        LocalProblem: A file could not be read, a run failed, or time is up.
    """
    began, succeeded = time.monotonic(), []
    with httpx.Client(base_url=url, timeout=30) as client:
        token = ask(client, "Airflow", "GET", "/auth/token")["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        while len(succeeded) < len(LAYERS) or _unread(client):
            if time.monotonic() - began > _PATIENCE_SECONDS:
                raise LocalProblem(
                    f"In {_PATIENCE_SECONDS} seconds runs of {succeeded} succeeded, of "
                    f"{list(LAYERS)} they should; not read were {sorted(_unread(client))}."
                )
            for layer in LAYERS:
                if layer not in succeeded and _has_succeeded(client, layer):
                    succeeded.append(layer)
                    print(f"{layer}: success ({time.monotonic() - began:.0f} s)", flush=True)
            time.sleep(1)


def _unread(client: httpx.Client) -> set[str]:
    """Name the DAG files that Airflow does not show.

    Raises:
        LocalProblem: It could not import one.
    """
    errors = ask(client, "Airflow", "GET", "/api/v2/importErrors")["import_errors"]
    if errors:
        raise LocalProblem("\n".join(f"{e['filename']}: {e['stack_trace']}" for e in errors))
    shown = ask(client, "Airflow", "GET", "/api/v2/dags", params={"limit": 100})["dags"]
    return {file.stem for file in (ROOT / "dags").glob("*.py")} - {dag["dag_id"] for dag in shown}


def _has_succeeded(client: httpx.Client, layer: str) -> bool:
    if layer in _unread(client):
        return False
    runs = ask(client, "Airflow", "GET", f"/api/v2/dags/{layer}/dagRuns")["dag_runs"]
    states = [run["state"] for run in runs]
    if "failed" in states:
        raise LocalProblem(f"A run of {layer} failed; the logs of its tasks are in logs/.")
    return "success" in states
