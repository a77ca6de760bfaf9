"""A full hour from Kafka to gold, the hour after it without data, and the memory they take."""

import shutil
from collections.abc import Iterable
from itertools import chain
from statistics import median

from deltalake import DeltaTable
from tests.bench.processes import Cost, bare, jobs, jobs_without_rules, total
from tests.bench.records import Landing, hour, land, opening, send
from tests.bench.report import Figure, listed, ratio, seconds
from tests.bench.sizes import Bench

from gympulse.lake import Lake
from gympulse.local.errors import LocalProblem
from gympulse.local.platform import kafka_broker
from gympulse.model.table import Table
from gympulse.model.tables import HEART_RATE, WORKOUT_BPM_SUMMARY

Costs = dict[str, list]


def measure(bench: Bench, wanted: Iterable[str]) -> dict[str, list[Figure]]:
    """Measure ``hour``, ``empty``, ``memory`` and ``rules``, or those of them that are wanted."""
    sizes, wanted = bench.sizes, set(wanted)
    taken: Costs = {"hour": [], "bare": [], "empty": [], "session": [], "lax": []}
    with kafka_broker(bench.folder / "kafka") as servers:
        with bench.doing(f"Sending an hour of {sizes.hour_readings:,} readings to Kafka"):
            landing = send(servers, chain(opening(sizes), hour(0, sizes.devices)))
        for run in range(sizes.runs):
            with bench.doing(f"The hour, run {run + 1} of {sizes.runs}"):
                _run(bench, servers, landing, taken, wanted)
    figures = {"hour": _hour, "empty": _empty, "memory": _memory, "rules": _rules}
    return {name: [figure(bench, taken)] for name, figure in figures.items() if name in wanted}


def _run(bench: Bench, servers: str, landing: Landing, taken: Costs, wanted: set[str]) -> None:
    """Run ours and what stands beside it once, on a lake of its own."""
    folder = bench.folder / "hour"
    lake, log = Lake(str(folder / "lake")), bench.folder / "hour.log"
    land(landing, lake, "hour")
    taken["hour"].append(jobs(lake, servers, log))
    bench.tell(f"  ours {_told(taken['hour'][-1])}")
    _check(bench, lake)
    if "hour" in wanted:
        taken["bare"].append(bare("bare_parquet.py", [servers, str(folder / "bare")], log))
        bench.tell(f"  bare Spark {taken['bare'][-1].seconds:.1f} s")
    if "empty" in wanted:
        taken["empty"].append(jobs(lake, servers, log))
        taken["session"].append(bare("bare_session.py", [], log))
        bench.tell(f"  without data {_told(taken['empty'][-1])}")
        bench.tell(f"  bare session {taken['session'][-1].seconds:.1f} s")
    if "rules" in wanted:
        lax = Lake(str(folder / "lax"))
        land(landing, lax, "hour")
        taken["lax"].append(jobs_without_rules(lax, servers, log))
        bench.tell(f"  without rules {_told(taken['lax'][-1])}")
        _check(bench, lax)
    shutil.rmtree(folder)


def _told(costs: dict[str, Cost]) -> str:
    parts = ", ".join(f"{layer} {cost.seconds:.1f}" for layer, cost in costs.items())
    return f"{total(costs).seconds:.1f} s ({parts})"


def _check(bench: Bench, lake: Lake) -> None:
    """Do not measure what is not done."""
    expected = {
        HEART_RATE: bench.sizes.hour_readings,
        WORKOUT_BPM_SUMMARY: bench.sizes.devices,
    }
    found = {table: rows(lake, table) for table in expected}
    if found != expected:
        told = ", ".join(f"{t.name} {found[t]:,} of {n:,}" for t, n in expected.items())
        raise LocalProblem(f"The jobs did not bring the hour to gold: {told} rows.")


def rows(lake: Lake, table: Table) -> int:
    """Count the rows of a table."""
    return DeltaTable(lake.path(table)).to_pyarrow_dataset().count_rows()


def _hour(bench: Bench, taken: Costs) -> Figure:
    ours = [total(costs).seconds for costs in taken["hour"]]
    beside = [cost.seconds for cost in taken["bare"]]
    parts = {
        layer: median(costs[layer].seconds for costs in taken["hour"]) for layer in taken["hour"][0]
    }
    told = ", ".join(f"{layer} {value:.1f}" for layer, value in parts.items())
    return Figure(
        f"an hour of {bench.sizes.hour_readings:,} readings, Kafka to gold, three cold jobs",
        f"{seconds(ours)} ({told})",
        f"{seconds(beside)}, a cold Spark that writes the topics as Parquet",
        ratio(ours, beside),
        5,
        runs=f"ours {listed(ours)}; beside it {listed(beside)} s",
    )


def _empty(bench: Bench, taken: Costs) -> Figure:
    ours = [total(costs).seconds for costs in taken["empty"]]
    beside = [cost.seconds for cost in taken["session"]]
    return Figure(
        "an hour without data, three cold jobs",
        seconds(ours),
        f"{seconds(beside)}, start and stop of a plain Spark session",
        ratio(ours, beside),
        4,
        runs=f"ours {listed(ours)}; beside it {listed(beside)} s",
    )


def _rules(bench: Bench, taken: Costs) -> Figure:
    ours = [total(costs).seconds for costs in taken["hour"]]
    beside = [total(costs).seconds for costs in taken["lax"]]
    return Figure(
        "that hour with all that is expected of records looked at",
        seconds(ours),
        f"{seconds(beside)}, with nothing expected",
        ratio(ours, beside),
        1.15,
        runs=f"ours {listed(ours)}; beside it {listed(beside)} s",
    )


def _memory(bench: Bench, taken: Costs) -> Figure:
    peaks = {
        layer: [costs[layer].peak_bytes / 2**30 for costs in taken["hour"]]
        for layer in taken["hour"][0]
    }
    told = ", ".join(f"{layer} {median(values):.2f}" for layer, values in peaks.items())
    return Figure(
        "peak memory of a job on that hour, Java and Python",
        f"{told} GiB",
        "–",
        max(median(values) for values in peaks.values()),
        5,
        "GiB",
        "; ".join(f"{layer} {listed(values, 2)} GiB" for layer, values in peaks.items()),
    )
