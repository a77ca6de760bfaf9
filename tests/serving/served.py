"""The application on a port of this machine, as a client meets it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import uvicorn
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from gympulse.lake import Lake
from gympulse.serving.app import create_app
from gympulse.serving.limits import Limits, by_key
from serving.reading import pages

KEY = "a-key-that-only-tests-know"
# The tests ask faster than people.
UNHURRIED = Limits(rate="1000000/minute")


class Client(httpx.Client):
    """A client that sends the key, and knows pages."""

    def rows(self, path: str, **asked: Any) -> list[dict]:
        """Give all rows of a table, page by page."""
        return [row for page in self.pages(path, **asked) for row in page["rows"]]

    def pages(self, path: str, **asked: Any) -> Iterator[dict]:
        """Give the pages of a table, whole, one after another."""

        def ask(query: str) -> dict:
            return self.get(path + query).raise_for_status().json()

        return pages(ask, f"?{httpx.QueryParams(asked)}")


@contextmanager
def served(find_lake: Callable[[], Lake], limits: Limits = UNHURRIED) -> Iterator[str]:
    """Serve a lake; gives the address."""
    app = create_app(find_lake, by_key(KEY), limits)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
    thread = Thread(target=server.run)
    thread.start()
    try:
        Retrying(
            retry=retry_if_result(lambda started: not started),
            stop=stop_after_delay(30),
            wait=wait_fixed(0.01),
        )(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def client_of(lake: Lake, limits: Limits = UNHURRIED) -> Iterator[Client]:
    """Serve a lake to a client that has the key."""
    with (
        served(lambda: lake, limits) as address,
        Client(base_url=address, headers={"Authorization": f"Bearer {KEY}"}, timeout=60) as client,
    ):
        yield client
