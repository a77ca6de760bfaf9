"""Hourly chains in Airflow, asked for and looked at while its own processes die."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import psycopg2
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from gympulse.local.airflow_api import AirflowApi
from gympulse.local.errors import LocalProblem
from gympulse.local.settings import LocalSettings
from gympulse.model.tables import LAYERS

_ENDED = {"success", "failed"}
# A service that was killed is back by then.
_PATIENCE_SECONDS = 300
# An hour that failed is made up for by one of the next.
_MOST_HOURS = 4
_CHAIN_SECONDS = 900
_WAITING = partial(time.sleep, 1)


def patiently(ask: Callable, *told: Any) -> Any:
    """Ask again and again while what is asked is down."""
    return Retrying(
        retry=retry_if_exception_type((LocalProblem, httpx.HTTPError, psycopg2.OperationalError)),
        stop=stop_after_delay(_PATIENCE_SECONDS),
        wait=wait_fixed(1),
        reraise=True,
    )(ask, *told)


class AirflowHours:
    """The three layers' DAGs, started together hour after hour.

    Args:
        settings: The platform's.
    """

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._runs: dict[str, str] = {}

    def begin(self, *layers: str) -> None:
        """Start the next hour's runs, of all layers where none is named."""
        patiently(self._known)
        self._runs = {layer: patiently(self._trigger, layer) for layer in layers or LAYERS}

    def states(self) -> dict[str, str]:
        """The state of the hour's run of each layer."""
        return {layer: patiently(self._state, layer) for layer in self._runs}

    def is_over(self) -> bool:
        """Whether all runs of the hour have ended, well or not."""
        return set(self.states().values()) <= _ENDED

    def end(self, meanwhile: Callable = _WAITING) -> None:
        """Wait until the hour is over, doing something again and again.

        Raises:
            AssertionError: It does not end.
        """
        until = time.monotonic() + _CHAIN_SECONDS
        while not self.is_over():
            assert time.monotonic() < until, f"the hour does not end: {self.states()}"
            meanwhile()

    def succeed(self) -> float:
        """Start layer after layer until each has succeeded; give the seconds until then.

        One after another, since a run by hand waits for the layer below up to the last full hour:
        beside it, it would not see what has come since.

        Raises:
            AssertionError: One does not: somebody would have to see to it.
        """
        began = time.monotonic()
        for layer in LAYERS:
            self._succeed(layer)
        return time.monotonic() - began

    def _succeed(self, layer: str) -> None:
        for _ in range(_MOST_HOURS):
            self.begin(layer)
            self.end()
            if self.states() == {layer: "success"}:
                return
        raise AssertionError(f"{layer} did not succeed {_MOST_HOURS} times in a row")

    def _known(self) -> None:
        with AirflowApi(self._settings) as airflow:
            if not set(LAYERS) <= airflow.dags():
                raise LocalProblem("Airflow does not know the DAGs yet.")

    def _trigger(self, layer: str) -> str:
        with AirflowApi(self._settings) as airflow:
            return airflow.trigger(layer)

    def _state(self, layer: str) -> str:
        with AirflowApi(self._settings) as airflow:
            runs = {run["dag_run_id"]: run["state"] for run in airflow.runs(layer)}
            return runs[self._runs[layer]]
