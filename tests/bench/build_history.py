"""Fill a lake with days of history through the layers' jobs, in one warm process.

Run as a process of its own, so that its Spark is gone before anything is measured:

    python -m tests.bench.build_history LAKE SERVERS FIRST_DAY END_DAY SIZES
"""

import json
import os
import sys
from contextlib import redirect_stdout
from itertools import chain
from pathlib import Path

from tests.bench.records import day_of_history, land, opening, send
from tests.bench.sizes import Sizes

from gympulse.lake import Lake
from gympulse.layers import run_layer
from gympulse.local.settings import ROOT
from gympulse.model.tables import LAYERS
from gympulse.session import Session
from gympulse.settings import Kafka, Settings

_SETTINGS = ROOT / ".tools" / "spark" / "large.conf"


def main(folder: str, servers: str, first: str, end: str, told: str) -> None:
    """Send a day, run the layers, and go on with the next; print each day done."""
    sizes, lake = Sizes(**json.loads(told)), Lake(folder)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {_SETTINGS} pyspark-shell"
    session, settings = Session("history"), Settings(lake, kafka=Kafka(servers))
    days = range(int(first), int(end))
    for day in days:
        before = opening(sizes) if day == days[0] else []
        land(send(servers, chain(before, day_of_history(day, sizes))), lake, f"day{day}")
        with Path(os.devnull).open("w") as nobody, redirect_stdout(nobody):
            for layer in LAYERS:
                run_layer(layer, settings, session)
        print(day, flush=True)
    session.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
