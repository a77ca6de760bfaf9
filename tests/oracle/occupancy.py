"""Gym occupancy from silver tables, as one would count at the door."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from oracle.days import Interval, length, local_hour, minutes, union
from oracle.gold import exercised_in, running_by_user
from oracle.ownership import Ownership
from oracle.records import SECOND, Rules

MINUTE = 60 * SECOND
QUARTER = 15 * MINUTE
Hour = tuple[int, date, int]
"""A gym, a date and an hour."""


def _by_hour(begin: int, end: int, zone: ZoneInfo) -> Iterator[tuple[tuple[date, int], Interval]]:
    """Yield an interval's parts of at most a quarter, each with the hour that the clock shows."""
    while begin < end:
        until = min(end, (begin // QUARTER + 1) * QUARTER)
        yield from _halved(begin, until, zone)
        begin = until


def _halved(begin: int, end: int, zone: ZoneInfo) -> Iterator[tuple[tuple[date, int], Interval]]:
    # No clock goes to another hour and back within a quarter, and all change at whole minutes.
    shown, middle = local_hour(begin, zone), (begin + end) // 2 // MINUTE * MINUTE
    if shown == local_hour(end - 1, zone):
        yield shown, (begin, end)
        return
    if middle <= begin:
        middle = (begin // MINUTE + 1) * MINUTE
    yield from _halved(begin, middle, zone)
    yield from _halved(middle, end, zone)


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
