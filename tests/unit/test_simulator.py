"""The gym simulator's pure parts: members, ranges of time, curves, dense hours."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gympulse.local.simulator import strain
from gympulse.local.simulator.curves import WORKOUT_KINDS, heart, heart_rates, workout_phases
from gympulse.local.simulator.dense import dense_hour
from gympulse.local.simulator.faults import Shares
from gympulse.local.simulator.flow import Plan, Simulation
from gympulse.local.simulator.model import population, visits

DAY = 86_400
MONDAY = 1_763_337_600  # 2025-11-17
SHARES = Shares(late=0.1, duplicated=0.1, disordered=0.1, malformed=0.1, contradicting=0.1)
PLAN = Plan(seed=3, members=12, gyms=3, shares=SHARES)


def records_between(plan, start, stop):
    return Counter(Simulation(plan, until=stop).between(start, stop).records)


def payloads(records, topic):
    return [json.loads(value) for target, _, value in records if target == topic]


def test_same_seed_gives_the_same_bytes():
    """Two simulations of one plan give the same records in the same order."""
    first, second = (
        [(end, batch.records) for end, batch in Simulation(PLAN).flow(MONDAY, MONDAY + DAY, 7200)]
        for _ in range(2)
    )

    assert first == second
    assert sum(len(records) for _, records in first) > 10_000


def test_another_seed_gives_other_members():
    """The seed decides who the members are."""
    one, other = (population(seed, 5, 3, MONDAY) for seed in (1, 2))

    assert [member.born for member in one] != [member.born for member in other]


def test_members_stay_as_the_population_grows():
    """A larger population begins with the members of a smaller one."""
    few, many = (population(1, count, 3, MONDAY) for count in (3, 6))

    assert [m.registrations for m in few] == [m.registrations for m in many[:3]]


def test_lives_do_not_depend_on_how_far_they_are_drawn():
    """What befell a member before an instant is the start of what befell before a later one."""
    short, long = (population(1, 4, 3, until) for until in (MONDAY, MONDAY + 900 * DAY))

    for early, late in zip(short, long, strict=True):
        assert late.profile_events[: len(early.profile_events)] == early.profile_events
        assert late.registrations[: len(early.registrations)] == early.registrations


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(1, 36 * 3600 - 1), min_size=1, max_size=3, unique=True))
def test_ranges_compose(cuts):
    """Adjoining ranges, wherever they are cut, give together what the whole gives."""
    bounds = [MONDAY, *sorted(MONDAY + cut for cut in cuts), MONDAY + 36 * 3600]

    pieces = sum((records_between(PLAN, *bound) for bound in pairwise(bounds)), Counter())

    assert pieces == records_between(PLAN, bounds[0], bounds[-1])


def test_visits_go_on_past_midnight():
    """A range that begins at midnight has the rest of the visits begun the evening before."""
    plan, midnight = Plan(seed=3, members=150, gyms=3), MONDAY + DAY
    before, after = midnight - 2 * 3600, midnight + 2 * 3600
    evening, night = records_between(plan, before, midnight), records_between(plan, midnight, after)

    assert night
    assert evening + night == records_between(plan, before, after)


@pytest.mark.parametrize("window", [60, 3600, DAY])
def test_windows_do_not_change_what_is_given(window):
    """However long its windows, history gives each record once, in order of arrival."""
    start = MONDAY + 17 * 3600
    stop = start + 3 * 3600
    given_ = Counter()
    for _, batch in Simulation(PLAN).flow(start, stop, window, with_stragglers=True):
        assert (np.diff(batch.arrival) >= 0).all()
        given_.update(batch.records)

    assert given_ == records_between(PLAN, start, stop)


def test_default_history_is_of_a_moderate_size():
    """Sixty members leave some hundred thousand readings in two days."""
    records = Simulation(Plan(), until=MONDAY + 2 * DAY).between(MONDAY, MONDAY + 2 * DAY).records

    assert 100_000 < len(records) < 600_000


@settings(max_examples=40, deadline=None)
@given(
    age_years=st.floats(14, 95),
    fitness=st.floats(0, 1),
    kind=st.integers(1, len(WORKOUT_KINDS)),
    seconds=st.integers(900, 5400),
    seed=st.integers(0, 10_000),
)
def test_curves_stay_physiologic(age_years, fitness, kind, seconds, seed):
    """Heart rates keep within the heart's bounds, and move as fast as a heart can."""
    of, rng = heart(age_years, fitness), np.random.default_rng(seed)
    phases = workout_phases(kind, seconds, rng)
    bpm = heart_rates(of, phases, rng) / 100

    assert len(bpm) == seconds == sum(length for length, _ in phases)
    assert bpm.min() >= of.resting_bpm - 6.01
    assert bpm.max() <= of.maximum_bpm + 0.01
    assert np.abs(np.diff(bpm)).max() < 14
    minutes = bpm[: seconds // 60 * 60].reshape(-1, 60).mean(axis=1)
    assert minutes[0] < minutes.max()


def test_fitness_and_age_show_in_the_heart():
    """The fit rest lower and recover sooner; the old reach less."""
    fit, unfit, old = heart(30, 0.9), heart(30, 0.1), heart(70, 0.9)

    assert fit.resting_bpm < unfit.resting_bpm
    assert fit.down_seconds < unfit.down_seconds
    assert old.maximum_bpm < fit.maximum_bpm


def test_a_hard_effort_is_followed_by_recovery():
    """A minute after hard work the heart has slowed by more than 12 beats (Cole 1999)."""
    of = heart(35, 0.5)
    bpm = heart_rates(of, [(600, 0.85), (60, 0.1)], np.random.default_rng(1)) / 100

    assert bpm[590:600].mean() - bpm[650:].mean() > 12


@pytest.mark.parametrize(
    ("share", "is_so"),
    [
        pytest.param("RACING", lambda bpm: bpm > 220 - 20, id="racing"),
        pytest.param("SLIPPED", lambda bpm: bpm < 60, id="slipped"),
        pytest.param("LOOSE", lambda bpm: np.abs(np.diff(bpm, prepend=bpm[0])) > 40, id="loose"),
    ],
)
def test_something_may_be_wrong_with_a_workout(monkeypatch, share, is_so):
    """For minutes in its middle, and only then; what is no loose contact moves as hearts do."""
    for name in ("RACING", "SLIPPED", "LOOSE"):
        monkeypatch.setattr(strain, name, float(name == share))
    visit = next(each for each in visits_of_the_young() if len(each.workouts) == 1)
    curve = np.full(visit.worn_to - visit.worn_from, 12_000)
    bpm = strain.strained(curve, visit, np.random.default_rng(3)) / 100
    changed = np.flatnonzero(bpm != 120)
    [workout] = visit.workouts

    assert workout.start - visit.worn_from < changed[0]
    assert changed[-1] < workout.end - visit.worn_from
    assert is_so(bpm).sum() > (3 if share == "LOOSE" else 90)
    assert share == "LOOSE" or np.abs(np.diff(bpm)).max() < 14


def visits_of_the_young():
    """Visits of members of 20 years."""
    for day in range(MONDAY // DAY, MONDAY // DAY + 7):
        for member in Simulation(PLAN, until=MONDAY + 7 * DAY).members:
            young = replace(member, born=date.fromordinal(719_163 + day - 20 * 366))
            yield from visits(PLAN.seed, young, day, PLAN.gyms)


def test_few_workouts_are_strained():
    """Most curves are what they were drawn as."""
    found = [
        (strain.strained(curve, visit, np.random.default_rng(n)) != curve).any()
        for n, visit in enumerate(visits_of_the_young())
        for curve in (np.full(visit.worn_to - visit.worn_from, 12_000),)
    ]

    assert 0 < sum(found) < len(found) / 8


def test_a_dense_hour_is_full():
    """Every band sends every second, each member works out once and visits once."""
    records = list(dense_hour(20, start=MONDAY, seed=4))
    readings = payloads(records, "bpm")
    logins = [row for target, _, row in records if target == "gym_logins"]

    assert len({(r["device_id"], r["time"]) for r in readings}) == len(readings) == 20 * 3600
    assert {r["time"] for r in readings} == set(range(MONDAY, MONDAY + 3600))
    assert Counter(w["action"] for w in payloads(records, "workout")) == {"start": 20, "stop": 20}
    assert len(logins) == 40
    assert {r["device_id"] for r in readings} <= {
        row[1] for target, _, row in records if target == "registered_users"
    }


def test_a_dense_hour_is_the_same_again():
    """Equal arguments give equal records; the next hour has the same bands."""
    first, again = (list(islice(dense_hour(5, start=MONDAY), 4000)) for _ in range(2))
    later = dense_hour(5, start=MONDAY + 3600, opening=False)

    assert first == again
    assert {key for topic, key, _ in later if topic == "bpm"} == {
        key for topic, key, _ in first if topic == "bpm"
    }
