"""Chromium, the system's own, with everything it says on its console."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from gympulse.local.bootstrap.machine import BROWSERS

# Where a run of the tests keeps what it saw.
SCREENSHOTS = Path(__file__).parents[2] / ".screenshots"
_OPTIONS = (
    # The tests may run as root, where its sandbox does not.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    # It asks for nothing of its own.
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@dataclass
class Seen:
    """What went wrong in a page, and which other hosts it asked."""

    host: str
    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Note what a page says from now on."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.host, "data:", "blob:")):
            self.complaints.append(f"asks {request.url}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; one at a time in a process."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert program, "Chromium is missing: `make test` installs it, or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        yield browser
        browser.close()


def picture(page: Page, name: str) -> None:
    """Keep what a page looks like."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
