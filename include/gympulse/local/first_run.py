"""The first hours: history from the simulator, then one chain of runs to gold."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gympulse.local.airflow_api import AirflowApi
from gympulse.local.errors import LocalProblem
from gympulse.local.live import simulator_environment
from gympulse.local.settings import LocalSettings

LAYERS = ("bronze", "silver", "gold")
HISTORY = timedelta(days=2)
PATIENCE_SECONDS = 600
# A scheduler starts the run of the last full hour by itself, once it has read the DAGs.
SCHEDULER_SECONDS = 45

Tell = Callable[[str], None]


def write_history(settings: LocalSettings, tell: Tell) -> None:
    """Let the simulator write two days of history, up to now, at full speed.

    Replay: history that was written whole is not written again.
    """
    mark = settings.folders.state / "history"
    if mark.exists():
        return
    until = datetime.now(UTC).replace(microsecond=0)
    window = {"--from": until - HISTORY, "--to": until}
    tell(f"Two days of gym life, up to {until:%H:%M} UTC:")
    command = [sys.executable, "-m", "gympulse.local.simulator"]
    for option, instant in window.items():
        command += [option, instant.strftime("%Y-%m-%dT%H:%M:%SZ")]
    done = subprocess.run(command, env=os.environ | simulator_environment(settings), check=False)
    if done.returncode:
        raise LocalProblem("The simulator could not write history; the lines above say why.")
    mark.write_text(until.isoformat())


def wait_for_gold(settings: LocalSettings, tell: Tell) -> None:
    """Wait until a run of every layer has succeeded, telling each change of state.

    The scheduler starts the runs of the last full hour; where it starts none soon, or
    its runs have failed, runs are triggered by hand, once.
    """
    with AirflowApi(settings) as airflow:
        began, known, triggered = time.monotonic(), {}, False
        while (waited := time.monotonic() - began) < PATIENCE_SECONDS:
            states = {layer: _state(airflow, layer) for layer in LAYERS}
            for layer in LAYERS:
                if known.get(layer, "unseen") != states[layer]:
                    tell(
                        f"{layer:<7} {states[layer] or 'waits for the scheduler'} ({waited:.0f} s)"
                    )
            known = states
            if set(states.values()) == {"success"}:
                return
            stuck = _stuck(states, waited)
            if stuck and triggered:
                raise _failure(airflow, settings, stuck[0])
            if stuck:
                _trigger(airflow, stuck)
                triggered = True
            time.sleep(1)
    raise LocalProblem(
        f"Gold was not reached in {PATIENCE_SECONDS} seconds; "
        f"{settings.airflow_url} shows what the runs wait for."
    )


def _stuck(states: dict[str, str | None], waited: float) -> list[str]:
    """Name the layers that no run will bring on."""
    hopeless = {"failed", None} if waited > SCHEDULER_SECONDS else {"failed"}
    return [layer for layer in LAYERS if states[layer] in hopeless]


def _state(airflow: AirflowApi, layer: str) -> str | None:
    """Give the state of a layer: success once a run succeeded, else that of its newest run."""
    if layer not in airflow.dags():
        return None
    states = [run["state"] for run in airflow.runs(layer)]
    return "success" if "success" in states else next(iter(states), None)


def _trigger(airflow: AirflowApi, layers: list[str]) -> None:
    unknown = [layer for layer in layers if layer not in airflow.dags()]
    if unknown:
        raise LocalProblem(
            f"Airflow does not show the DAGs {', '.join(unknown)}, or has paused them; "
            "the log airflow-dag-processor.log says what it read."
        )
    for layer in layers:
        airflow.trigger(layer)


def _failure(airflow: AirflowApi, settings: LocalSettings, layer: str) -> LocalProblem:
    run = airflow.runs(layer)[0]["dag_run_id"]
    failed = [task["task_id"] for task in airflow.tasks(layer, run) if task["state"] == "failed"]
    address = f"{settings.airflow_url}/dags/{layer}/runs/{run}"
    return LocalProblem(
        f"The run {run} of {layer} failed in {', '.join(failed) or 'no task of its own'}. "
        f"Its log is at {address}; clear the task there, or type `make run` again."
    )
