"""The REST API over three years of 10,000 members: beside plain DuckDB, and a tenth of that."""

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from statistics import quantiles
from subprocess import Popen
from typing import Any

import duckdb
import httpx
import pyarrow.parquet as pq
from deltalake import DeltaTable
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed
from tests.bench.report import Figure
from tests.bench.sizes import Bench
from tests.serving.made_lake import FIRST_DAY, Size, make

from gympulse.lake import Lake
from gympulse.local.ports import free_ports
from gympulse.model import tables
from gympulse.model.table import Table
from gympulse.serving.limits import KEY_VARIABLE

YEARS, MEMBERS, GYMS, REQUESTS = 3, 10_000, 40, 100
# One workout in so many has its readings, one a minute: all of them would be a billion rows.
_MEASURED = 50


@dataclass(frozen=True)
class Question:
    """A request, and the same in plain SQL.

    Attributes:
        path: Path and query.
        sql: The same question; ``{}`` stands for all files of the table.
        table: The table.
    """

    path: str
    sql: str
    table: Table


Ask = Callable[[Random, Lake, int], Question]


def measure(bench: Bench) -> list[Figure]:
    """Ask both lakes, each beside plain DuckDB, in turns."""
    days = YEARS * 365
    lakes = {}
    for name, of in (("long", days), ("short", days // 10)):
        lakes[name] = Lake(str(bench.folder / f"serving-{name}"))
        with bench.doing(f"Making {of} days of {MEMBERS:,} members"):
            make(lakes[name], Size(MEMBERS, of, GYMS, measured=_MEASURED))
    with _served(lakes["long"]) as long, _served(lakes["short"]) as short:
        both = Lakes(long, short)
        return [
            figure
            for endpoint, ask in ENDPOINTS.items()
            for figure in _of_endpoint(bench, endpoint, ask, both)
        ]


def _of_endpoint(bench: Bench, endpoint: str, ask: Ask, lakes: "Lakes") -> list[Figure]:
    days = YEARS * 365
    asked = [ask(Random(i), lakes.long.lake, days) for i in range(REQUESTS)]
    fewer = [ask(Random(i), lakes.short.lake, days // 10) for i in range(REQUESTS)]
    took: dict[str, list[float]] = {"ours": [], "plain": [], "short": []}
    with bench.doing(f"Asking {endpoint}"):
        # The first round warms all three.
        for one, other in zip(asked * 4, fewer * 4, strict=True):
            took["ours"].append(_seconds(lakes.long.get, one))
            took["plain"].append(_seconds(lakes.long.plainly, one))
            took["short"].append(_seconds(lakes.short.get, other))
    p95 = {name: quantiles(times[REQUESTS:], n=20)[-1] for name, times in took.items()}
    return [
        Figure(
            f"`{endpoint}`: p95 of {REQUESTS} requests, beside DuckDB's own of the same questions",
            _ms(p95["ours"]),
            _ms(p95["plain"]),
            p95["ours"] / p95["plain"],
            3,
        ),
        Figure(
            f"`{endpoint}`: p95 over {YEARS} years, beside a tenth of them",
            _ms(p95["ours"]),
            _ms(p95["short"]),
            p95["ours"] / p95["short"],
            1.3,
        ),
    ]


def _seconds(ask: Callable[[Question], Any], question: Question) -> float:
    began = time.perf_counter()
    ask(question)
    return time.perf_counter() - began


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


class Served:
    """A lake that answers, by the command that people use and by DuckDB itself.

    DuckDB knows which files are a table's and no more.
    """

    def __init__(self, lake: Lake, client: httpx.Client) -> None:
        self.lake, self._client = lake, client
        self._database = duckdb.connect()
        self._files = {
            table: DeltaTable(lake.path(table)).file_uris()
            for table in (*tables.GOLD, tables.WORKOUT_BPM, tables.LAYER_RUNS)
        }

    def get(self, question: Question) -> None:
        """Ask over HTTP."""
        self._client.get(question.path).raise_for_status()

    def plainly(self, question: Question) -> None:
        """Ask DuckDB."""
        sql = question.sql.format("read_parquet(?)")
        self._database.execute(sql, [self._files[question.table]]).fetchall()


@dataclass(frozen=True)
class Lakes:
    """All of the history, and a tenth of it."""

    long: Served
    short: Served


@contextmanager
def _served(lake: Lake) -> Iterator[Served]:
    port, key = free_ports().airflow, secrets.token_hex(16)
    command = [sys.executable, "-m", "gympulse.serving", "--lake", lake.root]
    command += ["--port", str(port), "--rate", "1000000/minute"]
    server = Popen(command, env=os.environ | {KEY_VARIABLE: key})
    address, sent = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {key}"}
    try:
        with httpx.Client(base_url=address, headers=sent, timeout=60) as client:
            Retrying(
                retry=retry_if_exception_type(httpx.TransportError),
                stop=stop_after_delay(60),
                wait=wait_fixed(0.2),
            )(client.get, "/health")
            yield Served(lake, client)
    finally:
        server.terminate()
        server.wait()


def _dates(random: Random, days: int, length: int) -> tuple[str, str]:
    first = FIRST_DAY + timedelta(days=random.randrange(days - length))
    return str(first), str(first + timedelta(days=length - 1))


def _between(random: Random, days: int, length: int) -> tuple[str, str]:
    """A range of dates as a query and as a condition."""
    first, last = _dates(random, days, length)
    return f"from_date={first}&to_date={last}", f"date BETWEEN '{first}' AND '{last}'"


def _workouts(random: Random, _: Lake, days: int) -> Question:
    """The newest page, a week's hardest workouts, or a member's month."""
    table, newest = tables.WORKOUT_BPM_SUMMARY, "start_time DESC, user_id, workout_id, session_id"
    if random.random() < 0.3:
        return Question(
            "/workout-bpm-summary", f"SELECT * FROM {{}} ORDER BY {newest} LIMIT 101", table
        )
    user = random.randrange(1, MEMBERS + 1)
    if random.random() < 0.5:
        query, dates = _between(random, days, 7)
        order = "max_bpm DESC, user_id, workout_id, session_id, start_time"
        sql = f"SELECT * FROM {{}} WHERE {dates} ORDER BY {order} LIMIT 101"
        return Question(f"/workout-bpm-summary?{query}&sort=-max_bpm", sql, table)
    query, dates = _between(random, days, 31)
    sql = f"SELECT * FROM {{}} WHERE user_id = {user} AND {dates} ORDER BY {newest} LIMIT 101"
    return Question(f"/workout-bpm-summary?{query}&user_id={user}", sql, table)


def _stays(random: Random, _: Lake, days: int) -> Question:
    """The newest page, or a gym's week."""
    order = "date DESC, gym_id, mac_address"
    if random.random() < 0.3:
        sql = f"SELECT * FROM {{}} ORDER BY {order} LIMIT 101"
        return Question("/gym-summary", sql, tables.GYM_SUMMARY)
    (query, dates), gym = _between(random, days, 7), random.randrange(1, GYMS + 1)
    sql = f"SELECT * FROM {{}} WHERE gym_id = {gym} AND {dates} ORDER BY {order} LIMIT 101"
    return Question(f"/gym-summary?{query}&gym_id={gym}", sql, tables.GYM_SUMMARY)


def _occupancy(random: Random, _: Lake, days: int) -> Question:
    """A gym's month."""
    (query, dates), gym = _between(random, days, 28), random.randrange(1, GYMS + 1)
    order = "date DESC, hour DESC, gym_id"
    sql = f"SELECT * FROM {{}} WHERE gym_id = {gym} AND {dates} ORDER BY {order} LIMIT 1001"
    return Question(f"/gym-occupancy?{query}&gym_id={gym}&limit=1000", sql, tables.GYM_OCCUPANCY)


def _abnormal(random: Random, _: Lake, days: int) -> Question:
    """A month's most severe."""
    query, dates = _between(random, days, 28)
    order = "severity DESC, user_id, workout_id, session_id, start_time"
    sql = f"SELECT * FROM {{}} WHERE {dates} ORDER BY {order} LIMIT 101"
    return Question(
        f"/abnormal-heart-rates?{query}&sort=-severity", sql, tables.ABNORMAL_HEART_RATES
    )


def _curve(random: Random, lake: Lake, _: int) -> Question:
    """One workout's readings."""
    file = random.choice(DeltaTable(lake.path(tables.WORKOUT_BPM)).file_uris())
    sessions = pq.read_table(file, columns=_SESSION)
    chosen = sessions.slice(random.randrange(len(sessions)), 1).to_pylist()[0]
    chosen["start_time"] = chosen["start_time"].isoformat().replace("+00:00", "Z")
    where = " AND ".join(f"{name} = '{value}'" for name, value in chosen.items())
    return Question(
        f"/workouts/{'/'.join(str(value) for value in chosen.values())}/bpm",
        f"SELECT device_id, time, heartrate FROM {{}} WHERE {where} ORDER BY time, device_id",
        tables.WORKOUT_BPM,
    )


_SESSION = ["user_id", "workout_id", "session_id", "start_time"]


def _freshness(*_: object) -> Question:
    """How far the layers are."""
    sql = "SELECT layer, max(complete_through), max(finished_at) FROM {} GROUP BY layer"
    return Question("/freshness", sql, tables.LAYER_RUNS)


ENDPOINTS = {
    "/workout-bpm-summary": _workouts,
    "/gym-summary": _stays,
    "/gym-occupancy": _occupancy,
    "/abnormal-heart-rates": _abnormal,
    "/workouts/…/bpm": _curve,
    "/freshness": _freshness,
}
