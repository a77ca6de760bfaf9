"""What is asked of Kafka Connect, and what is made of its answers."""

from functools import partial

import httpx
import pytest

from gympulse.local import connect_api
from gympulse.local.connect_api import ConnectApi, Part
from gympulse.local.errors import LocalProblem
from gympulse.local.services import NotReady
from gympulse.local.settings import ROOT, read_settings

CONFIG = {"connector.class": "X", "database.password": "${env:GYMPULSE_DEBEZIUM_PASSWORD}"}


class Worker:
    """A worker that keeps what it is asked; its one task is in a given state."""

    def __init__(self, state: str = "RUNNING", known: dict | None = None) -> None:
        self.state, self.known, self.asked = state, known, []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.raw_path.decode()}")
        task = {"id": 0, "state": self.state}
        if self.state == "FAILED":
            task["trace"] = "java.lang.Oh: no\n\tat a.b.C\n"
        status = {"name": "user_profile", "connector": {"state": "RUNNING"}, "tasks": [task]}
        match request.method, request.url.path, bool(request.url.query):
            case "GET", "/connectors", True:
                return httpx.Response(200, json={"user_profile": {"status": status}})
            case "GET", "/connectors", False:
                return httpx.Response(200, json=["user_profile"] if self.known else [])
            case "GET", "/connectors/user_profile/config", False:
                return httpx.Response(200, json=self.known)
            case "PUT", "/connectors/user_profile/config", False:
                return httpx.Response(400, text="X is no connector")
        return httpx.Response(202, json=status)


@pytest.fixture
def serve(monkeypatch):
    """A client of a worker."""

    def client(worker: Worker) -> ConnectApi:
        transport = httpx.MockTransport(worker.answer)
        monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=transport))
        return ConnectApi(read_settings(ROOT / "local.toml"))

    return client


@pytest.mark.parametrize(
    ("state", "found"),
    [
        pytest.param("RUNNING", "", id="it runs"),
        pytest.param("FAILED", "java.lang.Oh: no", id="it has failed"),
    ],
)
def test_a_connector_and_its_tasks_are_parts(serve, state, found):
    assert serve(Worker(state)).parts() == [
        Part("user_profile", "RUNNING", ""),
        Part("user_profile/0", state, found),
    ]


def test_what_has_the_configuration_is_left_alone(serve):
    worker = Worker(known={**CONFIG, "name": "user_profile"})

    serve(worker).configure("user_profile", CONFIG)

    assert worker.asked == ["GET /connectors", "GET /connectors/user_profile/config"]


@pytest.mark.parametrize("known", [None, {"name": "user_profile"}], ids=["none", "another"])
def test_another_configuration_is_put_and_a_refusal_said(serve, known):
    with pytest.raises(LocalProblem, match=r"refused PUT .* \(400\): X is no connector"):
        serve(Worker(known=known)).configure("user_profile", CONFIG)


def test_only_what_failed_is_started_again(serve):
    worker = Worker("FAILED")

    assert serve(worker).restart_failed("user_profile") == (
        "user_profile/0 is started again: java.lang.Oh: no"
    )
    assert worker.asked[-1] == (
        "POST /connectors/user_profile/restart?includeTasks=true&onlyFailed=true"
    )


def test_what_runs_is_not_started_again(serve):
    worker = Worker()

    assert serve(worker).restart_failed("user_profile") == ""
    assert worker.asked == ["GET /connectors?expand=status"]


def test_what_fails_again_and_again_is_said(serve, monkeypatch):
    monkeypatch.setattr(connect_api, "_PATIENCE_SECONDS", 0)

    with pytest.raises(LocalProblem) as failure:
        serve(Worker("FAILED")).wait_until_running("user_profile")

    assert str(failure.value) == (
        "Kafka Connect's connector user_profile does not run (user_profile running, "
        "user_profile/0 failed java.lang.Oh: no). Correct what it names, then type `make run` "
        "again: it goes on where it was."
    )


def test_a_worker_that_is_away_is_said():
    away = ConnectApi(read_settings(ROOT / "local.toml"))

    with pytest.raises(LocalProblem, match="Kafka Connect does not answer at http://127.0.0.1"):
        away.parts()
    with pytest.raises(NotReady):
        away.ask_whether_ready()
