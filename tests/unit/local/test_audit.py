"""Known vulnerabilities are found, and not knowing of any is not taken for there being none."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from gympulse.local.errors import LocalProblem, NotLooked
from gympulse.local.supply import audit
from gympulse.local.supply.audit import Accepted, accepted, known, packages, problems
from gympulse.local.supply.sbom import bill

TODAY = date(2026, 12, 1)
ASKED = ["pkg:maven/org.some/jar@1", "pkg:pypi/one@1"]


@contextmanager
def answering(answer: Callable[[list], tuple[int, object]]) -> Iterator[str]:
    """A stand-in of OSV; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            status, told = answer(asked)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def results(*told: dict) -> Callable[[list], tuple[int, object]]:
    """An answer, whatever is asked."""
    return lambda asked: (200, {"results": list(told)})


def test_what_is_known_is_given_by_package():
    with answering(results({}, {"vulns": [{"id": "B"}, {"id": "A"}]})) as address:
        assert known(ASKED, address) == {"pkg:pypi/one@1": ["A", "B"]}


def test_every_page_is_asked_for(monkeypatch):
    monkeypatch.setattr(audit, "_AT_ONCE", 1)

    def answer(asked: list) -> tuple[int, object]:
        first = {"vulns": [{"id": "A"}], "next_page_token": "more"}
        later = {"vulns": [{"id": "B"}]}
        return 200, {"results": [later if "page_token" in each else first for each in asked]}

    with answering(answer) as address:
        assert known(ASKED, address) == dict.fromkeys(ASKED, ["A", "B"])


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda asked: (404, {}), id="there is no such service"),
        pytest.param(lambda asked: (200, {}), id="an answer without results"),
        pytest.param(results({}), id="an answer to one of two"),
        pytest.param(lambda asked: (200, []), id="another kind of answer"),
    ],
)
def test_no_answer_is_not_taken_for_nothing_known(answer):
    with answering(answer) as address, pytest.raises(NotLooked, match="no answer that can be used"):
        known(ASKED, address)


def test_nobody_there_is_not_taken_for_nothing_known():
    with answering(results()) as address:
        pass

    with pytest.raises(NotLooked):
        known(ASKED, address)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        pytest.param(None, ["pkg:pypi/one@1 has A."], id="not accepted"),
        pytest.param(TODAY, [], id="accepted until today"),
        pytest.param(
            date(2026, 11, 30),
            ["pkg:pypi/one@1 has A, which was accepted until 2026-11-30."],
            id="accepted until yesterday",
        ),
    ],
)
def test_what_is_known_is_a_problem_unless_it_is_accepted(until, said):
    left = [Accepted("A", "why", until)] if until else []

    assert problems({"pkg:pypi/one@1": ["A"]}, left, TODAY) == said


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param('id = "A"\nreason = ""\nuntil = 2026-12-01', id="no reason"),
        pytest.param('id = "A"\nreason = "why"\nuntil = "soon"', id="no date"),
        pytest.param('id = "A"\nreason = "why"', id="no end"),
        pytest.param("id =", id="no TOML"),
    ],
)
def test_nothing_is_accepted_without_a_reason_and_a_date(tmp_path, entry):
    file = tmp_path / "vulnerabilities.toml"
    file.write_text(f"[[accepted]]\n{entry}\n")

    with pytest.raises(LocalProblem, match=r"vulnerabilities\.toml"):
        accepted(file)


def test_what_is_accepted_can_be_read():
    assert all(each.id and each.reason for each in accepted())


@pytest.mark.long
def test_nothing_has_a_known_vulnerability():
    try:
        found = known(packages(bill()))
    except NotLooked as problem:
        pytest.skip(f"It was not looked: {problem}")

    assert problems(found, accepted(), datetime.now(UTC).date()) == []
