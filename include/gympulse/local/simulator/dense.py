"""Full hours for benchmarks and tests: every band worn all the hour, at 1 Hz."""

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from gympulse.local.simulator.curves import WORKOUT_KINDS, heart_rates, workout_phases
from gympulse.local.simulator.events import BPM, HUNDREDTHS, LOGINS, Event, Record, workout_record
from gympulse.local.simulator.flow import Plan, Simulation
from gympulse.local.simulator.model import Member, Workout
from gympulse.local.simulator.randomness import Purpose, stream

HOUR = 3600


def dense_hour(
    devices: int = 1000, *, start: int, seed: int = 7, gyms: int = 20, opening: bool = True
) -> Iterator[Record]:
    """Give an hour of which every band sends every second, in order of time.

    Each member has one workout of 40 to 50 minutes inside the hour, and one visit around it.
    Hours of one seed follow one another with the same members.

    Args:
        devices: How many members, each with one band.
        start: The hour's first second (epoch seconds).
        seed: Same seed, same members and same hours.
        gyms: How many gyms they spread over.
        opening: Whether the members' registrations and profiles come first.

    Yields:
        Records, those of ``registered_users`` and ``gym_logins`` among them.
    """
    simulation = Simulation(Plan(seed, devices, gyms), until=start)
    if opening:
        yield from simulation.opening(start)
    hours = [_member_hour(member, start, seed) for member in simulation.members]
    happening: dict[int, list[Record]] = {}
    for _, events, _ in hours:
        for time, record in events:
            happening.setdefault(time, []).append(record)
    bands = [device_id for device_id, _, _ in hours]
    seconds = np.stack([hundredths for _, _, hundredths in hours], axis=1)
    keys = [b"%d" % device_id for device_id in bands]
    heads = [f'{{"device_id": {device_id}, "time": ' for device_id in bands]
    for time, row in zip(range(start, start + HOUR), seconds, strict=True):
        yield from happening.get(time, ())
        tail = f'{time}, "heartrate": '
        values = [
            f"{head}{tail}{HUNDREDTHS[bpm]}}}".encode()
            for head, bpm in zip(heads, row.tolist(), strict=True)
        ]
        yield from zip(repeat(BPM), keys, values)


def _member_hour(member: Member, start: int, seed: int) -> tuple[int, list[Event], np.ndarray]:
    """Draw a member's hour: the band, what happens, and a heart rate per second."""
    rng = stream(seed, Purpose.DENSE, member.index, start)
    before, length = int(rng.uniform(120, 540)), int(rng.uniform(2400, 3000))
    kind = 1 + int(rng.integers(len(WORKOUT_KINDS)))
    workout = Workout(kind, 1, start + before, start + before + length)
    phases = [(before, 0.13), *workout_phases(kind, length, rng), (HOUR - before - length, 0.1)]
    registration = member.registration_at(start)
    row = (registration.mac_address, member.home_gym, workout.start - 60)
    logout = workout.end + 30
    events = [
        (workout.start - 60, (LOGINS, None, (*row, None))),
        (workout.start, workout_record(member.user_id, workout, workout.start, "start")),
        (workout.end, workout_record(member.user_id, workout, workout.end, "stop")),
        (logout, (LOGINS, None, (*row, logout))),
    ]
    return registration.device_id, events, heart_rates(member.heart_at(start), phases, rng)
