"""Who is answered, how often, and for how long; nobody is told more than they asked."""

import base64

import duckdb
import httpx
import pytest

from gympulse.errors import BadSettings
from gympulse.serving.engine import Engine
from gympulse.serving.limits import Limits, key_from
from gympulse.serving.problems import Problem
from gympulse.serving.resources import RESOURCES
from gympulse.serving.views import VIEWS
from serving.served import KEY, client_of, served

PATHS = [
    "/",
    "/dashboard",
    "/dashboard/gyms",
    "/docs",
    "/openapi.json",
    "/static/plotly.min.js",
    "/static/style.css",
    "/freshness",
    "/no-such-path",
    "/workouts/1/1/1/2025-01-06T00:00:00Z/bpm",
    "/gym-summary?limit=nonsense",
    *(each.path for each in RESOURCES),
    *(f"/views/{view.name}" for view in VIEWS),
]
PERSONAL = {"first_name", "last_name", "street_address", "zip", "dob", "gender"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"Authorization": "Bearer x"}, id="another token"),
        pytest.param({"Authorization": f"Bearer {KEY}x"}, id="a longer token"),
        pytest.param({"Authorization": f"Bearer {KEY[:-1]}"}, id="a shorter token"),
        pytest.param({"Authorization": f"Digest {KEY}"}, id="another scheme"),
        pytest.param({"Cookie": f"_token={KEY}"}, id="a cookie"),
    ],
)
def test_nobody_without_the_key_is_answered(client, path, sent):
    """Neither what is there nor what is not can be told from the answer."""
    told = httpx.get(f"{client.base_url}{path}", headers=sent)

    assert told.status_code == 401
    assert told.json()["title"] == "Not authenticated"
    assert told.headers["content-type"] == "application/problem+json"


def test_only_health_is_for_everybody(client):
    """It says nothing of the lake."""
    told = httpx.get(f"{client.base_url}/health")

    assert (told.status_code, told.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("user", ["", "anybody"])
def test_the_key_serves_as_a_password(client, user):
    """So that a browser can ask for it."""
    sent = base64.b64encode(f"{user}:{KEY}".encode()).decode()
    told = httpx.get(f"{client.base_url}/freshness", headers={"Authorization": f"Basic {sent}"})

    assert told.status_code == 200
    refused = httpx.get(f"{client.base_url}/freshness")
    assert refused.headers["www-authenticate"] == 'Basic realm="Gympulse", charset="UTF-8"'


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", ["/gym-summary", "/no-such-path", "/health"])
def test_nothing_can_be_written(client, method, path):
    """Only GET is answered."""
    assert client.request(method, path).status_code in (404, 405)


@pytest.mark.parametrize(
    ("environment", "found"),
    [({}, "is missing"), ({"GYMPULSE_API_KEY": "short"}, "holds 5 characters")],
)
def test_a_key_that_could_be_guessed_is_refused(environment, found):
    """Without a key nothing is served."""
    with pytest.raises(BadSettings, match=f"GYMPULSE_API_KEY {found}; a secret of at least 16"):
        key_from(environment)
    assert key_from({"GYMPULSE_API_KEY": KEY}) == KEY


def test_one_caller_asks_so_often_and_no_more(lake):
    """The next request is refused, and told when to come again."""
    with client_of(lake, Limits(rate="5/hour")) as client:
        told = [client.get("/freshness") for _ in range(6)]

    assert [each.status_code for each in told] == [200] * 5 + [429]
    assert told[-1].headers["retry-after"] == "60"
    assert told[-1].json()["detail"].startswith("More than 5 per 1 hour were sent.")


def test_pages_have_a_hard_cap(client):
    """More rows than a page holds cannot be asked for."""
    told = client.get("/gym-summary?limit=1001")

    assert told.status_code == 422
    assert [each["parameter"] for each in told.json()["errors"]] == ["limit"]
    assert client.get("/gym-summary?limit=1000").status_code == 200


def test_views_have_a_hard_cap(lake):
    """What has no pages is refused where it would be too long."""
    with client_of(lake, Limits(rate="1000/minute", view_rows=10)) as client:
        told = client.get("/views/gym-days")
        narrowed = client.get("/views/gym-days?from_date=2025-02-01")

    assert (told.status_code, told.json()["detail"]) == (
        422,
        "There are more than 10; narrow the dates.",
    )
    assert narrowed.status_code == 200


LONG = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"


def test_a_question_that_takes_too_long_is_ended(lake):
    """Its caller is told, and the next question is answered."""
    engine = Engine(lake, Limits(query_seconds=0.2))

    with pytest.raises(Problem, match="would take more than 0.2 s") as raised:
        engine.ask(LONG, {})
    assert (raised.value.status, raised.value.headers) == (503, {"Retry-After": "1"})
    assert engine.ask("SELECT $a AS a", {"a": 1}).to_pylist() == [{"a": 1}]


def test_a_question_that_takes_too_much_memory_is_ended(lake):
    """It cannot take the whole server with it."""
    engine = Engine(lake, Limits(memory="20MB"))

    with pytest.raises(Problem, match="Narrow the dates"):
        engine.ask("SELECT list(range) FROM range(10000000)", {})
    assert engine.ask("SELECT $a AS a", {"a": 1}).to_pylist() == [{"a": 1}]


def test_so_many_questions_at_one_time(lake):
    """Who finds all places taken is told so after a while."""
    engine = Engine(lake, Limits(queries=1, query_seconds=0.1))

    with engine._place(), pytest.raises(Problem, match="Other questions are answered first"):
        engine.ask("SELECT 1", {})
    assert engine.ask("SELECT $a AS a", {"a": 1}).to_pylist() == [{"a": 1}]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/gympulse-was-here.csv'",
        "ATTACH '/tmp/gympulse-was-here.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
def test_the_engine_reaches_nothing_but_the_lake(lake, question):
    """Even a question that nobody should be able to ask reads no other file."""
    with pytest.raises(duckdb.Error):
        Engine(lake, Limits()).ask(question, {})


def test_no_names_and_no_addresses(client):
    """No table or view that is served has a column of who a member is."""
    columns = {name for resource in RESOURCES for name in resource.served}
    for view in VIEWS:
        columns |= set(client.get(f"/views/{view.name}").json()["rows"][0])

    assert columns & PERSONAL == set()
    assert {"user_id", "gym_id", "group"} <= columns


def test_an_error_inside_tells_nothing(lake):
    """The server's log has what happened; the client does not."""

    def broken() -> None:
        raise RuntimeError(f"{lake.root} and {KEY}")

    with served(broken) as address:
        told = httpx.get(f"{address}/gym-summary", headers={"Authorization": f"Bearer {KEY}"})

    assert told.json() == {
        "type": "about:blank",
        "title": "Internal error",
        "status": 500,
        "detail": "The server's log says what happened.",
    }


def test_answers_forbid_what_pages_do_not_need(client):
    """Nothing of another host is loaded or runs, and no other site can show a page."""
    told = client.get("/dashboard/gyms")

    assert told.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in told.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in told.headers["content-security-policy"]


def test_the_documentation_names_every_path(client):
    """The OpenAPI document is there, and the page that shows it takes all from here."""
    paths = client.get("/openapi.json").json()["paths"]
    page = client.get("/docs").text

    assert set(paths) == {
        "/health",
        "/freshness",
        *(each.path for each in RESOURCES),
        *(f"/views/{view.name}" for view in VIEWS),
    }
    assert "http" not in page.replace('http-equiv="', "")
