"""One made lake, and a client of it, for all tests that change nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from gympulse.lake import Lake
from serving.browser import chromium
from serving.made_lake import Size, make
from serving.served import Client, client_of, served
from serving.window import opened


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Four weeks of 60 members in three gyms."""
    lake = Lake(str(tmp_path_factory.mktemp("made")))
    make(lake, Size())
    return lake


@pytest.fixture(scope="session")
def client(lake: Lake) -> Iterator[Client]:
    """A client of it."""
    with client_of(lake) as client:
        yield client


@pytest.fixture
def own_lake(tmp_path) -> Lake:
    """A small lake of the test's own, to be changed."""
    lake = Lake(str(tmp_path))
    make(lake, Size(members=20, days=14))
    return lake


@pytest.fixture
def own_client(own_lake: Lake) -> Iterator[Client]:
    """A client of the test's own lake."""
    with client_of(own_lake) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(lake: Lake) -> Iterator[str]:
    """Where the made lake is served."""
    with served(lambda: lake) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that has nothing to complain about, and asks this host alone."""
    with opened(browser, address) as page:
        yield page
