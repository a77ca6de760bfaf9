"""The shape of the gym simulator's records, by section 2 of the design."""

import json
import re
from collections import Counter
from datetime import date

import pytest

from gympulse.local.simulator.events import COLUMNS, landing_csv
from gympulse.local.simulator.flow import Plan, Simulation
from gympulse.local.simulator.profiles import flattened
from gympulse.model.silver import PROFILE

DAY = 86_400
MONDAY = 1_763_337_600  # 2025-11-17
FIELDS = {"dob", "sex", "gender", "first_name", "last_name", "address"}


def payloads(records, topic):
    return [json.loads(value) for target, _, value in records if target == topic]


@pytest.fixture(scope="module")
def true_records():
    """Three days of 30 members without faults, with what precedes them."""
    simulation = Simulation(Plan(seed=5, members=30), until=MONDAY + 3 * DAY)
    within = simulation.between(MONDAY, MONDAY + 3 * DAY).records
    return simulation.opening(MONDAY) + list(within)


def test_readings_have_the_contract_s_shape(true_records):
    """A reading has a band, a whole second and a plausible heart rate, keyed by the band."""
    readings = [record for record in true_records if record[0] == "bpm"]

    for _, key, value in readings[::97]:
        told = json.loads(value)
        assert list(told) == ["device_id", "time", "heartrate"]
        assert key == str(told["device_id"]).encode()
        assert MONDAY <= told["time"] < MONDAY + 3 * DAY
        assert 40 <= told["heartrate"] <= 210
    instants = Counter((told["device_id"], told["time"]) for told in payloads(readings, "bpm"))
    assert max(instants.values()) == 1


def test_workouts_have_the_contract_s_shape(true_records):
    """Starts and stops alternate, and a day's sessions are numbered from 1."""
    events = payloads(true_records, "workout")
    sessions = Counter(
        (each["user_id"], each["session_id"], each["timestamp"] // DAY, each["action"])
        for each in events
    )

    assert len(events) > 20
    assert all(
        list(each) == ["user_id", "workout_id", "timestamp", "action", "session_id"]
        for each in events
    )
    assert {each["action"] for each in events} == {"start", "stop"}
    assert min(each["session_id"] for each in events) == 1
    assert max(sessions.values()) == 1


def test_profiles_are_rows_of_the_registration_database(true_records):
    """A row has the table's columns, null where it is deleted; all kinds of change occur."""
    rows = [row for target, _, row in true_records if target == "user_profile"]

    assert {row[2] for row in rows} == {"new", "append", "update", "delete"}
    for _, _, update_type, *columns in rows:
        assert len(columns) == len(PROFILE)
        assert (columns == [None] * len(PROFILE)) is (update_type == "delete")
    assert all(type(row[3]) is date for row in rows if row[2] != "delete")
    assert not payloads(true_records, "user_info")


def test_flattened_profiles_have_the_contract_s_shape(true_records):
    """Every event but a delete carries the whole profile; all kinds occur."""
    events = payloads(flattened(true_records), "user_info")

    assert {each["update_type"] for each in events} == {"new", "append", "update", "delete"}
    for told in events:
        expected = {"user_id", "update_type", "timestamp"}
        expected |= set() if told["update_type"] == "delete" else FIELDS
        assert set(told) == expected
    whole = [told for told in events if "dob" in told]
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", told["dob"]) for told in whole)
    assert all(set(t["address"]) == {"street_address", "city", "state", "zip"} for t in whole)
    assert any(told["address"]["zip"].startswith("0") for told in whole)


def test_rows_have_the_tables_columns(true_records):
    """Registrations and logins are rows; a visit is open first, and closed by its logout."""
    registrations = [row for target, _, row in true_records if target == "registered_users"]
    logins = [row for target, _, row in true_records if target == "gym_logins"]

    assert {len(row) for row in registrations} == {len(COLUMNS["registered_users"])}
    assert all(re.fullmatch("[0-9a-f]{2}(:[0-9a-f]{2}){5}", row[2]) for row in registrations)
    assert len({(row[1], row[0]) for row in registrations}) == len(
        {row[1] for row in registrations}
    )
    closed = {row[:3] for row in logins if row[3] is not None and row[3] > row[2]}
    opened = {row[:3] for row in logins if row[3] is None and row[2] < MONDAY + 2 * DAY}
    assert opened
    assert opened <= closed


def test_every_reading_s_band_is_the_member_s(true_records):
    """Bands that send are registered before they do."""
    since = {}
    for target, _, row in true_records:
        if target == "registered_users":
            since[row[1]] = min(row[3], since.get(row[1], row[3]))

    assert all(since[told["device_id"]] <= told["time"] for told in payloads(true_records, "bpm"))


def test_landing_csv_writes_an_empty_cell_for_an_open_visit():
    """A landing file has the contract's header, and no logout for an open visit."""
    records = [("gym_logins", None, ("02:00", 3, 7, None)), ("bpm", b"1", b"{}")]

    assert landing_csv("gym_logins", records) == "mac_address,gym,login,logout\n02:00,3,7,\n"
