"""What goes wrong between a band and the platform.

Late and disordered records arrive after their time. Duplicated, malformed and
contradicting ones come in addition to the true one, so that the truth always arrives:
shares are of the true records.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gympulse.local.simulator.events import BPM, LOGINS, REGISTERED, Event, Readings, Record
from gympulse.local.simulator.profiles import PROFILES

# From minutes to days, evenly by the logarithm.
LATE_SECONDS = (120.0, 3 * 86_400.0)
DISORDER_SECONDS = 30.0
# Whatever goes wrong, a record arrives so many seconds after its time.
LONGEST_DELAY_SECONDS = int(LATE_SECONDS[1] + 2 * DISORDER_SECONDS)
# A band that lost its phone sends whole minutes later, not single readings.
LATE_BLOCK_SECONDS = 60
LOWEST, HIGHEST = 20_00, 250_00


@dataclass(frozen=True)
class Shares:
    """How much goes wrong, from 0 to 1 of the true records."""

    late: float = 0.0
    duplicated: float = 0.0
    disordered: float = 0.0
    malformed: float = 0.0
    contradicting: float = 0.0

    def __bool__(self) -> bool:
        return any(vars(self).values())


def disturb_readings(
    readings: Readings, shares: Shares, rng: np.random.Generator
) -> tuple[Readings, Readings]:
    """Let things go wrong with the readings of a visit.

    Returns:
        Readings as they arrive, with copies and contradictions; and those to be garbled.
    """
    count = len(readings.time)
    delayed = replace(readings, arrival=readings.time + _delays(count, shares, rng))
    doubled = delayed.where(rng.random(count) < shares.duplicated)
    doubled = replace(doubled, arrival=doubled.arrival + rng.random(len(doubled.time)) * 30)
    opposed = _contradicted(delayed.where(rng.random(count) < shares.contradicting), rng)
    garbled = delayed.where(rng.random(count) < shares.malformed)
    together = {
        name: np.concatenate([getattr(part, name) for part in (delayed, doubled, opposed)])
        for name in ("time", "hundredths", "arrival")
    }
    return Readings(readings.device_id, **together), garbled


def disturb_event(
    event: Event, shares: Shares, rng: np.random.Generator
) -> Iterator[tuple[float, Record]]:
    """Let things go wrong with one event; with a profile nothing does, as its table has keys.

    Yields:
        Instants of arrival (epoch seconds) with the records that arrive, the true one first.
    """
    time, record = event
    if record[0] == PROFILES:
        yield float(time), record
        return
    arrival = time + float(_delays(1, shares, rng)[0])
    doubled, opposed, malformed = rng.random(3) < (
        shares.duplicated,
        shares.contradicting,
        shares.malformed,
    )
    draw = rng.random(2)
    yield arrival, record
    if doubled:
        yield arrival + draw[0] * DISORDER_SECONDS, record
    if opposed:
        yield arrival, contradiction(record, 1 + int(draw[1] * 5))
    if malformed:
        yield arrival, garble(record, int(draw[1] * 1000))


def contradiction(record: Record, seconds: int) -> Record:
    """Give a valid record that denies another one about the same thing.

    A workout begins or stops some seconds later, a visit ends earlier, a registration names
    another phone.
    """
    target, key, value = record
    if target == LOGINS:
        mac_address, gym, login, logout = value
        return target, key, (mac_address, gym, login, logout and max(login, logout - 60 * seconds))
    if target == REGISTERED:
        user_id, device_id, mac_address, time = value
        return target, key, (user_id, device_id, f"06{mac_address[2:]}", time)
    fields = json.loads(value)
    fields["timestamp"] += seconds
    return target, key, json.dumps(fields, ensure_ascii=False).encode()


def garble(record: Record, draw: int) -> Record:
    """Spoil a record so that the platform must set it aside; ``draw`` chooses how."""
    target, key, value = record
    if isinstance(value, tuple):
        return target, key, _garbled_row(target, value, draw)
    ways = [_truncated, _not_utf8, _id_in_words, _milliseconds, _without_id, _boolean_id]
    ways.append(_implausible if target == BPM else _shouted)
    return target, key, ways[draw % len(ways)](value)


def garbled_records(readings: Readings) -> list[Record]:
    """Spoil every reading, each by its own instant's way."""
    pairs = zip(readings.records(), readings.time.tolist(), strict=True)
    return [garble(record, time) for record, time in pairs]


def _delays(count: int, shares: Shares, rng: np.random.Generator) -> np.ndarray:
    """Draw delays (seconds): late in whole blocks, disordered one by one, else none."""
    blocks = -(-count // LATE_BLOCK_SECONDS)
    low, high = np.log(LATE_SECONDS)
    late = np.where(rng.random(blocks) < shares.late, np.exp(rng.uniform(low, high, blocks)), 0.0)
    disordered = np.where(rng.random(count) < shares.disordered, rng.random(count), 0.0)
    return np.repeat(late, LATE_BLOCK_SECONDS)[:count] + disordered * DISORDER_SECONDS


def _contradicted(readings: Readings, rng: np.random.Generator) -> Readings:
    """Give other heart rates, 1 to 20 beats/minute off, at the same instants."""
    count = len(readings.time)
    off = rng.integers(100, 2000, count) * rng.choice([-1, 1], count)
    return replace(readings, hundredths=np.clip(readings.hundredths + off, LOWEST, HIGHEST))


def _garbled_row(target: str, row: tuple, draw: int) -> tuple:
    """Spoil a row as far as the database's types allow."""
    if target == LOGINS:
        mac_address, gym, login, logout = row
        wrong_mac = ("not-a-mac", gym, login, logout)
        return wrong_mac if draw % 2 else (mac_address, gym, login * 1000, None)
    user_id, device_id, mac_address, time = row
    wrong_mac = (user_id, device_id, mac_address.replace(":", "-"), time)
    return wrong_mac if draw % 2 else (user_id, device_id, mac_address, time * 1000)


def _truncated(value: bytes) -> bytes:
    return value[: len(value) * 2 // 3]


def _not_utf8(value: bytes) -> bytes:
    return value.replace(b'": ', b'\xff": ', 1)


def _id_in_words(value: bytes) -> bytes:
    return re.sub(rb'(_id": )(\d+)', rb'\1"no \2"', value, count=1)


def _milliseconds(value: bytes) -> bytes:
    return re.sub(rb'("time(?:stamp)?": \d+)', rb"\g<1>000", value, count=1)


def _without_id(value: bytes) -> bytes:
    return re.sub(rb'"(?:device|user)_id": \d+, ', b"", value, count=1)


def _boolean_id(value: bytes) -> bytes:
    return re.sub(rb'(_id": )\d+', rb"\1true", value, count=1)


def _implausible(value: bytes) -> bytes:
    return re.sub(rb'("heartrate": )[\d.]+', rb"\g<1>511.0", value, count=1)


def _shouted(value: bytes) -> bytes:
    return re.sub(rb'"action": "\w+"', lambda found: found[0].upper(), value, count=1)
