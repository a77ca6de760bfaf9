"""The records of a measurement: dense hours, pieces of them, and late readings."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from tests.bench.sizes import HOUR, Sizes, hour_of

from gympulse.lake import Lake
from gympulse.local.simulator.dense import dense_hour
from gympulse.local.simulator.events import (
    BPM,
    COLUMNS,
    LOGINS,
    WORKOUT,
    Record,
    landing_csv,
)
from gympulse.local.simulator.faults import LATE_SECONDS
from gympulse.local.simulator.flow import Plan, Simulation
from gympulse.local.simulator.profiles import USER_INFO, flattened
from gympulse.local.simulator.sinks import TOPICS, KafkaSink

SEED, GYMS = 7, 20
LATE_SHARE = 0.01
# The longest delay the simulator knows reaches back so many days.
_LATE_DAYS = int(LATE_SECONDS[1] // 86_400)
_AT_ONCE = 200_000

# By table of the registration database: a landing file's text.
Landing = dict[str, str]
# Device and second of a reading.
Key = tuple[int, int]


def opening(sizes: Sizes) -> list[Record]:
    """All registrations and profiles up to the end of what is measured."""
    end = hour_of(sizes.days + 2)
    return Simulation(Plan(SEED, sizes.members, GYMS), until=end).opening(end)


def hour(day: int, devices: int, first: int = 0) -> Iterator[Record]:
    """A day's dense hour of the members from ``first`` on, ``devices`` of them."""
    start, count = hour_of(day), first + devices
    records = dense_hour(count, start=start, seed=SEED, gyms=GYMS, opening=False)
    if not first:
        return records
    chosen = Simulation(Plan(SEED, count, GYMS), until=start).members[first:]
    worn = [member.registration_at(start) for member in chosen]
    names = {
        BPM: {b"%d" % each.device_id for each in worn},
        WORKOUT: {b"%d" % member.user_id for member in chosen},
        LOGINS: {each.mac_address for each in worn},
    }
    return (each for each in records if (each[1] or each[2][0]) in names[each[0]])


@dataclass(frozen=True)
class Late:
    """Readings that come late into the measured hour, by their number within their own hour.

    Their delays are drawn as the simulator draws them: evenly by the logarithm, from two
    minutes to three days. Where the hour they belong to is over, they are taken from the
    last days of history, which was sent without them.
    """

    of_days: dict[int, frozenset[int]]
    of_hour: frozenset[int]

    @classmethod
    def of(cls, sizes: Sizes) -> "Late":
        """Draw the late readings; the same for the same sizes."""
        rng = np.random.default_rng(SEED)
        count = int(sizes.hour_readings * LATE_SHARE)
        delays = np.exp(rng.uniform(*np.log(LATE_SECONDS), count))
        old = int((rng.uniform(0, HOUR, count) < delays).sum())
        days = range(max(0, sizes.days - _LATE_DAYS), sizes.days)
        each = min(old // len(days), sizes.history_devices * HOUR)
        kept = count - each * len(days)
        return cls(
            {day: _choose(rng, sizes.history_devices * HOUR, each) for day in days},
            _choose(rng, sizes.hour_readings, kept),
        )


def _choose(rng: np.random.Generator, of: int, count: int) -> frozenset[int]:
    return frozenset(rng.choice(of, count, replace=False).tolist())


def without(
    records: Iterable[Record], late: frozenset[int], held: list[Record]
) -> Iterator[Record]:
    """Give the records but the late readings, which are added to ``held``."""
    number = -1
    for record in records:
        number += record[0] == BPM
        if record[0] == BPM and number in late:
            held.append(record)
        else:
            yield record


def day_of_history(day: int, sizes: Sizes) -> Iterator[Record]:
    """A day's records, without the readings that come late into the measured hour."""
    late = Late.of(sizes).of_days.get(day, frozenset())
    return without(hour(day, sizes.history_devices), late, [])


@dataclass(frozen=True)
class HeldBack:
    """Readings that come late.

    Attributes:
        records: Their records.
        keys: Device and second of each.
        exercising: Those of them that belong to a workout.
    """

    records: list[Record]
    keys: set[Key]
    exercising: set[Key]


def held_back(day: int, devices: int, late: frozenset[int]) -> HeldBack:
    """Give the late readings of a day's hour, by their numbers."""
    readings: list[Record] = []
    rest = without(hour(day, devices), late, readings)
    told = [json.loads(value) for target, _, value in rest if target == WORKOUT]
    sessions = {(each["user_id"], each["action"]): each["timestamp"] for each in told}
    members = Simulation(Plan(SEED, devices, GYMS), until=hour_of(day)).members
    users = {each.registration_at(hour_of(day)).device_id: each.user_id for each in members}
    parsed = [json.loads(value) for _, _, value in readings]
    keys = {(each["device_id"], each["time"]) for each in parsed}
    exercising = {
        (device, second)
        for device, second in keys
        if sessions[users[device], "start"] < second <= sessions[users[device], "stop"]
    }
    return HeldBack(readings, keys, exercising)


def send(servers: str, records: Iterable[Record]) -> Landing:
    """Send events to Kafka; give the other records as the texts of landing files.

    Replay: sends them again, as duplicates.
    """
    sink, rows = KafkaSink(servers), []
    records = iter(records)
    while some := list(islice(records, _AT_ONCE)):
        some = flattened(some)
        for topic in (*TOPICS, USER_INFO):
            if its := [record for record in some if record[0] == topic]:
                sink.send(topic, its)
        rows += [record for record in some if record[0] in COLUMNS]
    sink.flush()
    return {table: landing_csv(table, rows) for table in COLUMNS}


def land(landing: Landing, lake: Lake, name: str) -> None:
    """Let the files land whole in a lake's landing folders.

    Replay: replaces them by the same.
    """
    for table, text in landing.items():
        folder = Path(lake.landing(table))
        folder.mkdir(parents=True, exist_ok=True)
        hidden = folder / f".{name}.csv"
        hidden.write_text(text)
        hidden.rename(folder / f"{name}.csv")
