"""Versions of tables as the API serves them: known ones, walks beside commits, time travel."""

from datetime import UTC, datetime, timedelta

from deltalake import DeltaTable, write_deltalake

from gympulse.model import tables
from serving.made_lake import FIRST_DAY, append, write_run
from serving.reading import in_order, table_rows


def test_an_answer_that_is_known_is_not_sent_again(own_client, own_lake):
    """The tag stays with the version and what it is complete through, and with the question."""
    first = own_client.get("/gym-summary?limit=3")
    tag = {"If-None-Match": f'"another", W/{first.headers["etag"]}'}
    again = own_client.get("/gym-summary?limit=3", headers=tag)
    other = own_client.get("/gym-summary?limit=4", headers=tag)
    append(own_lake, tables.GYM_SUMMARY, another_row())
    changed = own_client.get("/gym-summary?limit=3", headers=tag)

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["gympulse-versions"] == first.headers["gympulse-versions"]
    assert [other.status_code, changed.status_code] == [200, 200]
    write_run(own_lake, datetime(2026, 1, 1, tzinfo=UTC), "later")
    tag = {"If-None-Match": changed.headers["etag"]}
    assert own_client.get("/gym-summary?limit=3", headers=tag).status_code == 200


def test_pages_of_one_walk_are_of_one_version(own_client, own_lake):
    """Between any two pages the table grows or is rebuilt; the walk sees what it began in."""
    expected = newest_rows(own_lake)
    path, found, pages = "/gym-summary?limit=7", [], 0
    while path:
        told = own_client.get(path).json()
        found += told["rows"]
        path = told["next"] and "/gym-summary" + told["next"]
        if pages % 2:
            append(own_lake, tables.GYM_SUMMARY, another_row())
        else:
            half = DeltaTable(own_lake.path(tables.GYM_SUMMARY)).to_pyarrow_table()[::2]
            write_deltalake(own_lake.path(tables.GYM_SUMMARY), half, mode="overwrite")
        pages += 1

    assert pages > 10
    assert found == expected
    assert own_client.rows("/gym-summary") != expected


def test_time_travel_across_a_rebuild(own_client, own_lake):
    """A version, or an instant, gives the table as it was, and what it was complete through."""
    path = own_lake.path(tables.GYM_SUMMARY)
    before = own_client.rows("/gym-summary")
    version = DeltaTable(path).version()
    through = own_client.get("/gym-summary?limit=1").json()["complete_through"]
    write_deltalake(path, DeltaTable(path).to_pyarrow_table()[::3], mode="overwrite")
    write_run(own_lake, datetime(2100, 1, 1, tzinfo=UTC), "after the rebuild")
    commits = {each["version"]: each["timestamp"] for each in DeltaTable(path).history()}
    at = datetime.fromtimestamp(commits[version] / 1000, UTC)

    for as_of in (version, at.isoformat(), (at + timedelta(microseconds=1)).isoformat()):
        assert own_client.rows("/gym-summary", as_of=as_of, limit=9) == before
        told = own_client.get("/gym-summary", params={"as_of": as_of}).json()
        assert told["sources"] == [{"table": "gold_db.gym_summary", "version": version}]
        assert told["complete_through"] == through
    newest = own_client.get("/gym-summary").json()
    assert newest["complete_through"] == "2100-01-01T00:00:00Z"
    assert own_client.rows("/gym-summary") == newest_rows(own_lake)
    earlier = (at - timedelta(milliseconds=1)).isoformat()
    told = own_client.get("/gym-summary", params={"as_of": earlier}).json()
    assert told["sources"] == [{"table": "gold_db.gym_summary", "version": version - 1}]


def test_a_version_whose_log_or_files_are_gone(own_client, own_lake):
    """Whoever walks a version that maintenance removed is told to begin again."""
    path = own_lake.path(tables.GYM_OCCUPANCY)
    table = DeltaTable(path)
    cursor = own_client.get("/gym-occupancy?limit=5&as_of=1").json()["next"]
    table.optimize.compact()
    table.vacuum(0, dry_run=False, enforce_retention_duration=False)
    told = own_client.get(f"/gym-occupancy{cursor}")

    assert (told.status_code, told.json()["title"]) == (410, "Version gone")
    assert own_lake.root not in told.text
    assert own_client.get("/gym-occupancy?limit=5").status_code == 200


def newest_rows(lake) -> list[dict]:
    """The newest rows, in the table's own order."""
    return in_order(table_rows(lake, tables.GYM_SUMMARY), ["-date", "gym_id", "mac_address"])


def another_row() -> dict:
    """A row of a phone that is in no other row, as columns."""
    return {
        "gym_id": [1],
        "mac_address": ["02:ff:ff:ff:ff:ff"],
        "date": [FIRST_DAY],
        "workouts": [[]],
        "minutes_in_gym": [1.0],
        "minutes_exercising": [0.0],
    }
