"""Requests that nobody means well with, seeded, and what has to be so of their answers."""

import base64
import json
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPMessage, HTTPResponse
from random import Random
from urllib.parse import parse_qsl, quote

from gympulse.lake import Lake
from gympulse.serving.resources import CURVE, RESOURCES
from gympulse.serving.views import VIEWS
from serving.hostile_words import HEADERS, METHODS, PARAMETERS, PATHS, TOKENS, VALUES
from serving.served import KEY

SECRETS = (KEY, "root:x:", "Traceback", "site-packages", 'File "', "duckdb", "def ")
"""What no answer may hold."""
NO_HTTP = "Invalid HTTP request received."
"""What is said of what never comes to the application."""
_TOKEN = f"Bearer {KEY}"
_CURVE = "/workouts/1/1/1/2025-01-06T00:00:00Z/bpm"


@dataclass(frozen=True)
class Asked:
    """A request.

    Attributes:
        path: With the query.
        token: What is sent for authorization.
        method: HTTP's.
        headers: What is sent beside.
    """

    path: str
    token: str = _TOKEN
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Told:
    """A request and its answer."""

    asked: Asked
    status: int
    headers: HTTPMessage = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """What was answered."""
        return self.content.decode(errors="replace")


def known_paths() -> list[str]:
    """Paths of tables and views."""
    known = [each.path for each in RESOURCES if each is not CURVE]
    return [*known, *(f"/views/{view.name}" for view in VIEWS), _CURVE, "/freshness"]


def requests(seed: object, count: int) -> list[Asked]:
    """Give paths, tokens and parameters that make no sense, or a sense that nobody means."""
    random = Random(f"hostile {seed}")
    return [_request(random) for _ in range(count)]


def _request(random: Random) -> Asked:
    kind, known = random.random(), known_paths()
    if kind < 0.15:
        return Asked(random.choice(PATHS))
    if kind < 0.25:
        return Asked(random.choice(known), random.choice(TOKENS))
    asked = (
        (random.choice(PARAMETERS), random.choice(VALUES)) for _ in range(random.randint(1, 3))
    )
    return Asked(f"{random.choice(known)}?{_query(asked)}")


def odd_requests(seed: object, count: int) -> list[Asked]:
    """Give requests that are good but for one thing: method, header, path or value."""
    random = Random(f"odd {seed}")
    return [_odd_request(random) for _ in range(count)]


def _odd_request(random: Random) -> Asked:
    path, kind = random.choice(known_paths()), random.random()
    if kind < 0.4:
        headers = tuple(random.sample(HEADERS, k=random.choice((1, 1, 2))))
        return Asked(f"{path}?{_query(good(random, path))}", headers=headers)
    if kind < 0.5:
        return Asked(path, method=random.choice(METHODS))
    if kind < 0.65:
        return Asked(_bent(random, path))
    query = good(random, path)
    if query and kind < 0.8:
        at = random.randrange(len(query))
        query[at] = (query[at][0], _bent(random, query[at][1]))
    return Asked(f"{path}?{_query(query)}")


def good(random: Random, path: str) -> list[tuple[str, str]]:
    """Give a query that its path answers."""
    if not path.startswith("/views") and path != "/freshness" and path != _CURVE:
        table = next(each.table for each in RESOURCES if each.path == path)
        chosen = {
            "limit": str(random.choice((1, 7, 1000))),
            "sort": ",".join(random.sample([*table.key, f"-{table.values[-1]}"], k=2)),
            "as_of": str(random.randrange(1, 5)),
            "format": random.choice(("json", "csv", "arrow")),
            "from_date": f"2025-01-{random.randrange(6, 32):02}",
        }
        names = random.sample(list(chosen), k=random.randrange(1, len(chosen)))
        return [(name, chosen[name]) for name in names]
    return [("format", random.choice(("json", "csv", "arrow")))]


def walks(seed: object, pages: Iterable[Told]) -> Iterator[Asked]:
    """Give requests with the cursors that pages named, each changed in some way."""
    random = Random(f"walks {seed}")
    for page in pages:
        following = page.headers["link"]
        if page.status == 200 and following:
            query = dict(parse_qsl(following.split("?")[1].split(">")[0]))
            path = page.asked.path.split("?")[0]
            query["cursor"] = _other_cursor(random, query["cursor"])
            if random.random() < 0.3:
                query[random.choice(PARAMETERS)] = random.choice(VALUES)
            yield Asked(f"{path}?{_query(query.items())}")


def _other_cursor(random: Random, cursor: str) -> str:
    if random.random() < 0.3:
        return _bent(random, cursor)
    version, question, after = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    odd = (None, True, -1, 2**63, 1e308, "", "a\0", "2025-02-30", [], {}, "9" * 30, -0.0)
    part = random.randrange(4)
    if part == 0:
        version = random.choice((*odd, 0, 1, 2, 3))
    elif part == 1:
        question = random.choice((*odd, question[::-1]))
    elif part == 2:
        after[random.randrange(len(after))] = random.choice(odd)
    else:
        after = random.choice((after[:-1], [*after, None], after[::-1]))
    changed = json.dumps([version, question, after]).encode()
    return base64.urlsafe_b64encode(changed).decode().rstrip("=")


def _bent(random: Random, text: str) -> str:
    """Change a text at one place."""
    at = random.randrange(len(text) + 1)
    more = random.choice(("", "\0", "%", "'", "/", "..", "é", "\ud800", "\r\n", " ", "9" * 30, "&"))
    return text[:at] + more + text[at + random.randrange(3) :]


def _query(asked: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in asked)


def _escaped(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


def send(host: str, port: int, asked: Asked) -> Told:
    """Send a request as it is; a client would mend it."""
    with socket.create_connection((host, port), timeout=60) as connection:
        first = f"{asked.method} {asked.path} HTTP/1.1"
        lines = [first, "Host: gympulse", f"Authorization: {asked.token}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in asked.headers]
        connection.sendall("\r\n".join((*lines, "", "")).encode("utf-8", "surrogatepass"))
        answer = HTTPResponse(connection, method=asked.method)
        answer.begin()
        return Told(asked, answer.status, answer.headers, answer.read())


def not_answered(told: Iterable[Told]) -> list[Told]:
    """Those that were answered neither with what was asked for nor with why not."""
    return [each for each in told if each.status >= 400 and not _is_problem(each)]


def _is_problem(told: Told) -> bool:
    if told.text == NO_HTTP:
        return told.status == 400
    if told.status >= 500 or told.headers["content-type"] != "application/problem+json":
        return False
    if told.asked.method == "HEAD":
        return not told.content
    problem = json.loads(told.content)
    known = {"type", "title", "status", "detail"}
    return known <= problem.keys() <= known | {"errors"} and problem["status"] == told.status


def telling_too_much(told: Iterable[Told], lake: Lake) -> list[tuple[Asked, str]]:
    """Those whose answers hold files of the machine, the key, or what the program is made of."""
    secrets = (lake.root, *SECRETS)
    return [(each.asked, word) for each in told for word in secrets if word in each.text]
