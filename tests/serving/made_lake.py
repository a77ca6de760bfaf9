"""A lake of made gold, silver and ops tables: seeded, of any size, written without Spark.

Its tables hold what people look at; they do not follow from one another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from gympulse.io.schema import arrow_schema, create
from gympulse.lake import Lake
from gympulse.model import tables
from gympulse.model.table import Table

FIRST_DAY = date(2025, 1, 6)
_MICROS = 1_000_000
_DAY = 86_400 * _MICROS
_EPOCH_DAY = date(1970, 1, 1)


@dataclass(frozen=True)
class Size:
    """How much there is.

    Attributes:
        members: Members; each has a phone and a wearable.
        days: Days from ``FIRST_DAY`` on.
        gyms: Gyms.
        workouts_a_week: Workouts of one member in a week, on the average.
        days_a_file: Days that one file of a table holds, as maintenance leaves them.
        measured: One workout in so many has its readings in silver.
    """

    members: int = 60
    days: int = 28
    gyms: int = 3
    workouts_a_week: float = 3.0
    days_a_file: int = 7
    measured: int = 1


def make(lake: Lake, size: Size, seed: int = 7) -> None:
    """Make all of a lake's tables, and fill those that people look at."""
    create(lake, tables.TABLES.values())
    random = np.random.default_rng(seed)
    for first in range(0, size.days, size.days_a_file):
        days = range(first, min(first + size.days_a_file, size.days))
        for table, rows in _stretch(random, size, days):
            append(lake, table, rows)
    if size.days:
        write_ops(lake, size)


def append(lake: Lake, table: Table, columns: dict[str, object]) -> None:
    """Add rows, given by column; a column not given is null."""
    schema = arrow_schema(table)
    count = len(next(iter(columns.values())))
    arrays = [
        pa.nulls(count, field.type)
        if field.name not in columns
        else pa.array(columns[field.name]).cast(field.type)
        for field in schema
    ]
    write_deltalake(lake.path(table), pa.table(arrays, schema=schema), mode="append")


def _stretch(
    random: np.random.Generator, size: Size, days: range
) -> Iterator[tuple[Table, dict[str, object]]]:
    count = int(size.members * len(days) * size.workouts_a_week / 7)
    workouts = _workouts(random, size, days, count)
    abnormal = random.random(count) < 0.04
    yield tables.WORKOUT_BPM_SUMMARY, workouts
    yield tables.ABNORMAL_HEART_RATES, _abnormal(random, workouts, abnormal)
    yield tables.WORKOUT_BPM, _readings(random, workouts, size.measured)
    yield tables.GYM_SUMMARY, _stays(random, size, days)
    yield tables.GYM_OCCUPANCY, _occupancy(random, size, days)


def _workouts(
    random: np.random.Generator, size: Size, days: range, count: int
) -> dict[str, object]:
    day = np.sort(random.integers(days.start, days.stop, count))
    start = _instant(day) + random.integers(5 * 3600, 21 * 3600, count) * _MICROS
    user = random.integers(1, size.members + 1, count)
    average = np.round(random.normal(128, 14, count).clip(80, 175), 3)
    return {
        "user_id": user,
        "workout_id": random.integers(1, 9, count),
        # Names the workout beside the others of its member on that day.
        "session_id": np.arange(count),
        "start_time": start,
        "end_time": start + random.integers(20 * 60, 90 * 60, count) * _MICROS,
        "date": _dates(day),
        "age_band": _or_null(user, 11, np.array(["18-25", "25-35", "35-45", "45-55"])[user % 4]),
        "sex": _or_null(user, 7, np.array(["F", "M"])[user % 2]),
        "city": np.array(["Boston", "São Paulo", "Nowhere, <b>Kansas</b>"])[user % 3],
        "state": np.array(["MA", "SP", "KS"])[user % 3],
        "num_records": random.integers(1, 4000, count),
        "min_bpm": np.round(average * 0.6, 3),
        "avg_bpm": average,
        "max_bpm": np.round(average * 1.25, 3),
    }


def _abnormal(
    random: np.random.Generator, workouts: dict[str, object], chosen: np.ndarray
) -> dict[str, object]:
    table = tables.ABNORMAL_HEART_RATES
    rows = {name: pa.array(v).filter(pa.array(chosen)) for name, v in workouts.items()}
    kept = {name: rows[name] for name in table.columns if name in rows}
    count = int(chosen.sum())
    kind = random.integers(0, 3, count)
    above = np.where(kind == 0, random.integers(61, 900, count), 0).astype(float)
    resting = np.where(kind == 1, random.integers(61, 900, count), 0).astype(float)
    jumps = np.where(kind == 2, random.integers(1, 9, count), 0)
    return kept | {
        "age_years": np.full(count, 50),
        "predicted_max_bpm": np.full(count, 170.0),
        "above_max_seconds": above,
        "resting_seconds": resting,
        "jump_count": jumps,
        "severity": np.round(above / 60 * 5 + resting / 60 + jumps, 6),
    }


def _readings(
    random: np.random.Generator, workouts: dict[str, object], measured: int
) -> dict[str, object]:
    """A reading a minute, rising and falling."""
    chosen = np.arange(len(workouts["user_id"])) % measured == 0
    start, end = workouts["start_time"][chosen], workouts["end_time"][chosen]
    counts = (end - start) // (60 * _MICROS)
    place = np.concatenate([np.arange(1, count + 1) for count in counts] or [np.array([], int)])
    share = place / np.repeat(counts, counts)
    columns = {name: np.repeat(workouts[name][chosen], counts) for name in _SESSION}
    rate = 80 + 70 * np.sin(share * np.pi) + random.normal(0, 3, len(place))
    return columns | {
        "device_id": columns["user_id"] + 100_000,
        "time": np.repeat(start, counts) + place * 60 * _MICROS,
        "heartrate": np.round(rate.clip(20, 250), 2),
    }


_SESSION = ("user_id", "workout_id", "session_id", "start_time", "end_time")


def _stays(random: np.random.Generator, size: Size, days: range) -> dict[str, object]:
    # A phone is in a gym on a day once.
    visits = random.random((len(days), size.members)) < size.workouts_a_week / 7
    day, member = np.nonzero(visits)
    count = len(day)
    minutes = np.round(random.uniform(20, 120, count), 2)
    busy = random.random(count) < 0.8
    return {
        "gym_id": (member + day) % size.gyms + 1,
        "mac_address": [f"02:00:00:{m >> 16:02x}:{m >> 8 & 255:02x}:{m & 255:02x}" for m in member],
        "date": _dates(day + days.start),
        "workouts": [[int(m) % 8 + 1] if b else [] for m, b in zip(member, busy, strict=True)],
        "minutes_in_gym": minutes,
        "minutes_exercising": np.where(busy, np.round(minutes * 0.6, 2), 0.0),
    }


def _occupancy(random: np.random.Generator, size: Size, days: range) -> dict[str, object]:
    day, gym, hour = (
        each.ravel()
        for each in np.meshgrid(days, np.arange(1, size.gyms + 1), np.arange(6, 22), indexing="ij")
    )
    people = random.integers(1, 30, len(day)) + np.where((hour > 16) & (hour < 20), 15, 0)
    peak = np.ceil(people * 0.7).astype(int)
    minutes = np.round(peak * random.uniform(20, 50, len(day)), 2)
    return {
        "gym_id": gym,
        "date": _dates(day),
        "hour": hour,
        "visit_count": np.maximum(people - 1, 0),
        "visitor_count": people,
        "peak_count": peak,
        "minutes_in_gym": minutes,
        "minutes_exercising": np.round(minutes * 0.7, 2),
    }


def write_ops(lake: Lake, size: Size) -> None:
    """Write two days of runs, their ledger, a quarantine, what is not expected, operations."""
    end = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(days=size.days)
    for back in range(48, 0, -1):
        write_run(lake, end - timedelta(hours=back), f"run-{back}")
    append(
        lake,
        tables.QUARANTINE,
        {
            "source": ["kafka_multiplex"] * 3 + ["gym_logins"],
            "source_id": ["bpm/0/1", "bpm/0/2", "bpm/0/3", "2025.csv:7"],
            "rule": ["heart_rate_range", "heart_rate_range", "unparseable", "mac_address"],
            "status": ["open", "open", "released", "open"],
            "payload": ['{"heartrate": 900}', "<img src=x onerror=alert(1)>", "{", "not a mac"],
            "quarantined_at": [end] * 4,
        },
    )
    append(
        lake,
        tables.QUALITY,
        {
            "table": ["heart_rate", "heart_rate", "gym_logs"],
            "rule": ["clock_ahead", "clock_ahead", "long_visit"],
            "consequence": ["warn"] * 3,
            "unexpected": [3, 4, 5],
            "found_at": [end - timedelta(hours=each) for each in (2, 3, 30)],
        },
    )
    append(
        lake,
        tables.OPERATIONS,
        {
            "operation_id": ["backfill/1"] * 2,
            "phase": ["plan", "result"],
            "job": ["backfill"] * 2,
            "mode": ["restate"] * 2,
            "operator": ["<b>Ann</b>"] * 2,
            "reason": ["A band counted double"] * 2,
            "is_dry_run": [False] * 2,
            "outcome": ["planned", "done"],
            "finished_at": [end - timedelta(hours=2), end - timedelta(hours=1)],
        },
    )
    found = {"operation_id": ["verify/1"], "phase": ["result"], "finished_at": [end]}
    append(lake, tables.OPERATIONS, found | {"job": ["verify"], "outcome": ["equal"]})
    append(
        lake,
        tables.COMPARISONS,
        {
            "operation_id": ["verify/1"] * 2,
            "phase": ["result"] * 2,
            "table": ["gold_db.gym_summary", "gold_db.workout_bpm_summary"],
            "rows_expected": [100, 200],
            "missing": [0, 1],
            "extra": [0, 0],
            "different": [0, 2],
            "finished_at": [end] * 2,
        },
    )


def write_run(lake: Lake, began: datetime, run_id: str) -> None:
    """Write that an hourly run of each layer has finished."""
    layers = ("bronze", "silver", "gold")
    append(
        lake,
        tables.LAYER_RUNS,
        {
            "run_id": [run_id] * 3,
            "layer": layers,
            "began_at": [began + timedelta(minutes=place) for place in range(3)],
            "complete_through": [began] * 3,
            "finished_at": [began + timedelta(minutes=place, seconds=40) for place in range(3)],
        },
    )
    append(
        lake,
        tables.LEDGER,
        {
            "run_id": [run_id] * 3,
            "layer": layers,
            "table": ["kafka_multiplex", "heart_rate", "gym_summary"],
            "inserted": [1000, 980, 50],
            "superseding": [0, 5, 10],
            "duplicate": [3, 10, 0],
            "quarantined": [0, 2, 0],
            "finished_at": [began + timedelta(minutes=place, seconds=40) for place in range(3)],
        },
    )


def _instant(day: np.ndarray) -> np.ndarray:
    return (day + (FIRST_DAY - _EPOCH_DAY).days) * _DAY


def _dates(day: np.ndarray) -> pa.Array:
    return pa.array((day + (FIRST_DAY - _EPOCH_DAY).days).astype(np.int32)).cast(pa.date32())


def _or_null(user: np.ndarray, every: int, values: np.ndarray) -> pa.Array:
    return pa.array(values.tolist(), mask=user % every == 0)
