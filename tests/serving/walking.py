"""Walks through what is served, page by page."""

from typing import NamedTuple

from serving.served import Client


class Walk(NamedTuple):
    """All rows of one table, page by page."""

    path: str
    version: int
    rows: list[dict]


def walked(client: Client, path: str, limit: int = 3) -> Walk:
    """Go through a table by small pages, all of which have to be of one version."""
    pages = list(client.pages(path, limit=limit))
    (version,) = {page["sources"][0]["version"] for page in pages}
    return Walk(path, version, [row for page in pages for row in page["rows"]])
