"""Load days of archives and bring them to gold, a few of them and many: memory must stay flat.

python -m tests.bench.backfill
"""

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from tests.bench import report
from tests.bench.hour import rows
from tests.bench.processes import Cost, submit
from tests.bench.records import hour, land, opening
from tests.bench.report import Figure
from tests.bench.sizes import Bench, Sizes

from gympulse.errors import GympulseError
from gympulse.lake import Lake
from gympulse.local.errors import LocalProblem
from gympulse.local.settings import ROOT
from gympulse.local.simulator.events import BPM, COLUMNS, Record, landing_csv
from gympulse.local.simulator.profiles import flattened
from gympulse.model.tables import HEART_RATE

# 93 bands send 334,800 readings in an hour, and in 30 such hours 10 million.
DAYS, FEW_DAYS, DEVICES = 30, 3, 93


def archive(lake: Lake, days: Iterable[int], devices: int) -> int:
    """Let each day's hour land as one archive, and logins and registrations as CSV.

    Returns:
        How many readings there are.
    """
    sizes = Sizes(devices=devices, history_devices=devices, piece_devices=0)
    parts = {"opening": iter(flattened(opening(sizes)))}
    parts |= {f"day-{day:02d}": hour(day, devices) for day in days}
    folder = Path(lake.archives)
    folder.mkdir(parents=True)
    count = 0
    for name, records in parts.items():
        landed: list[Record] = []
        with (folder / f"{name}.json").open("w") as file:
            for number, record in enumerate(records):
                if record[0] in COLUMNS:
                    landed.append(record)
                else:
                    file.write(_line(record, number))
                    count += record[0] == BPM
        land({table: landing_csv(table, landed) for table in COLUMNS}, lake, name)
    return count


def _line(record: Record, number: int) -> str:
    topic, key, value = record
    fields = {
        "key": key.decode() if key else None,
        "value": value.decode(),
        "topic": topic,
        "partition": 0,
        "offset": number,
        "timestamp": None,
    }
    return json.dumps(fields) + "\n"


def measure(bench: Bench) -> list[Figure]:
    """Load few days and many, each into a lake of its own."""
    costs: dict[int, Cost] = {}
    readings: dict[int, int] = {}
    for days in (FEW_DAYS, DAYS):
        lake = Lake(str(bench.folder / f"lake-{days}"))
        with bench.doing(f"Writing {days} days of archives"):
            readings[days] = archive(lake, range(days), DEVICES)
        with bench.doing(f"Loading {readings[days]:,} readings"):
            words = ["--lake", lake.root, "--mode", "load_archives", "--reason", "benchmark"]
            script = ROOT / "spark_jobs" / "backfill.py"
            costs[days] = submit(script, [*words, "--no-dry-run"], bench.folder / "load.log")
        found = rows(lake, HEART_RATE)
        if found != readings[days]:
            raise LocalProblem(f"{found:,} of {readings[days]:,} readings came to silver.")
        bench.tell(f"  {costs[days].seconds:.1f} s, {costs[days].peak_bytes / 2**30:.2f} GiB")
    return _figures(costs, readings)


def _figures(costs: dict[int, Cost], readings: dict[int, int]) -> list[Figure]:
    long, short = costs[DAYS], costs[FEW_DAYS]
    of_long, of_short = long.peak_bytes / 2**30, short.peak_bytes / 2**30
    return [
        Figure(
            f"{readings[DAYS]:,} archived readings of {DAYS} days, planned and brought to gold",
            f"{long.seconds:.0f} s",
            f"{short.seconds:.0f} s for {readings[FEW_DAYS]:,} of {FEW_DAYS} days",
            readings[DAYS] / long.seconds,
            None,
            "readings/s",
        ),
        Figure(
            "peak memory of that load, Java and Python",
            f"{of_long:.2f} GiB",
            f"{of_short:.2f} GiB for {FEW_DAYS} days",
            of_long / of_short,
            1.2,
        ),
    ]


def main() -> int:
    """Measure; a failure is a sentence, never a stack trace."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        with tempfile.TemporaryDirectory(prefix="gympulse-bench-") as folder:
            figures = measure(Bench(Sizes(), Path(folder), console))
    except GympulseError as error:
        console.print(str(error), style="red", markup=False)
        return 1
    console.print(report.screen(figures))
    for file in report.write(figures, runs=1, command="bench-backfill"):
        console.print(f"Written to {file}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
