"""Abnormal heart rates from silver tables."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from oracle.days import local_date
from oracle.gold import NO_PROFILE, age_on
from oracle.profiles import Timeline, profile_at
from oracle.records import SECOND, Rules

Readings = list[tuple[int, float]]
"""Of one wearable in one workout, in order of time."""


def abnormal_heart_rates(
    readings: Iterable[tuple], timelines: dict[int, Timeline], rules: Rules
) -> set[tuple]:
    """Return one row per completed workout with an abnormal heart rate."""
    workouts: dict[tuple, dict[int, Readings]] = defaultdict(lambda: defaultdict(list))
    for *session, device_id, time, end, heartrate in readings:
        workouts[*session, end][device_id].append((time, heartrate))
    found = set()
    for key, by_device in workouts.items():
        user_id, start = key[0], key[3]
        profile = profile_at(timelines.get(user_id, []), start) or NO_PROFILE
        day = local_date(start, rules.zone)
        age = age_on(day, profile[0])
        measured = _measured([sorted(own) for own in by_device.values()], age, rules)
        if measured:
            found.add((*key, day, age, *measured))
    return found


def _measured(wearables: list[Readings], age: int | None, rules: Rules) -> tuple | None:
    """Return the columns from ``predicted_max_bpm`` on; None for a normal workout."""
    rates = [rate for own in wearables for _, rate in own]
    most = None if age is None else float(220 - age)
    above = resting = jumps = 0
    for own in wearables:
        if most is not None:
            above += _lasting(own, lambda rate: rate > most, rules)
        resting += _lasting(own, lambda rate: rate < rules.resting_heartrate, rules)
        jumps += sum(
            time - before <= rules.max_jump_time and abs(rate - other) > rules.max_jump
            for (before, other), (time, rate) in pairwise(own)
        )
    if not (above or resting or jumps):
        return None
    severity = (max(rates) - most) * (above / SECOND) / 60 if above else 0.0
    severity = severity + resting / SECOND / 60 + jumps
    counted = (len(rates), min(rates), max(rates))
    return (most, *counted, above / SECOND, resting / SECOND, jumps, severity)


def _lasting(own: Readings, is_such: Callable[[float], bool], rules: Rules) -> int:
    """Return how long, in microseconds, the stretches of such rates that count last."""
    stretches: list[list[int]] = [[]]
    for time, rate in own:
        if not is_such(rate):
            stretches.append([])
        elif stretches[-1] and time - stretches[-1][-1] > rules.max_silence:
            stretches.append([time])
        else:
            stretches[-1].append(time)
    lengths = [times[-1] - times[0] for times in stretches if times]
    return sum(length for length in lengths if length > rules.min_abnormal)
