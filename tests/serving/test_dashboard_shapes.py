"""The dashboard in Chromium: for every size, by keyboard, and where there is nothing to show."""

import pytest

from gympulse.lake import Lake
from gympulse.serving.assets import PAGES
from serving.browser import picture
from serving.made_lake import Size, make
from serving.served import served
from serving.window import DESK, PHONE, look, opened, wait

# The words of what has the focus, and the line around it.
_FOCUSED = """() => {
    const at = document.activeElement;
    const words = at.innerText || at.name || at.getAttribute("aria-label") || "";
    return [words, getComputedStyle(at).outlineStyle];
}"""
_LABELS = "all => all.map(each => each.getAttribute('aria-label'))"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_in_every_shape(browser, address, name, scheme, size):
    """Nothing sticks out, every chart says in words what it shows, and is there as a table."""
    with opened(browser, address, color_scheme=scheme, viewport=size) as page:
        look(page, name)
        picture(page, f"{name}-{scheme}-{size['width']}")
        width = page.evaluate("document.documentElement.scrollWidth")
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        charts = page.locator("[data-testid^=chart-]").evaluate_all(_LABELS)
        shown = page.locator("table").evaluate_all("all => all.map(e => e.rows.length)")

    assert width <= size["width"]
    assert (sum(map(int, background[4:-1].split(","))) < 300) is (scheme == "dark")
    assert all(words.endswith(".") and len(words) > 40 for words in charts)
    assert len(charts) == {"gyms": 4, "workouts": 2, "health": 0, "platform": 2}[name]
    assert all(count > 1 for count in shown)


def test_all_of_it_by_keyboard(page):
    """Tab reaches everything that a mouse does, in order, and shows where it is."""
    look(page, "gyms")
    reached = []
    # Once around: after the last, the page itself is reached, and then the first again.
    for _ in range(200):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(_FOCUSED))
        if reached[1:] and reached[-1] == reached[0]:
            break
    names = [name.strip() for name, _ in reached[:-2]]

    wanted = ["Gyms", "Workouts", "Health", "Platform", "from_date", "gym_id", "Apply", "Gym 2"]
    assert [name for name in wanted if name not in names] == []
    assert names.index("Workouts") < names.index("from_date") < names.index("Apply")
    assert names[0].lower().startswith("skip")
    assert names.count("The same figures in a table") == 4
    assert "Download CSV" in names
    # Within a field for a date, its own calendar is reached, and marked in the browser's way.
    assert {name.strip() for name, outline in reached[:-2] if outline == "solid"} == set(names)
    look(page, "workouts")
    page.get_by_role("link", name="18-25", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**age_band=18-25**")
    wait(page)
    assert "18-25" in page.get_by_test_id("breadcrumb").inner_text()


@pytest.mark.parametrize("name", PAGES)
def test_a_lake_of_empty_tables(browser, tmp_path, name):
    """Who looks too early is told what to do, and nothing is broken."""
    lake = Lake(str(tmp_path))
    make(lake, Size(days=0))
    with served(lambda: lake) as address, opened(browser, address) as page:
        look(page, name)
        page.get_by_test_id("state-empty").first.wait_for()
        picture(page, f"{name}-empty")
        assert page.get_by_test_id("state-error").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_a_lake_without_tables(browser, tmp_path, name):
    """What is missing is named, with what makes it."""
    # The browser itself complains of each answer 404.
    with (
        served(lambda: Lake(str(tmp_path))) as address,
        opened(browser, address, allowed="404") as page,
    ):
        look(page, name)
        page.get_by_test_id("state-missing").first.wait_for()
        picture(page, f"{name}-missing")
        assert page.get_by_test_id("state-error").count() == 0


def test_the_documentation_of_the_api(page):
    """Swagger's page is served from here, and shows every path."""
    page.goto("/docs")
    page.get_by_text("/abnormal-heart-rates").first.wait_for()
    picture(page, "docs")
