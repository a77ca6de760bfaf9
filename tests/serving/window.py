"""A window of Chromium on the dashboard, and what a person does in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from serving.browser import Seen
from serving.served import KEY

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
_LOGIN = {"username": "anybody", "password": KEY}


@contextmanager
def opened(browser: Browser, address: str, *, allowed: str = "", **shape: Any) -> Iterator[Page]:
    """Open a page of a browser that knows the key.

    It has nothing to complain about at its end, but for what is ``allowed``.
    """
    context = {"base_url": address, "http_credentials": _LOGIN, "viewport": DESK} | shape
    with browser.new_context(**context) as window:
        page, seen = window.new_page(), Seen(address)
        seen.follow(page)
        yield page
        assert [each for each in seen.complaints if not (allowed and allowed in each)] == []


def look(page: Page, path: str) -> None:
    """Open a page, and wait until it has all its data."""
    page.goto(f"/dashboard/{path}")
    wait(page)


def wait(page: Page) -> None:
    """Wait until a page has all its data."""
    page.locator("body[data-ready=true]").wait_for()


def follow(page: Page, name: str) -> None:
    """Follow a link by its words, as a person does."""
    before = page.url
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url(lambda url: url != before)
    wait(page)


def cells(page: Page, table: str) -> list[list[str]]:
    """The rows of a table, folded away or not, without the head."""
    rows = page.get_by_test_id(f"table-{table}").locator("tbody tr")
    return rows.evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )


def tile(page: Page, name: str) -> str:
    """The figure of a tile."""
    return page.get_by_test_id(f"tile-{name}").inner_text().split("\n")[1].strip()
