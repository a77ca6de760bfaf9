"""The dashboard in Chromium: what pages show is what the tables hold."""

import csv
import io
from datetime import UTC, datetime

from playwright.sync_api import expect

from gympulse.model import tables
from serving.browser import picture
from serving.reading import in_order, table_rows
from serving.window import cells, follow, look, tile, wait


def day(text: str) -> str:
    """A date as pages show it."""
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%b %Y}"


def instant(text: str) -> str:
    """An instant as pages show it."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    return f"{at.day} {at:%b %Y}, {at:%H:%M}"


def total(rows: list[dict], name: str) -> float:
    return sum(row[name] for row in rows)


def test_gyms(page, lake):
    """Tiles and tables are what the tables hold."""
    hours = table_rows(lake, tables.GYM_OCCUPANCY)
    stays = table_rows(lake, tables.GYM_SUMMARY)
    look(page, "gyms")

    assert tile(page, "visits") == f"{total(hours, 'visit_count'):,}"
    assert tile(page, "hours") == f"{total(stays, 'minutes_in_gym') / 60:,.1f}"
    share = total(stays, "minutes_exercising") / total(stays, "minutes_in_gym")
    assert tile(page, "exercising") == f"{100 * share:.1f} %"
    assert tile(page, "peak") == str(max(row["peak_count"] for row in hours))
    by_day = {}
    for row in hours:
        key = (row["date"], row["gym_id"])
        by_day[key] = by_day.get(key, 0) + row["visit_count"]
    shown = {(row[0], row[1]): row[2] for row in cells(page, "gym-days")}
    assert shown == {(day(date), str(gym)): f"{n:,}" for (date, gym), n in by_day.items()}
    fullest = in_order(hours, ["-peak_count", "-visitor_count", "-date", "hour", "gym_id"])[:20]
    assert [row[:5] for row in cells(page, "busiest-hours")] == [
        [
            f"{day(row['date'])}, {row['hour']:02}:00",
            *(str(row[name]) for name in ("gym_id", "visit_count", "visitor_count", "peak_count")),
        ]
        for row in fullest
    ]
    assert len(cells(page, "gym-hours")) == 3 * 7 * 16
    versions = page.get_by_test_id("sources").inner_text()
    assert "gold_db.gym_summary version 4" in versions
    assert "Complete through 2 Feb 2025, 23:00 UTC" in versions


def test_filters_are_in_the_address(page, lake):
    """What is chosen in the form is in the address, and the address alone shows the same."""
    look(page, "gyms")
    page.get_by_label("From", exact=True).fill("2025-01-13")
    page.get_by_label("To", exact=True).fill("2025-01-19")
    page.get_by_role("textbox", name="Gym", exact=True).fill("2")
    page.get_by_label("Capacity").fill("50")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**/gyms?*from_date=2025-01-13*")
    wait(page)
    rows = [
        row
        for row in table_rows(lake, tables.GYM_OCCUPANCY)
        if row["gym_id"] == 2 and "2025-01-13" <= row["date"] <= "2025-01-19"
    ]
    first = (tile(page, "visits"), cells(page, "gym-days"), cells(page, "busiest-hours"))

    assert first[0] == f"{total(rows, 'visit_count'):,}"
    assert {row[5] for row in first[2]} == {"50"}
    page.goto(page.url)
    wait(page)
    assert (tile(page, "visits"), cells(page, "gym-days"), cells(page, "busiest-hours")) == first
    assert page.get_by_label("From", exact=True).input_value() == "2025-01-13"
    page.go_back()
    follow(page, "Reset")
    assert tile(page, "visits") != first[0]


def test_tables_are_downloaded_as_csv(page, lake):
    """The file holds the rows that the page shows."""
    look(page, "gyms?from_date=2025-01-13&to_date=2025-01-13")
    with page.expect_download() as waiting:
        page.get_by_test_id("csv-busiest-hours").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text())))

    assert waiting.value.suggested_filename == "views-busiest-hours.csv"
    assert [row["peak_people"] for row in rows] == [row[4] for row in cells(page, "busiest-hours")]
    assert len(rows) == 20


def test_from_a_group_to_the_curve_of_one_workout(page, lake):
    """Group, member, workout: each is a link, and the breadcrumb leads back."""
    rows = table_rows(lake, tables.WORKOUT_BPM_SUMMARY)
    look(page, "workouts?by=sex")
    assert [row[:2] for row in cells(page, "workout-groups")] == [
        [name or "Unknown", str(sum(row["sex"] == name for row in rows))]
        for name in ("F", "M", None)
    ]
    follow(page, "Unknown")
    rows = [row for row in rows if row["sex"] is None]
    assert tile(page, "workouts") == str(len(rows))
    user = min({row["user_id"] for row in rows})
    follow(page, f"Member {user}")
    own = in_order([row for row in rows if row["user_id"] == user], ["-start_time"])
    starts = page.get_by_role("link").all_inner_texts()
    assert [each for each in starts if each in {instant(row["start_time"]) for row in own}] == [
        instant(row["start_time"]) for row in own
    ]
    follow(page, instant(own[0]["start_time"]))
    key = tables.WORKOUT_BPM.key[:4]
    readings = [
        row
        for row in table_rows(lake, tables.WORKOUT_BPM)
        if all(row[name] == own[0][name] for name in key)
    ]
    assert len(cells(page, "curve")) == len(readings)
    main = page.get_by_role("main").inner_text()
    for words, name in (("Maximum", "max_bpm"), ("Average", "avg_bpm"), ("Minimum", "min_bpm")):
        assert f"{words} {own[0][name]:.0f}" in main
    picture(page, "workouts-curve")
    follow(page, f"Member {user}")
    follow(page, "All workouts")
    assert tile(page, "workouts") == str(len(table_rows(lake, tables.WORKOUT_BPM_SUMMARY)))


def test_health(page, lake):
    """The most severe first, what is abnormal in words, with the curve; and it is no advice."""
    rows = in_order(table_rows(lake, tables.ABNORMAL_HEART_RATES), ["-severity", "user_id"])
    look(page, "health")

    expect(page.get_by_test_id("no-medical-advice")).to_contain_text("No medical advice")
    assert [row[:2] for row in cells(page, "abnormal")] == [
        [instant(row["start_time"]), str(row["user_id"])] for row in rows
    ]
    words = {row[2].split(" for ")[0].split(" ", 1)[-1] for row in cells(page, "abnormal")}
    assert {"maximum", "rest"} <= words
    follow(page, instant(rows[0]["start_time"]))
    assert "Predicted maximum 170" in page.get_by_role("main").inner_text()
    picture(page, "health-curve")


def test_platform(page):
    """How far the layers are, what became of rows, what was set aside, runs and verifications."""
    look(page, "platform")

    assert [row[:2] for row in cells(page, "freshness")] == [
        [layer, "2 Feb 2025, 23:00"] for layer in ("Bronze", "Silver", "Gold")
    ]
    assert cells(page, "platform-quarantine") == [
        ["gym_logins", "mac_address", "open", "1"],
        ["kafka_multiplex", "heart_rate_range", "open", "2"],
        ["kafka_multiplex", "unparseable", "released", "1"],
    ]
    assert len(cells(page, "platform-rows")) == 48 * 3
    assert cells(page, "platform-runs")[0] == [
        "2 Feb 2025, 23:02",
        "Gold",
        "40 s",
        "2 Feb 2025, 23:00",
    ]
    assert cells(page, "platform-quality") == [
        ["2 Feb 2025, 22:00", "heart_rate", "clock_ahead", "warn", "7"]
    ]
    assert [row[1:5] for row in cells(page, "platform-operations")] == [
        ["verify", "", "", "equal"],
        ["backfill", "restate", "<b>Ann</b>", "done"],
    ]
    verified = " ".join(cells(page, "platform-verify")[0])
    assert "gold_db.gym_summary" in verified


def test_what_members_write_is_only_text(page):
    """A city that is a tag in HTML is shown as it was written."""
    look(page, "workouts?by=city")

    assert "Nowhere, <b>Kansas</b>" in [row[0] for row in cells(page, "workout-groups")]
    assert page.locator("main b").count() == 0
