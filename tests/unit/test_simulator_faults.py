"""What the gym simulator lets go wrong: as often as told, and really wrong."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from gympulse.local.simulator.events import LOGINS, REGISTERED, Readings
from gympulse.local.simulator.faults import (
    LATE_SECONDS,
    LONGEST_DELAY_SECONDS,
    Shares,
    contradiction,
    disturb_event,
    disturb_readings,
    garble,
)
from gympulse.local.simulator.flow import Plan, Simulation

T0 = 1_763_337_600
COUNT = 60_000
ALL = Shares(0.2, 0.2, 0.2, 0.2, 0.2)

READING = ("bpm", b"7", b'{"device_id": 7, "time": 1763337600, "heartrate": 67.17}')
WORKOUT = (
    "workout",
    b"9",
    b'{"user_id": 9, "workout_id": 1, "timestamp": 1763337600, "action": "stop", "session_id": 1}',
)
REGISTRATION = (REGISTERED, None, (9, 7, "02:00:00:00:00:01", T0))
LOGIN = (LOGINS, None, ("02:00:00:00:00:01", 3, T0, T0 + 3600))
KINDS = [
    pytest.param(READING, id="reading"),
    pytest.param(WORKOUT, id="workout"),
    pytest.param(REGISTRATION, id="registration"),
    pytest.param(LOGIN, id="login"),
]


def is_whole(value):
    return type(value) is int


def is_instant(value):
    """Tell whether a number lies in 2000 to 2100."""
    return type(value) in (int, float, Decimal) and 946_684_800 <= value < 4_102_444_800


def is_mac(value):
    return len(value) == 17 and value.count(":") == 5


def is_valid(record):
    """Judge a record by section 2 of the design, as far as the simulator's records go."""
    target, _, value = record
    if target == REGISTERED:
        return is_mac(value[2]) and is_instant(value[3])
    if target == LOGINS:
        return (
            is_mac(value[0]) and is_instant(value[2]) and (value[3] is None or value[3] >= value[2])
        )
    try:
        told = json.loads(value)
    except ValueError:
        return False
    if target == "bpm":
        bpm = told.get("heartrate")
        plausible = type(bpm) is float and 20 <= bpm <= 250
        return is_whole(told.get("device_id")) and is_instant(told.get("time")) and plausible
    is_known = told.get("action") in {"start", "stop"}
    return is_whole(told.get("user_id")) and is_instant(told.get("timestamp")) and is_known


@pytest.fixture(scope="module")
def readings():
    """A thousand minutes of one band."""
    time = np.arange(T0, T0 + COUNT)
    return Readings(7, time, np.full(COUNT, 90_00), time.astype(float))


def disturbed(readings, **shares):
    return disturb_readings(readings, Shares(**shares), np.random.default_rng(1))


def test_nothing_goes_wrong_without_shares(readings):
    """With all shares at 0, readings arrive once, at their instants."""
    arrived, garbled = disturbed(readings)

    assert arrived.time.tolist() == readings.time.tolist()
    assert arrived.arrival.tolist() == readings.time.tolist()
    assert len(garbled.time) == 0


def test_shares_are_near_their_knobs(readings):
    """Each fault is as frequent as its knob says."""
    late, _ = disturbed(readings, late=0.1)
    disordered, _ = disturbed(readings, disordered=0.1)
    doubled, _ = disturbed(readings, duplicated=0.1)
    opposed, _ = disturbed(readings, contradicting=0.1)
    _, garbled = disturbed(readings, malformed=0.1)

    shares = [
        (late.arrival > late.time).mean(),
        (disordered.arrival > disordered.time).mean(),
        len(doubled.time) / COUNT - 1,
        len(opposed.time) / COUNT - 1,
        len(garbled.time) / COUNT,
    ]
    # Late comes in whole minutes, and so varies more.
    assert shares == pytest.approx([0.1] * 5, abs=0.03)


def test_late_is_minutes_to_days(readings):
    """Late readings take from minutes to days, and none takes longer than is said."""
    arrived, _ = disturbed(readings, late=0.5, disordered=0.5, duplicated=0.5)
    delays = arrived.arrival - arrived.time
    late = delays[delays >= LATE_SECONDS[0]]

    assert late.min() < 600
    assert late.max() > 86_400
    assert delays.max() <= LONGEST_DELAY_SECONDS


def test_contradictions_are_plausible_and_other(readings):
    """A contradicting reading has the same instant and another plausible heart rate."""
    arrived, _ = disturbed(replace(readings, hundredths=np.full(COUNT, 21_00)), contradicting=0.2)
    other = arrived.hundredths[COUNT:]

    assert (other != 21_00).all()
    assert other.min() >= 20_00


@pytest.mark.parametrize("record", KINDS)
def test_malformed_is_malformed(record):
    """However a record is spoilt, it breaks a rule of the design; unspoilt it keeps all."""
    spoilt = [garble(record, draw) for draw in range(14)]

    assert is_valid(record)
    assert [each for each in spoilt if is_valid(each)] == []
    assert len({each[2] for each in spoilt}) > 1


@pytest.mark.parametrize("record", KINDS[1:])
def test_a_contradiction_is_valid_and_differs(record):
    """A contradicting record keeps all rules, and says something else."""
    opposed = contradiction(record, 3)

    assert is_valid(opposed)
    assert opposed[2] != record[2]
    assert opposed[:2] == record[:2]


def test_events_go_wrong_in_addition_to_the_true_one():
    """The true record always arrives, whatever else does."""
    rng = np.random.default_rng(2)
    arrivals = [list(disturb_event((T0, WORKOUT), ALL, rng)) for _ in range(500)]

    assert all(WORKOUT in [record for _, record in arrived] for arrived in arrivals)
    assert all(T0 <= at <= T0 + LONGEST_DELAY_SECONDS for arrived in arrivals for at, _ in arrived)
    assert 1.4 < np.mean([len(arrived) for arrived in arrivals]) < 1.8


def test_a_profile_arrives_once_and_at_its_time():
    """The registration database keeps one row a member, in order: nothing goes wrong there."""
    profile = ("user_profile", None, (9, T0, "delete", *[None] * 9))
    rng = np.random.default_rng(2)

    assert [list(disturb_event((T0, profile), ALL, rng)) for _ in range(50)] == [
        [(T0, profile)]
    ] * 50


def test_faults_add_to_the_true_history():
    """All true records of a plan are among those of the same plan with faults."""
    start, stop = T0 + 6 * 3600, T0 + 20 * 3600
    true, faulty = (
        Counter(Simulation(Plan(1, 8, 2, shares), stop).between(start, stop).records)
        for shares in (Shares(), ALL)
    )

    assert true
    assert true <= faulty
    assert faulty.total() > 1.3 * true.total()
