"""`make status` and the page *Platform* say the same of one lake."""

from io import StringIO

import pytest
from rich.console import Console

from gympulse import status
from gympulse.lake import Lake
from gympulse.settings import Settings
from serving.served import Client


def cell(value: object) -> str:
    """What a terminal shows of a value as the API gives it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, str) and value[10:11] == "T" and value.endswith("Z"):
        return value[:16].replace("T", " ")
    return "" if value is None else str(value)


@pytest.fixture(scope="module")
def grids(lake: Lake) -> list[list[str]]:
    """The lines of each grid of the status."""
    found = []
    for grid in status.grids(Settings(lake)):
        screen = StringIO()
        Console(file=screen, width=300).print(grid)
        lines = (" ".join(line.split()) for line in screen.getvalue().splitlines())
        found.append([line for line in lines if line])
    return found


def test_freshness(client: Client, grids: list[list[str]]) -> None:
    rows = client.get("/freshness").raise_for_status().json()["rows"]
    names = ("layer", "complete_through", "finished_at")
    assert grids[0][-3:] == [" ".join(cell(row[name]) for name in names) for row in rows]


@pytest.mark.parametrize(("place", "view"), list(enumerate(status.SHOWN, start=1)))
def test_views(client: Client, grids: list[list[str]], place: int, view: str) -> None:
    """The page asks the same view; what it is asked for may differ."""
    title, asked = status.SHOWN[view]
    rows = client.get(f"/views/{view}", params=asked).raise_for_status().json()["rows"]
    expected = [" ".join(" ".join(map(cell, row.values())).split()) for row in rows]
    assert grids[place][0] == f"{title} (UTC)"
    assert grids[place][len(grids[place]) - len(expected) :] == expected
    assert expected
