"""Tables as the API serves them: whole, in order, chosen, in every format and version."""

import csv
import io

import pyarrow as pa
import pytest

from gympulse.lake import Lake
from gympulse.model import tables
from gympulse.serving.resources import RESOURCES
from serving.made_lake import Size, make
from serving.reading import SERVED, in_order, table_rows
from serving.served import client_of

SUMMARY = "/workout-bpm-summary"


def test_these_tables_are_served():
    """The other tests here take their paths from the declaration."""
    assert list(SERVED) == [
        "/workout-bpm-summary",
        "/gym-summary",
        "/gym-occupancy",
        "/abnormal-heart-rates",
    ]


@pytest.mark.parametrize("path", SERVED)
def test_all_pages_are_the_table(client, lake, path):
    """The pages of a walk hold every row once, in the order that the table has by itself."""
    sort = next(each.sort for each in RESOURCES if each.path == path).split(",")
    key = [name for name in SERVED[path].key if name not in {s.removeprefix("-") for s in sort}]
    expected = in_order(table_rows(lake, SERVED[path]), [*sort, *key])

    assert client.rows(path, limit=37) == expected
    assert len(expected) > 30


@pytest.mark.parametrize(
    "sort",
    [
        "user_id",
        "-avg_bpm",
        "sex,-max_bpm",
        "-age_band",
        "date,-sex,start_time",
        "-date,user_id",
        "-start_time",
        "end_time",
        "num_records",
        "-city,state,-user_id",
    ],
)
@pytest.mark.parametrize("limit", [29, 1000])
def test_rows_come_in_any_order(client, lake, sort, limit):
    """The key breaks ties, and what is unknown comes last."""
    rows = table_rows(lake, tables.WORKOUT_BPM_SUMMARY)
    key = tables.WORKOUT_BPM_SUMMARY.key

    assert client.rows(SUMMARY, sort=sort, limit=limit) == in_order(rows, [*sort.split(","), *key])


@pytest.mark.parametrize(
    ("asked", "is_meant"),
    [
        ({"user_id": [5, 6]}, lambda row: row["user_id"] in (5, 6)),
        ({"user_id": [10**15]}, lambda row: False),
        ({"from_date": "2025-01-15"}, lambda row: row["date"] >= "2025-01-15"),
        ({"to_date": "2025-01-15"}, lambda row: row["date"] <= "2025-01-15"),
        (
            {"from_date": "2025-01-15", "to_date": "2025-01-15", "sex": "F"},
            lambda row: row["date"] == "2025-01-15" and row["sex"] == "F",
        ),
        ({"from_date": "2025-01-16", "to_date": "2025-01-15"}, lambda row: False),
        ({"is_null": "sex"}, lambda row: row["sex"] is None),
        (
            {"is_null": ["sex", "age_band"]},
            lambda row: row["sex"] is None and row["age_band"] is None,
        ),
        ({"city": "Nowhere, <b>Kansas</b>"}, lambda row: row["state"] == "KS"),
        ({"city": ["Boston", "São Paulo"]}, lambda row: row["city"] in ("Boston", "São Paulo")),
        ({"avg_bpm_from": 120, "avg_bpm_to": 130.5}, lambda row: 120 <= row["avg_bpm"] <= 130.5),
        ({"num_records_to": 0}, lambda row: False),
        (
            {
                "start_time_from": "2025-01-20T00:00:00Z",
                "start_time_to": "2025-01-21T02:00:00+02:00",
            },
            lambda row: "2025-01-20T00:00:00Z" <= row["start_time"] <= "2025-01-21T00:00:00Z",
        ),
    ],
)
def test_rows_are_chosen(client, lake, asked, is_meant):
    """Values of one parameter are alternatives, parameters are joined, ends are inclusive."""
    rows = [row for row in table_rows(lake, tables.WORKOUT_BPM_SUMMARY) if is_meant(row)]
    order = ["-start_time", "user_id", "workout_id", "session_id"]

    assert client.rows(SUMMARY, limit=20, **asked) == in_order(rows, order)


def test_formats_hold_the_same(client):
    """JSON, CSV and Arrow differ in form alone, and each names the next page."""
    asked = {"limit": 50, "is_null": "sex"}
    told = client.get(SUMMARY, params=asked)
    text = client.get(SUMMARY, params=asked | {"format": "csv"})
    arrow = client.get(SUMMARY, params=asked | {"format": "arrow"})
    rows = told.json()["rows"]

    read = list(csv.DictReader(io.StringIO(text.text)))
    assert read == [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
    found = pa.ipc.open_stream(arrow.content).read_all()
    assert found.schema.types[3:6] == [*[pa.timestamp("us", "UTC")] * 2, pa.date32()]
    assert found["user_id"].to_pylist() == [row["user_id"] for row in rows]
    assert found["avg_bpm"].to_pylist() == [row["avg_bpm"] for row in rows]
    assert text.headers["content-disposition"] == 'attachment; filename="workout-bpm-summary.csv"'
    for each in (told, text, arrow):
        following = each.links["next"]["url"]
        assert client.get(SUMMARY + following).status_code == 200
        assert each.headers["gympulse-versions"] == "gold_db.workout_bpm_summary=4"
        assert each.headers["gympulse-complete-through"] == "2025-02-02T23:00:00Z"


def test_lists_and_nulls_in_csv(client, lake):
    """A list is JSON's, and null is nothing."""
    text = client.get("/gym-summary", params={"format": "csv", "limit": 1000}).text
    found = {row["workouts"] for row in csv.DictReader(io.StringIO(text))}
    rows = table_rows(lake, tables.GYM_SUMMARY)

    assert found == {str(row["workouts"]).replace(" ", "") for row in rows}
    assert "[]" in found


def test_one_workouts_curve(client, lake):
    """All readings of the workout, in order of time, and of no other."""
    rows = table_rows(lake, tables.WORKOUT_BPM)
    key = tables.WORKOUT_BPM.key[:4]
    chosen = rows[len(rows) // 2]
    path = "/workouts/{user_id}/{workout_id}/{session_id}/{start_time}/bpm".format(**chosen)
    names = ("device_id", "time", "heartrate")
    expected = [
        {name: row[name] for name in names}
        for row in in_order(rows, ["time"])
        if all(row[name] == chosen[name] for name in key)
    ]

    assert client.get(path).json()["rows"] == expected
    assert client.rows(path, limit=3) == expected
    assert client.rows(path, heartrate_from=100) == [r for r in expected if r["heartrate"] >= 100]
    other = path.replace(f"/{chosen['workout_id']}/", f"/{chosen['workout_id'] + 100}/")
    assert client.get(other).status_code == 404
    assert client.get(other).json()["title"] == "No such workout"


def test_an_empty_table_has_no_rows(tmp_path):
    """Empty is not missing."""

    lake = Lake(str(tmp_path))
    make(lake, Size(days=0))
    with client_of(lake) as client:
        assert [client.rows(path) for path in SERVED] == [[], [], [], []]
        assert client.get("/gym-summary").json()["sources"][0]["version"] == 0


def test_a_lake_without_tables(tmp_path):
    """What is missing is named, with what makes it."""

    with client_of(Lake(str(tmp_path))) as client:
        told = client.get("/gym-summary")
        fresh = client.get("/freshness").json()

    assert told.status_code == 404
    assert told.json() == {
        "type": "/problems/table-missing",
        "title": "Table not there yet",
        "status": 404,
        "detail": "gold_db.gym_summary is not there yet. Run the gold layer once, which makes "
        "all its tables.",
    }
    assert fresh["sources"] == []
    assert [row["complete_through"] for row in fresh["rows"]] == [None, None, None]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        (
            "/gym-summary?gym_id=1&gym_id=first",
            {
                "parameter": "gym_id",
                "detail": "Input should be a valid integer, unable to parse string as an integer; "
                "found 'first'",
            },
        ),
        (
            "/gym-summary?gym=1",
            {"parameter": "gym", "detail": "There is no such parameter; found '1'"},
        ),
        (
            "/workouts/1/1/today/2025-01-13T08:00:00Z/bpm",
            {
                "parameter": "session_id",
                "detail": "Input should be a valid integer, unable to parse string as an integer; "
                "found 'today'",
            },
        ),
    ],
)
def test_a_problem_names_the_parameter(client, path, error):
    """In the words of its document."""
    told = client.get(path)

    assert told.headers["content-type"] == "application/problem+json"
    assert told.json() == {
        "type": "/problems/parameters",
        "title": "Unusable parameters",
        "status": 422,
        "detail": f"{error['parameter']}: {error['detail']}",
        "errors": [error],
    }
