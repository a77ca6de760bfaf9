"""Workouts in which something is wrong: a heart races, a band slips or loses its contact.

It is drawn after the curve, so that what goes well is the same as without it.
"""

from datetime import UTC, datetime

import numpy as np

from gympulse.local.simulator.model import Visit, Workout

# Shares of workouts.
RACING, SLIPPED, LOOSE = 0.02, 0.015, 0.02
# It begins in the middle of the workout, which lasts a quarter of an hour or longer.
_EARLIEST, _LATEST = 0.2, 0.5
_SECONDS = (180, 420)
# As fast as a heart can; what is faster is a jump.
_RAMP_SECONDS = 30
_LOWEST, _HIGHEST = 25_00, 245_00


def strained(hundredths: np.ndarray, visit: Visit, rng: np.random.Generator) -> np.ndarray:
    """Let something be wrong with a few workouts of a visit.

    Args:
        hundredths: The visit's heart rates at 1 Hz, in hundredths of beats/minute.
        visit: Whose they are.
        rng: Draws the same number of values for every workout.
    """
    found = hundredths.astype(np.float64)
    for workout in visit.workouts:
        what, *draw = rng.random(4)
        part = found[_within(workout, visit, *draw[:2])]
        if what < RACING:
            part[:] = _drawn_to(_beyond(visit, workout) + 12_00 * draw[2], part)
        elif what < RACING + SLIPPED:
            part[:] = _drawn_to(44_00 + 10_00 * draw[2], part)
        elif what < RACING + SLIPPED + LOOSE:
            part[:: 40 + int(80 * draw[2])] += 60_00 if draw[2] < 0.5 else -60_00
    return np.clip(np.rint(found), _LOWEST, _HIGHEST).astype(np.int64)


def _within(workout: Workout, visit: Visit, place: float, length: float) -> slice:
    """Choose a piece of a workout, by its place among the visit's readings."""
    share = _EARLIEST + (_LATEST - _EARLIEST) * place
    begin = workout.start - visit.worn_from + int(share * (workout.end - workout.start))
    return slice(begin, begin + int(_SECONDS[0] + (_SECONDS[1] - _SECONDS[0]) * length))


def _beyond(visit: Visit, workout: Workout) -> float:
    """Give what is more than 220 less the age, which is the most to be expected."""
    age_days = datetime.fromtimestamp(workout.start, UTC).date() - visit.member.born
    return (220 - age_days.days / 365.25 + 4) * 100


def _drawn_to(target: float, part: np.ndarray) -> np.ndarray:
    """Lead rates to another level and back; they sway there as they did."""
    seconds = np.arange(len(part))
    weight = np.minimum(np.minimum(seconds, seconds[::-1]) / _RAMP_SECONDS, 1)
    return part + weight * (target + (part - part.mean()) * 0.1 - part)
