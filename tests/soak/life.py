"""An hour of life, again and again: as much in each, so that only the lake's age differs."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from gympulse.local.simulator.dense import dense_hour
from gympulse.local.simulator.events import BPM, REGISTERED, Record
from gympulse.local.simulator.faults import LATE_SECONDS
from gympulse.local.simulator.profiles import USER_INFO

HOUR = 3600
# 2025-03-01 00:00 UTC.
_FIRST_HOUR = 1_740_787_200
_SEED = 7
_LATE_SHARE = 0.01
# So many hours lie before the first, and arrive with it: as long as readings come late.
PAST = -int(-LATE_SECONDS[1] // HOUR)
# Beyond the ids of the members with bands.
_FIRST_NEWCOMER = 5_000_000
# Theirs lie in the same partition of a topic each hour: as many files in each.
_KEY = b"newcomer"


@dataclass
class Life:
    """What arrives in each hour; hours are asked for in their order, from 0 on.

    In each hour every band sends every second, and its member comes and goes, with one workout.
    One reading in a hundred comes late, by two minutes to three days, so that days past change
    too; the first hour brings all that was before, but for what of it comes later, so that
    hours that follow have as much of it as any. Beside them somebody joins, a profile changes,
    and one reading cannot be true.

    Attributes:
        bands: How many bands.
        past: How many hours come with the first.
        readings: How many readings that are valid have been given so far.
    """

    bands: int
    past: int = PAST
    readings: int = 0
    _late: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))

    def hour(self, number: int) -> list[Record]:
        """Give what arrives in an hour."""
        before = range(-self.past, 0) if number == 0 else ()
        arrived = [record for each in (*before, number) for record in self._in_time(each, number)]
        arrived += self._late.pop(number, [])
        self.readings += sum(record[0] == BPM for record in arrived)
        return arrived + _beside(number, _start(number))

    def _in_time(self, number: int, now: int) -> Iterator[Record]:
        """What an hour sends, but for what arrives after another that is now."""
        start = _start(number)
        records = dense_hour(self.bands, start=start, seed=_SEED, opening=number == -self.past)
        rng = np.random.default_rng([_SEED, self.past + number])
        shortest, longest = np.log(LATE_SECONDS)
        for record in records:
            if record[0] == BPM and rng.random() < _LATE_SHARE:
                delay = np.exp(rng.uniform(shortest, longest))
                arrival = number + int((json.loads(record[2])["time"] - start + delay) // HOUR)
                if arrival > now:
                    self._late[arrival].append(record)
                    continue
            yield record


def _start(number: int) -> int:
    return _FIRST_HOUR + number * HOUR


def _beside(number: int, start: int) -> list[Record]:
    """Somebody joins, whose profile changes an hour later, and a reading cannot be true."""
    user, device = _FIRST_NEWCOMER + number, _FIRST_NEWCOMER + number
    mac = ":".join(f"{byte:02x}" for byte in (2 << 40 | user).to_bytes(6))
    profiles = [(user, "new", "Boston"), (user - 1, "update", "Newark")][: 1 + bool(number)]
    return [
        (REGISTERED, None, (user, device, mac, start)),
        *(_profile(user, start, kind, city) for user, kind, city in profiles),
        (BPM, _KEY, _json({"device_id": device, "time": start, "heartrate": 999})),
    ]


def _profile(user: int, at: int, kind: str, city: str) -> Record:
    told = {"user_id": user, "update_type": kind, "timestamp": at, "address": {"city": city}}
    return USER_INFO, _KEY, _json(told)


def _json(fields: dict[str, object]) -> bytes:
    return json.dumps(fields).encode()
