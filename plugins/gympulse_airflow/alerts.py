"""What is told of a run that failed or is late, and how it reaches those who are to know."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from gympulse_airflow.run_address import run_address

if TYPE_CHECKING:
    from airflow.sdk import Connection

log = logging.getLogger(__name__)

CONNECTION = "gympulse_alerts"
# Airflow ends a callback that takes 50 seconds; three tries take less than half of that.
_TRIES, _TIMEOUT_SECONDS, _LONGEST_WAIT_SECONDS = 3, 5, 4
_SAID = {"failed": "failed", "late": "is late"}


@dataclass(frozen=True)
class Alert:
    """One thing that people are told once.

    Attributes:
        kind: ``failed`` or ``late``.
        dag: The DAG.
        run_id: Its run.
        tasks: The tasks that failed; none where the run is late.
        happened: What happened, in the job's own words where it has any.
        todo: What is to be done, as the DAG's runbook says it.
        occasion: Tells alerts of one kind and run apart: the try that failed.
    """

    kind: str
    dag: str
    run_id: str
    tasks: tuple[str, ...]
    happened: str
    todo: str
    occasion: str = ""

    @property
    def id(self) -> str:
        """The same for the same alert, however often it is sent."""
        named = json.dumps([self.kind, self.dag, self.run_id, self.occasion])
        return hashlib.sha256(named.encode()).hexdigest()[:16]

    @property
    def body(self) -> dict[str, Any]:
        """What a receiver gets; ``text`` has all of it, for those that show nothing else."""
        where = run_address(self.dag, self.run_id)
        title = f"The run {self.run_id} of {self.dag} {_SAID[self.kind]}."
        parts = (title, self.happened, f"What to do: {self.todo}", f"Look at: {where}")
        return {
            "text": "\n".join(parts),
            "id": self.id,
            "kind": self.kind,
            "dag": self.dag,
            "run_id": self.run_id,
            "tasks": list(self.tasks),
            "what_happened": self.happened,
            "what_to_do": self.todo,
            "where_to_look": where,
        }


def send(alert: Alert) -> None:
    """Tell it, by the connection ``gympulse_alerts``; without one it is in the log alone.

    Nothing is raised where it cannot be delivered. Replay: the same alert has the same id.
    """
    try:
        connection = BaseHook.get_connection(CONNECTION)
    except AirflowNotFoundException:
        _tell_nobody(alert)
    else:
        _deliver(alert, connection)


async def send_meanwhile(alert: Alert) -> None:
    """Do what ``send`` does, in the triggerer, which other things wait for."""
    try:
        connection = await BaseHook.aget_connection(CONNECTION)
    except AirflowNotFoundException:
        _tell_nobody(alert)
    else:
        await asyncio.to_thread(_deliver, alert, connection)


def _tell_nobody(alert: Alert) -> None:
    log.warning(
        "Nobody is told, for there is no connection %s of type http:\n%s",
        CONNECTION,
        alert.body["text"],
    )


def _deliver(alert: Alert, connection: "Connection") -> None:
    # Only here: a DAG file's parsing would pay for what it imports.
    import httpx

    try:
        _post(alert.body, connection)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        log.error(
            "The alert %s could not be delivered by the connection %s (%s). The run is not "
            "concerned. Correct the connection; what it would have told:\n%s",
            alert.id,
            CONNECTION,
            _reason(error),
            alert.body["text"],
        )
    else:
        log.info("The alert %s was delivered.", alert.id)


def _post(body: Mapping[str, Any], connection: "Connection") -> None:
    import httpx
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

    def is_passing(error: BaseException) -> bool:
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code == 429 or error.response.is_server_error
        return isinstance(error, httpx.TransportError)

    patient = Retrying(
        retry=retry_if_exception(is_passing),
        stop=stop_after_attempt(_TRIES),
        wait=wait_exponential(max=_LONGEST_WAIT_SECONDS),
        reraise=True,
    )
    request = _request(connection)
    patient(lambda: httpx.post(json=body, **request).raise_for_status())


def _request(connection: "Connection") -> dict[str, Any]:
    """What the connection says of address and credentials, as Airflow's own HTTP hook reads it."""
    host, extra = connection.host or "", connection.extra_dejson
    if "://" not in host:
        port = f":{connection.port}" if connection.port else ""
        host = f"{connection.schema or 'https'}://{host}{port}"
    request: dict[str, Any] = {
        "url": host + extra.get("path", ""),
        "headers": extra.get("headers") or {},
        "timeout": _TIMEOUT_SECONDS,
    }
    if connection.login:
        request["auth"] = (connection.login, connection.password or "")
    elif connection.password:
        request["headers"] |= {"Authorization": f"Bearer {connection.password}"}
    return request


def _reason(error: Exception) -> str:
    import httpx

    # Its own words have the address, which may be all the secret there is.
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answers {error.response.status_code}"
    return type(error).__name__
