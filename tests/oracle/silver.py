"""Silver tables from accepted rows."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable

from oracle.days import local_date
from oracle.ownership import Ownership
from oracle.records import Rules


def users(registrations: Iterable[tuple]) -> set[tuple]:
    """Return the latest registration per user and device."""
    latest: dict[tuple, tuple] = {}
    for user_id, device_id, mac_address, since in registrations:
        key = (user_id, device_id)
        latest[key] = max(latest.get(key, (since, mac_address)), (since, mac_address))
    return {(*key, mac_address, since) for key, (since, mac_address) in latest.items()}


def gym_logs(logins: Iterable[tuple]) -> set[tuple]:
    """Return each visit with its greatest known logout."""
    logouts = defaultdict(list)
    for *visit, logout in logins:
        logouts[tuple(visit)].append(logout)
    return {
        (*visit, max((known for known in found if known is not None), default=None))
        for visit, found in logouts.items()
    }


def heart_rate(readings: Iterable[tuple], rules: Rules) -> set[tuple]:
    """Return the highest reading per device and instant."""
    highest: dict[tuple, float] = {}
    for device_id, time, heartrate in readings:
        key = (device_id, time)
        highest[key] = max(highest.get(key, heartrate), heartrate)
    zone = rules.zone
    return {(*key, heartrate, local_date(key[1], zone)) for key, heartrate in highest.items()}


def sessions(workouts: Iterable[tuple], rules: Rules) -> tuple[set[tuple], set[tuple]]:
    """Pair starts with stops.

    Returns:
        Rows of ``completed_workouts``, and the keys (user_id, workout_id, session_id,
        start_time) of sessions set aside as too short or too long.
    """
    starts, stops = defaultdict(list), defaultdict(list)
    for *session, action, time in workouts:
        (starts if action == "start" else stops)[tuple(session)].append(time)
    completed, set_aside = set(), set()
    for session, begins in starts.items():
        for begin, end in _pairs(sorted(begins), sorted(stops[session])):
            if rules.min_session <= end - begin <= rules.max_session:
                completed.add((*session, begin, end))
            else:
                set_aside.add((*session, begin))
    return completed, set_aside


def _pairs(starts: list[int], stops: list[int]) -> list[tuple[int, int]]:
    found = []
    for begin in starts:
        end = next((stop for stop in stops if stop > begin), None)
        if end is not None and not any(begin < other < end for other in starts):
            found.append((begin, end))
    return found


def workout_bpm(
    readings: Iterable[tuple], completed: Iterable[tuple], devices: Ownership, rules: Rules
) -> set[tuple]:
    """Return each reading within each workout of the device's owner at that instant."""
    by_user = defaultdict(list)
    for user_id, workout_id, session_id, start, end in completed:
        by_user[user_id].append((start, workout_id, session_id, end))
    for own in by_user.values():
        own.sort()
    found = set()
    for device_id, time, heartrate, _ in readings:
        user_id = devices.at(device_id, time)
        own = by_user.get(user_id, [])
        first = bisect_left(own, (time - rules.max_session,))
        for start, workout_id, session_id, end in own[first : bisect_right(own, (time,))]:
            if start < time <= end:
                key = (user_id, workout_id, session_id, start, device_id, time)
                found.add((*key, end, heartrate))
    return found
