"""How soon a layer's job starts after the one below it has finished, in Airflow."""

import time
from datetime import UTC, datetime
from statistics import median

from tests.bench.report import Figure, listed
from tests.bench.sizes import HOUR, Bench

from gympulse.local.airflow_api import AirflowApi
from gympulse.local.errors import LocalProblem
from gympulse.local.first_run import LAYERS, wait_for_gold, write_history
from gympulse.local.platform import local_platform
from gympulse.local.settings import LocalSettings
from gympulse.model.tables import BELOW

_PATIENCE_SECONDS = 600
# A chain that the hour's own runs could come between is not begun.
_CHAIN_SECONDS = 240
_SERVICES = ("postgres", "kafka", "airflow", "scheduler")


class _Api(AirflowApi):
    """The client, with what only the benchmark asks for."""

    def set_variable(self, name: str, value: str) -> None:
        """Change a variable."""
        self._ask("PATCH", f"/api/v2/variables/{name}", json={"key": name, "value": value})

    def state(self, dag: str, run: str) -> str:
        """Give the state of a run."""
        return self._ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")["state"]


def measure(bench: Bench) -> list[Figure]:
    """Run chains on a whole platform of its own."""
    platform = local_platform(bench.folder / "platform", _SERVICES)
    gaps: dict[str, list[float]] = {layer: [] for layer in BELOW}
    try:
        with bench.doing("A platform of its own starts, and takes two days of gym life to gold"):
            platform.start(tell=lambda line: bench.tell(f"  {line}"))
            write_history(platform.settings, lambda line: bench.tell(f"  {line}"))
            wait_for_gold(platform.settings, lambda line: bench.tell(f"  {line}"))
        with _Api(platform.settings) as airflow:
            for run in range(bench.sizes.runs):
                with bench.doing(f"A chain of runs, {run + 1} of {bench.sizes.runs}"):
                    _take(bench, airflow, platform.settings, run, gaps)
    finally:
        platform.stop()
    return [_figure(layer, values) for layer, values in gaps.items()]


def _take(
    bench: Bench, airflow: _Api, settings: LocalSettings, run: int, gaps: dict[str, list[float]]
) -> None:
    _stay_clear_of_the_hour(bench)
    # On a new lake no layer is complete, so that each truly waits for the one below.
    airflow.set_variable("gympulse_lake", str(settings.folders.state / f"lake{run}"))
    runs = {layer: airflow.trigger(layer) for layer in reversed(LAYERS)}
    _wait(airflow, runs)
    tasks = {
        layer: next(t for t in airflow.tasks(layer, runs[layer]) if t["task_id"] == f"run_{layer}")
        for layer in LAYERS
    }
    for layer, below in BELOW.items():
        began, ended = _at(tasks[layer]["start_date"]), _at(tasks[below]["end_date"])
        gaps[layer].append((began - ended).total_seconds())
        bench.tell(f"  {layer} started {gaps[layer][-1]:.2f} s after {below}")


def _stay_clear_of_the_hour(bench: Bench) -> None:
    """Wait where the full hour's own runs go on, or would begin before a chain has ended."""
    since = time.time() % HOUR
    if since < _CHAIN_SECONDS or since > HOUR - _CHAIN_SECONDS:
        wait = (_CHAIN_SECONDS - since) % HOUR
        bench.tell(f"  waiting {wait:.0f} s: the full hour's own runs come first")
        time.sleep(wait)


def _wait(airflow: _Api, runs: dict[str, str]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE_SECONDS:
        states = {layer: airflow.state(layer, run) for layer, run in runs.items()}
        if set(states.values()) == {"success"}:
            return
        if "failed" in states.values():
            raise LocalProblem(f"A run failed: {states}.")
        time.sleep(2)
    raise LocalProblem(f"A chain of runs took more than {_PATIENCE_SECONDS} s: {states}.")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _figure(layer: str, gaps: list[float]) -> Figure:
    return Figure(
        f"{layer} starting after {BELOW[layer]} has finished, in Airflow",
        f"{median(gaps):.1f} s",
        "–",
        median(gaps),
        3,
        "s",
        f"{listed(gaps, 2)} s",
    )
