"""Gold tables from silver ones."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from math import fsum

from oracle.days import Interval, cut_at_midnight, length, local_date, minutes, overlap, union
from oracle.ownership import Ownership
from oracle.profiles import Timeline, profile_at
from oracle.records import Rules

NO_PROFILE = (None,) * 9
Running = dict[int, list[tuple[int, Interval]]]
"""By user, the workouts with their times."""


def age_on(day: date, dob: date | None) -> int | None:
    """Return the age in whole years on a day; None where unknown or negative."""
    if dob is None:
        return None
    # Feb 29 is after Feb 28 and before Mar 1 in common years too.
    age = day.year - dob.year - ((day.month, day.day) < (dob.month, dob.day))
    return None if age < 0 else age


def age_band(dob: date | None, day: date) -> str | None:
    """Return the band of the age in whole years on a day."""
    age = age_on(day, dob)
    if age is None:
        return None
    if age < 18:
        return "under 18"
    if age >= 95:
        return "95+"
    lower = 18 if age < 25 else (age - 5) // 10 * 10 + 5
    return f"{lower}-{25 if lower == 18 else lower + 10}"


def workout_bpm_summary(
    readings: Iterable[tuple], timelines: dict[int, Timeline], rules: Rules
) -> set[tuple]:
    """Return one row per completed workout with readings."""
    rates = defaultdict(list)
    for *session, _, _, end, heartrate in readings:
        rates[(*session, end)].append(heartrate)
    found = set()
    for key, values in rates.items():
        user_id, start = key[0], key[3]
        day = local_date(start, rules.zone)
        profile = profile_at(timelines.get(user_id, []), start) or NO_PROFILE
        dob, sex, _, _, _, _, city, state, _ = profile
        average = fsum(values) / len(values)
        counted = (len(values), min(values), average, max(values))
        found.add((*key, day, age_band(dob, day), sex, city, state, *counted))
    return found


def gym_summary(
    visits: Iterable[tuple], completed: Iterable[tuple], macs: Ownership, rules: Rules
) -> set[tuple]:
    """Return one row per gym, MAC address and date with closed time in the gym."""
    present = defaultdict(list)
    for mac_address, gym, login, logout in visits:
        for day, part in cut_at_midnight(login, logout or login, rules.zone):
            present[gym, mac_address, day].append(part)
    running = running_by_user(completed)
    found = set()
    for (gym, mac_address, day), parts in present.items():
        exercised = exercised_in(mac_address, union(parts), running, macs)
        workouts = tuple(sorted({workout_id for workout_id, _ in exercised}))
        exercising = minutes(length(part for _, part in exercised))
        found.add((gym, mac_address, day, workouts, minutes(length(parts)), exercising))
    return found


def running_by_user(completed: Iterable[tuple]) -> Running:
    """Return each user's workouts."""
    running = defaultdict(list)
    for user_id, workout_id, _, start, end in completed:
        running[user_id].append((workout_id, (start, end)))
    return running


def exercised_in(
    mac_address: str, parts: Iterable[Interval], running: Running, macs: Ownership
) -> list[tuple[int, Interval]]:
    """Return when, within the parts, which workout of the MAC's owner was running."""
    found = []
    for begin, end in parts:
        for since, until, owner in macs.turns(mac_address, begin, end):
            for workout_id, span in running.get(owner, ()):
                shared = overlap((since, until), span)
                if shared:
                    found.append((workout_id, shared))
    return found
