"""What the charts show, against the same computed row by row."""

from collections import defaultdict
from datetime import date
from math import fsum

import pytest

from gympulse.model import tables
from gympulse.serving.views import VIEWS
from serving.reading import in_order, table_rows

FROM, TO = "2025-01-09", "2025-01-22"


def rows_of(client, view: str, **asked) -> list[dict]:
    """The rows of a view."""
    return client.get(f"/views/{view}", params=asked).raise_for_status().json()["rows"]


def grouped(rows: list[dict], *by: str) -> dict[tuple, list[dict]]:
    """Rows by the values of columns."""
    found = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in by)].append(row)
    return found


def total(rows: list[dict], name: str) -> float:
    return fsum(row[name] for row in rows)


def rates(rows: list[dict]) -> dict:
    """What the views say of some workouts."""
    beats = fsum(row["avg_bpm"] * row["num_records"] for row in rows)
    return {
        "workouts": len(rows),
        "members": len({row["user_id"] for row in rows}),
        "min_bpm": min(row["min_bpm"] for row in rows),
        "avg_bpm": pytest.approx(beats / total(rows, "num_records"), abs=0.0051),
        "max_bpm": max(row["max_bpm"] for row in rows),
    }


@pytest.mark.parametrize("gyms", [[], [2], [1, 3]])
@pytest.mark.parametrize("dates", [{}, {"from_date": FROM, "to_date": TO}])
def test_gym_days(client, lake, gyms, dates):
    """Visits come from the hours, minutes and members from the members' days."""

    def meant(table) -> list[dict]:
        return [
            row
            for row in table_rows(lake, table)
            if (not gyms or row["gym_id"] in gyms) and (not dates or FROM <= row["date"] <= TO)
        ]

    visits = grouped(meant(tables.GYM_OCCUPANCY), "date", "gym_id")
    stays = grouped(meant(tables.GYM_SUMMARY), "date", "gym_id")
    expected = [
        {
            "gym_id": gym,
            "date": day,
            "visits": total(visits[day, gym], "visit_count"),
            "members": len(stays[day, gym]),
            "minutes_in_gym": pytest.approx(total(stays[day, gym], "minutes_in_gym"), abs=0.0051),
            "minutes_exercising": pytest.approx(
                total(stays[day, gym], "minutes_exercising"), abs=0.0051
            ),
        }
        for day, gym in sorted(stays)
    ]

    assert rows_of(client, "gym-days", gym_id=gyms, **dates) == expected
    assert len(expected) > 10


@pytest.mark.parametrize("dates", [{}, {"from_date": FROM}, {"from_date": FROM, "to_date": TO}])
def test_gym_hours(client, lake, dates):
    """The mean is over all days in the range that are that day of the week."""
    first = date.fromisoformat(dates.get("from_date", "2025-01-06"))
    last = date.fromisoformat(dates.get("to_date", "2025-02-02"))
    days = [
        date.fromordinal(n).isoweekday() for n in range(first.toordinal(), last.toordinal() + 1)
    ]
    rows = [
        row | {"weekday": date.fromisoformat(row["date"]).isoweekday()}
        for row in table_rows(lake, tables.GYM_OCCUPANCY)
        if str(first) <= row["date"] <= str(last) and row["gym_id"] == 2
    ]
    expected = [
        {
            "gym_id": 2,
            "weekday": weekday,
            "hour": hour,
            "average_people": pytest.approx(
                total(found, "minutes_in_gym") / 60 / days.count(weekday), abs=0.0051
            ),
            "peak_people": max(row["peak_count"] for row in found),
        }
        for (weekday, hour), found in sorted(grouped(rows, "weekday", "hour").items())
    ]

    assert rows_of(client, "gym-hours", gym_id=2, **dates) == expected
    assert len(expected) == 7 * 16


@pytest.mark.parametrize("capacity", [None, 50])
def test_busiest_hours(client, lake, capacity):
    """Capacity is what is said, or the most that the gym has had in those days."""
    rows = [row for row in table_rows(lake, tables.GYM_OCCUPANCY) if FROM <= row["date"] <= TO]
    most = {gym: max(r["peak_count"] for r in of) for (gym,), of in grouped(rows, "gym_id").items()}
    order = ["-peak_count", "-visitor_count", "-date", "hour", "gym_id"]
    expected = []
    for row in in_order(rows, order)[:5]:
        room = capacity or most[row["gym_id"]]
        expected.append(
            {
                "gym_id": row["gym_id"],
                "date": row["date"],
                "hour": row["hour"],
                "visits": row["visit_count"],
                "people": row["visitor_count"],
                "peak_people": row["peak_count"],
                "capacity": room,
                "headroom_pct": pytest.approx(100 * (1 - row["peak_count"] / room), abs=0.051),
            }
        )
    asked = {"capacity": capacity} if capacity else {}

    assert (
        rows_of(client, "busiest-hours", from_date=FROM, to_date=TO, limit=5, **asked) == expected
    )


def test_workout_days(client, lake):
    """One row a day on which there were workouts of the group."""
    rows = [row for row in table_rows(lake, tables.WORKOUT_BPM_SUMMARY) if row["sex"] == "F"]
    by_day = sorted(grouped(rows, "date").items())

    assert rows_of(client, "workout-days", sex="F") == [
        {"date": day, **rates(found)} for (day,), found in by_day
    ]


@pytest.mark.parametrize("by", ["age_band", "sex", "city", "state"])
def test_workout_groups(client, lake, by):
    """The unknown are a group of their own, the last."""
    rows = [row for row in table_rows(lake, tables.WORKOUT_BPM_SUMMARY) if row["date"] >= FROM]
    groups = sorted(grouped(rows, by).items(), key=lambda pair: (pair[0][0] is None, pair[0]))

    assert rows_of(client, "workout-groups", by=by, from_date=FROM) == [
        {"group": group, **rates(found)} for (group,), found in groups
    ]


def test_workout_members(client, lake):
    """The members of the unknown group, those with most workouts first."""
    rows = [row for row in table_rows(lake, tables.WORKOUT_BPM_SUMMARY) if row["sex"] is None]
    expected = [
        {"user_id": user, **rates(found), "last_date": max(row["date"] for row in found)}
        for (user,), found in grouped(rows, "user_id").items()
    ]

    assert rows_of(client, "workout-members", is_null="sex") == in_order(
        expected, ["-workouts", "user_id"]
    )
    assert (
        rows_of(client, "workout-members", is_null="sex", limit=2)
        == in_order(expected, ["-workouts", "user_id"])[:2]
    )


def test_platform_rows(client):
    """Rows of the last hours by layer and outcome."""
    one = {"bronze": (1000, 0, 3, 0), "silver": (980, 5, 10, 2), "gold": (50, 10, 0, 0)}
    names = ("inserted", "superseding", "duplicate", "quarantined")

    assert rows_of(client, "platform-rows", hours=2) == [
        {
            "hour": f"2025-02-02T{hour}:00:00Z",
            "layer": layer,
            **dict(zip(names, one[layer], strict=True)),
        }
        for hour in (22, 23)
        for layer in sorted(one)
    ]


def test_platform_quarantine(client):
    """Records set aside, counted by source, rule and status."""
    assert [tuple(row.values()) for row in rows_of(client, "platform-quarantine")] == [
        ("gym_logins", "mac_address", "open", 1),
        ("kafka_multiplex", "heart_rate_range", "open", 2),
        ("kafka_multiplex", "unparseable", "released", 1),
    ]


def test_platform_runs(client):
    """The last runs, the latest first."""
    assert rows_of(client, "platform-runs", limit=2) == [
        {
            "layer": layer,
            "began_at": f"2025-02-02T23:0{minute}:00Z",
            "finished_at": f"2025-02-02T23:0{minute}:40Z",
            "complete_through": "2025-02-02T23:00:00Z",
            "seconds": 40.0,
        }
        for layer, minute in (("gold", 2), ("silver", 1))
    ]


def test_platform_verify(client):
    """What the last verification found of each table."""
    found = ("rows_expected", "missing", "extra", "different")

    assert [
        (row["table"], row["outcome"], *(row[name] for name in found))
        for row in rows_of(client, "platform-verify")
    ] == [
        ("gold_db.gym_summary", "equal", 100, 0, 0, 0),
        ("gold_db.workout_bpm_summary", "equal", 200, 1, 0, 2),
    ]


def test_platform_quality(client):
    """What was not expected in the last day, summed up by table and rule."""
    assert [tuple(row.values()) for row in rows_of(client, "platform-quality")] == [
        ("2025-02-02T22:00:00Z", "heart_rate", "clock_ahead", "warn", 7)
    ]


def test_platform_operations(client):
    """Each by its last phase, the newest first."""
    assert [tuple(row.values())[1:6] for row in rows_of(client, "platform-operations")] == [
        ("verify", None, None, None, "equal"),
        ("backfill", "restate", "<b>Ann</b>", False, "done"),
    ]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_views_come_in_all_formats(client, view):
    """A chart's figures can be downloaded, and say where they come from."""
    told = client.get(f"/views/{view.name}").json()
    text = client.get(f"/views/{view.name}", params={"format": "csv"})

    assert [source["table"] for source in told["sources"]] == [table.name for table in view.tables]
    assert text.text.splitlines()[0] == ",".join(told["rows"][0])
    assert len(text.text.splitlines()) == len(told["rows"]) + 1


def test_freshness(client):
    """How far each layer is, and which versions the gold tables have."""
    told = client.get("/freshness").json()

    assert {source["table"]: source["version"] for source in told["sources"]} == {
        table.name: 4 for table in tables.GOLD
    }
    assert [
        (row["layer"], row["complete_through"], row["finished_at"]) for row in told["rows"]
    ] == [
        ("bronze", "2025-02-02T23:00:00Z", "2025-02-02T23:00:40Z"),
        ("silver", "2025-02-02T23:00:00Z", "2025-02-02T23:01:40Z"),
        ("gold", "2025-02-02T23:00:00Z", "2025-02-02T23:02:40Z"),
    ]
    assert all(row["lag_seconds"] > 0 for row in told["rows"])
