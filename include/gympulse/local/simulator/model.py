"""Members, their bands and phones, their visits and workouts. All instants: epoch seconds."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from gympulse.local.simulator.curves import WORKOUT_KINDS, Heart, heart
from gympulse.local.simulator.people import DAY, ProfileEvent, draw_birth, profile_events
from gympulse.local.simulator.randomness import Purpose, stream

FIRST_USER_ID, FIRST_DEVICE_ID = 10_001, 100_000
# Numbers of bands a member may have in a life, so that nobody's run into another's.
BANDS_PER_MEMBER = 100
# Bands are worn from so long before the first workout until so long after the last.
WORN_SECONDS = 300
# Hours of the day between which visits begin: the last go on past midnight.
VISIT_HOURS = (5.0, 23.4)
# No visit is longer; what happens at an instant belongs to visits begun since then.
LONGEST_VISIT_SECONDS = 3 * 3600


@dataclass(frozen=True)
class Registration:
    """From this instant on, the member wears this band and carries this phone."""

    time: int
    device_id: int
    mac_address: str


@dataclass(frozen=True, eq=False)
class Member:
    """One member.

    Attributes:
        index: Number within the population, from 0; the same in a larger population.
        born: Date of birth.
        fitness: 0 (sedentary) to 1 (athlete).
        visits_per_day: Expected number, below 1.
        favourite_hour: When visits begin on the average, in hours of the UTC day.
        home_gym: Where most visits are.
    """

    index: int
    user_id: int
    born: date
    fitness: float
    visits_per_day: float
    favourite_hour: float
    home_gym: int
    registrations: Sequence[Registration]
    profile_events: Sequence[ProfileEvent]

    def registration_at(self, time: int) -> Registration:
        """Give the latest registration, the first if none is so early."""
        latest = bisect_right(self.registrations, time, key=lambda each: each.time)
        return self.registrations[max(0, latest - 1)]

    def belongs_at(self, time: int) -> bool:
        """Tell whether the member had joined and not left."""
        latest = bisect_right(self.profile_events, time, key=lambda each: each.time)
        return latest > 0 and self.profile_events[latest - 1].profile is not None

    def heart_at(self, time: int) -> Heart:
        """Give the member's heart at the age of that instant."""
        age_days = datetime.fromtimestamp(time, UTC).date() - self.born
        return heart(age_days.days / 365.25, self.fitness)


@dataclass(frozen=True)
class Workout:
    """One session; its number restarts every day."""

    workout_id: int
    session_id: int
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Visit:
    """A stay in a gym, or (gym None) an outing without one, with its workouts in order."""

    member: Member
    registration: Registration
    gym: int | None
    login: int
    logout: int
    workouts: Sequence[Workout]

    @property
    def worn_from(self) -> int:
        """First instant of a reading."""
        return self.workouts[0].start - WORN_SECONDS

    @property
    def worn_to(self) -> int:
        """End of the readings, exclusive."""
        return self.workouts[-1].end + WORN_SECONDS


def population(seed: int, count: int, gyms: int, until: int) -> list[Member]:
    """Draw the members; what befalls them before ``until`` is the same whatever it is."""
    return [_draw_member(seed, index, gyms, until) for index in range(count)]


def visits(seed: int, member: Member, day: int, gyms: int) -> list[Visit]:
    """Draw a member's visits that begin on a day (days since 1970); they never overlap."""
    rng = stream(seed, Purpose.DAY, member.index, day)
    # Sundays are quiet; 1970-01-01 was a Thursday.
    chance = member.visits_per_day * (0.6 if (day + 4) % 7 == 0 else 1.0)
    if rng.random() >= chance:
        return []
    hour = float(np.clip(rng.normal(member.favourite_hour, 1.0), *VISIT_HOURS))
    found = [_draw_visit(rng, member, day * DAY + int(hour * 3600), 1, gyms)]
    again = hour + rng.uniform(4.5, 8.0)
    if rng.random() < 0.12 and again <= VISIT_HOURS[1]:
        session_id = found[0].workouts[-1].session_id + 1
        found.append(_draw_visit(rng, member, day * DAY + int(again * 3600), session_id, gyms))
    return [visit for visit in found if member.belongs_at(visit.login)]


def _draw_member(seed: int, index: int, gyms: int, until: int) -> Member:
    rng = stream(seed, Purpose.LIFE, index, 0)
    born = draw_birth(rng)
    events = tuple(profile_events(stream(seed, Purpose.LIFE, index, 1), born, until))
    peaks = ((7.0, 0.3), (12.5, 0.2), (18.5, 0.42), (22.0, 0.08))
    peak = rng.choice([hour for hour, _ in peaks], p=[share for _, share in peaks])
    return Member(
        index=index,
        user_id=FIRST_USER_ID + index,
        born=born,
        fitness=float(rng.beta(2.5, 2.5)),
        visits_per_day=float(rng.uniform(0.2, 0.85)),
        favourite_hour=float(peak + rng.normal(0, 0.5)),
        home_gym=1 + int(rng.random() * gyms),
        registrations=_draw_registrations(seed, index, events, until),
        profile_events=events,
    )


def _draw_registrations(
    seed: int, index: int, events: Sequence[ProfileEvent], until: int
) -> tuple[Registration, ...]:
    """Draw when a member got another band (three in five times) or another phone."""
    rng = stream(seed, Purpose.LIFE, index, 2)
    band, phone = 0, _draw_mac(rng, index)
    time = events[0].time + 60 if events else until
    found = [Registration(time, FIRST_DEVICE_ID + index * BANDS_PER_MEMBER, phone)]
    while (time := time + 3600 + int(rng.exponential(300 * DAY))) < until:
        other_phone = _draw_mac(rng, index)
        if rng.random() < 0.6:
            band = (band + 1) % BANDS_PER_MEMBER
        else:
            phone = other_phone
        device_id = FIRST_DEVICE_ID + index * BANDS_PER_MEMBER + band
        found.append(Registration(time, device_id, phone))
    return tuple(found)


def _draw_mac(rng: np.random.Generator, index: int) -> str:
    """Draw a locally administered address that no other member has."""
    octets = (0x02, *index.to_bytes(3, "big"), *rng.integers(0, 256, 2).tolist())
    return ":".join(f"{octet:02x}" for octet in octets)


def _draw_visit(
    rng: np.random.Generator, member: Member, login: int, session_id: int, gyms: int
) -> Visit:
    where = rng.random()
    elsewhere = 1 + int(rng.random() * gyms)
    gym = None if where < 0.08 else elsewhere if where < 0.2 else member.home_gym
    start = login + int(rng.uniform(320, 720))
    workouts = []
    for nth in range(2 if rng.random() < 0.25 else 1):
        minutes = rng.uniform(15, 30) if nth else rng.uniform(25, 60)
        kind = 1 + int(rng.integers(len(WORKOUT_KINDS)))
        workouts.append(Workout(kind, session_id + nth, start, start + int(minutes * 60)))
        start = workouts[-1].end + int(rng.uniform(120, 360))
    logout = workouts[-1].end + int(rng.uniform(400, 1200))
    return Visit(member, member.registration_at(login), gym, login, logout, workouts)
