"""Requests that nobody means well with: seeded, five hundred of them."""

import json
import socket
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest
from deltalake import DeltaTable

from gympulse.model import tables
from gympulse.serving.resources import RESOURCES
from gympulse.serving.views import VIEWS
from serving.reading import table_rows
from serving.served import KEY

INJECTIONS = (
    "'; DROP TABLE gym_summary; --",
    "1 OR 1=1",
    "1) OR (1=1",
    '" OR ""="',
    "user_id; SELECT * FROM read_text('/etc/passwd')",
    "-user_id) UNION SELECT * FROM read_text('/etc/passwd') --",
    "$files",
    "{workout_bpm_summary}",
    "{0.__class__}",
    "%(a)s",
    "${jndi:ldap://127.0.0.1/a}",
    "<script>alert(1)</script>",
    "\0",
    "a\0b",
    "\ud800",
    "’ﬀ‮",
    "\r\nSet-Cookie: a=b",
)
NUMBERS = (
    "-1",
    "0",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "9" * 19,
    "9" * 400,
    "9" * 5000,
    "0x10",
    "1_000",
    "١٢",
    "1.5",
    "",
    " ",
    "null",
    "true",
    "[]",
    "[1]",
    '{"a": 1}',
)
INSTANTS = (
    "0000-00-00",
    "2025-02-30",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "2025-01-06T00:00:00",
    "2025-01-06T24:00:01Z",
    "+999999-01-01",
    "now",
    "1736121600",
    "-62135596801",
)
CURSORS = (
    "W10",
    "bnVsbA",
    "WzEsImEiLFtdXQ",
    "WzQsIjEiLFsxLDIsM11d",
    "!!!!",
    "A" * 3999,
    "W1tbW1tbW1tbW1tbW1tbW1tbW1tb",
)
PATHS = (
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2f..%2fapp.py",
    "/static/%00",
    "/static//etc/passwd",
    "/static/plotly.min.js/..",
    "/dashboard/../../etc/passwd",
    "/dashboard/%2e%2e%2fstatic",
    "/dashboard/gyms%00",
    "//etc/passwd",
    "/views/gym-days/../../static/app.py",
    "/views/__class__",
    "/workouts/1/2/3/4/5/bpm",
    "/workouts/1/2/3/yesterday/bpm",
    "/workouts/-1/99999999999999999999/x/2025-01-06T00:00:00Z/bpm",
    "/workouts/1/1/1/9999-12-31T23:59:59-23:59/bpm",
    "/gym-summary%3Flimit=1",
    "/%ff%fe",
    "/" + "a" * 3000,
)
TOKENS = (
    "",
    "Bearer",
    "Bearer null",
    f"Bearer {KEY} ",
    f"bearer  {KEY}x",
    "Basic !!!!",
    "Basic Og==",
    "Basic " + "A" * 4000,
    "Bearer " + "é" * 20,
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
)
PARAMETERS = (
    "limit",
    "cursor",
    "as_of",
    "sort",
    "format",
    "is_null",
    "by",
    "hours",
    "capacity",
    "from_date",
    "to_date",
    "user_id",
    "gym_id",
    "sex",
    "avg_bpm_from",
    "start_time_to",
    "hour",
    "files",
    "__proto__",
    "user_id[]",
)
VALUES = INJECTIONS + NUMBERS + INSTANTS + CURSORS
COUNT = 500


def requests(seed: int) -> list[tuple[str, str]]:
    """Paths and what is sent for authorization."""
    random = Random(seed)
    known = [each.path for each in RESOURCES[:-1]] + [f"/views/{view.name}" for view in VIEWS]
    known += ["/workouts/1/1/1/2025-01-06T00:00:00Z/bpm", "/freshness"]
    found = []
    while len(found) < COUNT:
        kind = random.random()
        token = f"Bearer {KEY}"
        if kind < 0.15:
            path = random.choice(PATHS)
        elif kind < 0.25:
            path, token = random.choice(known), random.choice(TOKENS)
        else:
            asked = (
                (
                    random.choice(PARAMETERS),
                    random.choice(INJECTIONS + NUMBERS + INSTANTS + CURSORS),
                )
                for _ in range(random.randint(1, 3))
            )
            query = "&".join(f"{name}={_escaped(value)}" for name, value in asked)
            path = f"{random.choice(known)}?{query}"
        found.append((path, token))
    return found


def _escaped(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


@dataclass(frozen=True)
class Told:
    """A request and its answer."""

    path: str
    status: int
    headers: HTTPMessage
    text: str


def send(host: str, port: int, path: str, token: str) -> Told:
    """Send a request as it is; a client would mend it."""
    with socket.create_connection((host, port), timeout=60) as connection:
        lines = (f"GET {path} HTTP/1.1", "Host: gympulse", f"Authorization: {token}")
        connection.sendall("\r\n".join((*lines, "Connection: close", "", "")).encode())
        answer = HTTPResponse(connection)
        answer.begin()
        text = answer.read().decode(errors="replace")
        return Told(path, answer.status, answer.headers, text)


@pytest.fixture(scope="module")
def told(client) -> list[Told]:
    """All answers."""
    at = client.base_url
    return [send(at.host, at.port, path, token) for path, token in requests(seed=7)]


def test_no_request_breaks_the_server(told):
    """Each is answered with what was asked for, or with a problem document that says why not."""
    wrong = [
        each
        for each in told
        if each.status >= 500
        or (
            each.status >= 400
            and each.headers["content-type"] != "application/problem+json"
            # What is no HTTP at all never comes to the application.
            and each.text != "Invalid HTTP request received."
        )
    ]

    assert wrong == []
    assert len(told) == COUNT
    assert {each.status for each in told} >= {200, 401, 404, 422}


def test_no_answer_tells_more_than_was_asked(told, lake):
    """Neither files of the machine, nor the key, nor what the program is made of."""
    secrets = (lake.root, KEY, "root:x:", "Traceback", "site-packages", 'File "', "duckdb", "def ")
    wrong = [(each.path, word) for each in told for word in secrets if word in each.text]

    assert wrong == []
    assert all("set-cookie" not in each.headers for each in told)


def test_problems_name_their_parameters(told):
    """Whoever sent a parameter that cannot be used is told which."""
    for each in told:
        if each.status == 422:
            assert all(error["parameter"] for error in json.loads(each.text)["errors"]), each


def test_nothing_has_changed(told, lake):
    """No file was written, and the tables are what they were."""
    assert {DeltaTable(lake.path(table)).version() for table in tables.GOLD} == {4}
    assert len(table_rows(lake, tables.GYM_SUMMARY)) > 700
    assert not list(Path("/tmp").glob("gympulse-was-here*"))
