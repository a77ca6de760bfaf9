"""What we ask of Kafka Connect's REST API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from gympulse.local.errors import LocalProblem
from gympulse.local.rest import ask
from gympulse.local.services import NotReady, until_ready
from gympulse.local.settings import LocalSettings

CONNECTOR = "user_profile"
_PATIENCE_SECONDS = 45


@dataclass(frozen=True)
class Part:
    """A connector, or one of its tasks.

    Attributes:
        name: ``user_profile``, or ``user_profile/0`` for its first task.
        state: Connect's own word, such as RUNNING, PAUSED or FAILED.
        found: The first line of what made it fail; empty where nothing did.
    """

    name: str
    state: str
    found: str


class ConnectApi:
    """A client of the local worker."""

    def __init__(self, settings: LocalSettings) -> None:
        self._client = httpx.Client(base_url=settings.connect_url, timeout=30)

    def __enter__(self) -> "ConnectApi":
        return self

    def __exit__(self, *raised: object) -> None:
        self._client.close()

    def ask_whether_ready(self) -> None:
        """Return if the worker has joined its group.

        Raises:
            NotReady: It has not yet, or does not answer.
        """
        try:
            answer = self._client.get("/connectors", timeout=5)
        except httpx.HTTPError as error:
            raise NotReady(f"{self._client.base_url} does not answer yet") from error
        if answer.status_code != httpx.codes.OK:
            raise NotReady(f"{self._client.base_url} answers {answer.status_code}")

    def parts(self) -> list[Part]:
        """Give every connector, each followed by its tasks, with their states."""
        told = self._ask("GET", "/connectors", params={"expand": "status"})
        return [part for name in sorted(told) for part in _parts(told[name]["status"])]

    def configure(self, connector: str, config: Mapping[str, str]) -> None:
        """Create a connector, or bring it to a configuration.

        Replay: one that has it already is not restarted.
        """
        known = self._ask("GET", "/connectors")
        path = f"/connectors/{connector}/config"
        wanted = {**config, "name": connector}
        if connector not in known or self._ask("GET", path) != wanted:
            self._ask("PUT", path, json=wanted)

    def restart_failed(self, connector: str) -> str:
        """Start again what of a connector has failed, and say why it had; the rest goes on."""
        failed = [part for part in self._parts_of(connector) if part.state == "FAILED"]
        if failed:
            only = {"includeTasks": True, "onlyFailed": True}
            self._ask("POST", f"/connectors/{connector}/restart", params=only)
        return "; ".join(f"{part.name} is started again: {part.found}" for part in failed)

    def wait_until_running(self, connector: str) -> None:
        """Wait until a connector and a task of it run.

        Raises:
            LocalProblem: It takes too long, or fails again and again.
        """
        try:
            until_ready(_PATIENCE_SECONDS, self._see_that_it_runs, connector)
        except NotReady as error:
            raise LocalProblem(
                f"Kafka Connect's connector {connector} does not run ({error}). Correct what it "
                "names, then type `make run` again: it goes on where it was."
            ) from error

    def _see_that_it_runs(self, connector: str) -> None:
        parts = self._parts_of(connector)
        if len(parts) < 2 or any(part.state != "RUNNING" for part in parts):
            listed = (f"{part.name} {part.state.lower()} {part.found}".strip() for part in parts)
            raise NotReady(", ".join(listed) or "nothing is assigned yet")

    def _parts_of(self, connector: str) -> list[Part]:
        return [part for part in self.parts() if part.name.partition("/")[0] == connector]

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        return ask(self._client, "Kafka Connect", method, path, **content)


def _parts(status: Mapping) -> list[Part]:
    name = status["name"]
    tasks = {f"{name}/{task['id']}": task for task in status["tasks"]}
    return [
        Part(each, told["state"], told.get("trace", "").partition("\n")[0])
        for each, told in ({name: status["connector"]} | tasks).items()
    ]
