"""Gym occupancy from silver tables: minute by minute, as one would count at the door."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from oracle.days import Interval, length, local_hour, minutes, union
from oracle.gold import exercised_in, running_by_user
from oracle.ownership import Ownership
from oracle.records import SECOND, Rules

MINUTE = 60 * SECOND
Hour = tuple[int, date, int]
"""A gym, a date and an hour."""


@cache
def _hour_of(minute: int, zone: ZoneInfo) -> tuple[date, int]:
    # Clocks are changed at whole minutes.
    return local_hour(minute * MINUTE, zone)


def _by_hour(begin: int, end: int, zone: ZoneInfo) -> Iterator[tuple[tuple[date, int], Interval]]:
    """Yield what of an interval lies in each minute, with the hour that the clock shows."""
    for minute in range(begin // MINUTE, (end - 1) // MINUTE + 1):
        part = max(begin, minute * MINUTE), min(end, (minute + 1) * MINUTE)
        yield _hour_of(minute, zone), part


def gym_occupancy(
    visits: Iterable[tuple], completed: Iterable[tuple], macs: Ownership, rules: Rules
) -> set[tuple]:
    """Return one row per gym, date and hour with somebody there."""
    begun: dict[Hour, int] = defaultdict(int)
    present: dict[Hour, dict[str, list[Interval]]] = defaultdict(lambda: defaultdict(list))
    for mac_address, gym, login, logout in visits:
        if logout is None or logout == login:
            continue
        begun[gym, *local_hour(login, rules.zone)] += 1
        for hour, part in _by_hour(login, logout, rules.zone):
            present[gym, *hour][mac_address].append(part)
    running = running_by_user(completed)
    found = set()
    for hour, parts in present.items():
        stays = {mac_address: union(own) for mac_address, own in parts.items()}
        active = sum(
            length(part for _, part in exercised_in(mac_address, own, running, macs))
            for mac_address, own in stays.items()
        )
        inside = minutes(sum(map(length, stays.values())))
        counted = (begun.get(hour, 0), len(stays), _peak(stays.values()))
        found.add((*hour, *counted, inside, minutes(active)))
    return found


def _peak(stays: Iterable[list[Interval]]) -> int:
    """Return how many were there when most were: at the instant at which one of them came."""
    everyone = [stay for own in stays for stay in own]
    return max(sum(begin <= moment < end for begin, end in everyone) for moment, _ in everyone)
