"""Who owned a device, or a MAC address, and when."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise


class Ownership:
    """Owners over time of things that change hands.

    A thing belongs at an instant to its latest registration at or before it, of equal
    instants to the greater user_id; before its first registration to that one.
    """

    def __init__(self, registrations: Iterable[tuple]) -> None:
        """Read (thing, instant, user_id) in any order."""
        greatest: dict[object, dict[int, int]] = {}
        for thing, since, user_id in registrations:
            owners = greatest.setdefault(thing, {})
            owners[since] = max(owners.get(since, user_id), user_id)
        self._turns = {thing: sorted(owners.items()) for thing, owners in greatest.items()}

    def at(self, thing: object, time: int) -> int | None:
        """Return the owner at an instant; None for what nobody registered."""
        turns = self._turns.get(thing)
        if turns is None:
            return None
        return turns[max(0, bisect_right(turns, time, key=lambda turn: turn[0]) - 1)][1]

    def turns(self, thing: object, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (begin, end, owner) that fill an interval, none for an unknown thing."""
        changes = [since for since, _ in self._turns.get(thing, ()) if begin < since < end]
        bounds = [begin, *changes, end]
        for since, until in pairwise(bounds):
            owner = self.at(thing, since)
            if owner is not None:
                yield since, until, owner
