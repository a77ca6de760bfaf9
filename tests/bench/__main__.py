"""Measure the platform, and write the table that the README shows.

python -m tests.bench [hour empty memory rules history usual handover serving] [options]
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from tests.bench import handover, history, hour, report, serving, usual
from tests.bench.lakes import histories
from tests.bench.report import Figure
from tests.bench.sizes import Bench, Sizes
from tests.bench.usual import Usual

from gympulse.errors import GympulseError

MEASURES = ("hour", "empty", "memory", "rules", "history", "usual", "handover", "serving")
_OF_HOUR = ("hour", "empty", "memory", "rules")

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    measures: Annotated[list[str], typer.Argument(help="All unless told.")] = list(MEASURES),  # noqa: B006
    devices: Annotated[int, typer.Option(min=1, help="Bands in the full hour.")] = Sizes.devices,
    days: Annotated[int, typer.Option(min=2, help="Days of history.")] = Sizes.days,
    history_devices: Annotated[
        int, typer.Option(min=0, help="Bands of a day; 0: as many as fit.")
    ] = 0,
    piece_devices: Annotated[int, typer.Option(min=1)] = Sizes.piece_devices,
    runs: Annotated[int, typer.Option(min=1, help="How often each is taken.")] = Sizes.runs,
    folder: Annotated[Path | None, typer.Option(help="Where lakes and logs go.")] = None,
) -> None:
    """Measure; what is measured in full size takes its place in the README's table."""
    unknown = [name for name in measures if name not in MEASURES]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}; known are {', '.join(MEASURES)}")
    began = time.monotonic()
    of_history = history_devices or min(devices, Sizes.history_devices)
    sizes = Sizes(devices, days, of_history, piece_devices, runs)
    with tempfile.TemporaryDirectory(prefix="gympulse-bench-", dir=folder) as place:
        found = _measure(Bench(sizes, Path(place), console), set(measures))
    console.print(report.screen([figure for figures in found.values() for figure in figures]))
    console.print(f"Measured in {(time.monotonic() - began) / 60:.1f} minutes.")
    if sizes != Sizes():
        console.print("Not written: it was measured in another size.")
    elif figures := report.remember(found, MEASURES):
        for file in report.write(figures, runs):
            console.print(f"Written to {file}.")
    else:
        console.print("Not written yet: other measures have never been taken.")


def _measure(bench: Bench, wanted: set[str]) -> dict[str, list[Figure]]:
    found = hour.measure(bench, wanted) if wanted.intersection(_OF_HOUR) else {}
    if wanted & {"history", "usual"}:
        with histories(bench) as lakes:
            # Its lake begins as ours is before anything is added.
            recipe = Usual(bench, lakes.long) if "usual" in wanted else None
            if "history" in wanted:
                found["history"] = history.measure(bench, lakes)
            if recipe:
                found["usual"] = usual.measure(bench, lakes, recipe)
    if "handover" in wanted:
        found["handover"] = handover.measure(bench)
    if "serving" in wanted:
        found["serving"] = serving.measure(bench)
    return found


def main() -> int:
    """Measure; a failure is a sentence, never a stack trace."""
    try:
        app(standalone_mode=False)
    except GympulseError as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except typer.TyperException as error:
        error.show()
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
