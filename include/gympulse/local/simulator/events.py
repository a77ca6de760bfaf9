"""Records: what members, visits and workouts look like to the platform.

A record is (target, key, value): a Kafka topic with key and payload in bytes, or a table
of the registration database with no key and its row's values, in the order of ``COLUMNS``
or, of a profile, as ``simulator.profiles`` has them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from gympulse.local.simulator.curves import Phase, heart_rates, workout_phases
from gympulse.local.simulator.model import WORN_SECONDS, Member, Visit
from gympulse.local.simulator.profiles import profile_record
from gympulse.local.simulator.randomness import Purpose, stream
from gympulse.local.simulator.strain import strained
from gympulse.model.tables import GYM_LOGINS, GYM_LOGS, REGISTERED_USERS, REGISTRATIONS

Record = tuple[str, bytes | None, bytes | tuple]
# When it happened (epoch seconds), and its record.
Event = tuple[int, Record]

BPM, WORKOUT = "bpm", "workout"
REGISTERED, LOGINS = REGISTERED_USERS.short_name, GYM_LOGINS.short_name
COLUMNS = {REGISTERED: REGISTRATIONS.columns, LOGINS: GYM_LOGS.columns}

# Formatting a float costs more than all the rest of a payload: (hundredths) -> text.
HUNDREDTHS = [repr(number / 100) for number in range(30_000)]


@dataclass(frozen=True)
class Readings:
    """Readings of one band: instants, heart rates in hundredths, instants of arrival."""

    device_id: int
    time: np.ndarray
    hundredths: np.ndarray
    arrival: np.ndarray

    def where(self, chosen: np.ndarray) -> "Readings":
        """Keep the readings that a mask or an index chooses."""
        return Readings(
            self.device_id, self.time[chosen], self.hundredths[chosen], self.arrival[chosen]
        )

    def between(self, start: int, stop: int) -> "Readings":
        """Keep what was measured in a range, its end exclusive."""
        return self.where((self.time >= start) & (self.time < stop))

    def records(self) -> list[Record]:
        """Give the records, one per reading, in order."""
        key, head = b"%d" % self.device_id, f'{{"device_id": {self.device_id}, "time": '
        return [
            (BPM, key, f'{head}{time}, "heartrate": {HUNDREDTHS[bpm]}}}'.encode())
            for time, bpm in zip(self.time.tolist(), self.hundredths.tolist(), strict=True)
        ]


def visit_readings(seed: int, visit: Visit) -> Readings:
    """Measure a visit at 1 Hz while the band is worn; every reading arrives at once."""
    rng = stream(seed, Purpose.CURVE, visit.member.index, visit.login)
    curve = heart_rates(visit.member.heart_at(visit.login), _effort(visit, rng), rng)
    hundredths = strained(curve, visit, rng)
    time = np.arange(visit.worn_from, visit.worn_to)
    return Readings(visit.registration.device_id, time, hundredths, time.astype(np.float64))


def _effort(visit: Visit, rng: np.random.Generator) -> Iterator[Phase]:
    """Give what the body does while the band is worn, second by second."""
    free_since = visit.worn_from
    for workout in visit.workouts:
        yield workout.start - free_since, 0.13
        yield from workout_phases(workout.workout_id, workout.end - workout.start, rng)
        free_since = workout.end
    yield WORN_SECONDS, 0.10


def visit_events(visit: Visit) -> list[Event]:
    """Give a visit's login, workouts and logout, in order of time."""
    events = [
        (time, workout_record(visit.member.user_id, workout, time, action))
        for workout in visit.workouts
        for time, action in ((workout.start, "start"), (workout.end, "stop"))
    ]
    if visit.gym is None:
        return events
    row = (visit.registration.mac_address, visit.gym, visit.login)
    closed = (visit.logout, (LOGINS, None, (*row, visit.logout)))
    return [(visit.login, (LOGINS, None, (*row, None))), *events, closed]


def workout_record(user_id: int, workout, time: int, action: str) -> Record:
    """Say that a workout started or stopped."""
    fields = {
        "user_id": user_id,
        "workout_id": workout.workout_id,
        "timestamp": time,
        "action": action,
        "session_id": workout.session_id,
    }
    return WORKOUT, b"%d" % user_id, _json(fields)


def life_events(member: Member) -> list[Event]:
    """Give a member's registrations and profile events, as long as they are known."""
    registered = [
        (time, (REGISTERED, None, (member.user_id, each.device_id, each.mac_address, time)))
        for each in member.registrations
        for time in (each.time,)
    ]
    told = [(each.time, profile_record(member.user_id, each)) for each in member.profile_events]
    return registered + told


def landing_csv(table: str, records: Iterable[Record]) -> str:
    """Write a table's records as a landing file, its header first; others are passed over."""
    rows = [value for target, _, value in records if target == table]
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    return "\n".join([",".join(COLUMNS[table]), *lines]) + "\n"


def _json(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()
