"""Profile events: which of them count, and what held when."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from oracle.payloads import position_rank

Timeline = list[tuple[int, tuple | None]]
"""Instants in order, each with the profile that held from it on; None after a delete."""

RANK = {"new": 0, "append": 1, "update": 2, "delete": 3}


def _winner(events: list[tuple]) -> tuple:
    """Return the event that counts among those of one user at one instant."""
    logged = [event for event in events if event[2] is not None]
    last = max((position_rank(event[2]) for event in logged), default=None)
    counting = [e for e in events if e[2] is None or position_rank(e[2]) == last]
    return max(counting, key=_rank)


def _rank(event: tuple) -> tuple:
    # A null is lowest: (False,) sorts before (True, value).
    columns = tuple((value is not None, *([] if value is None else [value])) for value in event[4:])
    return (RANK[event[3]], columns)


def timelines(events: Iterable[tuple]) -> dict[int, Timeline]:
    """Return what counted of each user's events, in order."""
    together = defaultdict(list)
    for event in events:
        together[event[:2]].append(event)
    found: dict[int, Timeline] = defaultdict(list)
    for user_id, time in sorted(together):
        winner = _winner(together[user_id, time])
        found[user_id].append((time, None if winner[3] == "delete" else winner[4:]))
    return dict(found)


def stretches(timeline: Timeline) -> list[tuple[int, int | None, tuple]]:
    """Return (valid_from, valid_to, profile) of each unbroken stretch."""
    found = []
    held, since = None, None
    for time, profile in timeline:
        if profile == held:
            continue
        if held is not None:
            found.append((since, time, held))
        held, since = profile, time
    return found if held is None else [*found, (since, None, held)]


def user_profile(by_user: dict[int, Timeline]) -> set[tuple]:
    """Return the rows of ``user_profile``: the open stretches."""
    return {
        (user_id, *profile, valid_from)
        for user_id, timeline in by_user.items()
        for valid_from, valid_to, profile in stretches(timeline)
        if valid_to is None
    }


def user_profile_history(by_user: dict[int, Timeline]) -> set[tuple]:
    """Return the rows of ``user_profile_history``."""
    return {
        (user_id, valid_from, valid_to, valid_to is None, *profile)
        for user_id, timeline in by_user.items()
        for valid_from, valid_to, profile in stretches(timeline)
    }


def profile_at(timeline: Timeline, time: int) -> tuple | None:
    """Return the profile at an instant; before all events, the earliest that is one."""
    before = bisect_right(timeline, time, key=lambda event: event[0])
    if before:
        return timeline[before - 1][1]
    return next((profile for _, profile in timeline if profile is not None), None)
