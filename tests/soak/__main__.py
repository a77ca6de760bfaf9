"""Run hour after hour, and see that what they take and leave stays bounded.

python -m tests.soak --runs 217
"""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from tests.soak import report
from tests.soak.judging import EARLY, LAST, WHOLE, are_enough, is_judged, judge
from tests.soak.running import MAINTENANCE, Soak

from gympulse.errors import GympulseError
from gympulse.local.platform import kafka_broker
from gympulse.local.settings import ROOT

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def soak(
    runs: Annotated[int, typer.Option(min=1, help="Hours.")] = WHOLE,
    bands: Annotated[int, typer.Option(min=1, help="Bands that send each second.")] = 3,
    one_process: Annotated[
        bool, typer.Option("--one-process", help="One process an hour, instead of three.")
    ] = False,
    warm: Annotated[
        bool, typer.Option("--warm", help="Hours whose time does not count share a process.")
    ] = False,
    maintained_every: Annotated[
        int, typer.Option(min=0, help="Runs between maintenance; 0: none.")
    ] = 24,
    to: Annotated[Path, typer.Option(help="Where the report goes.")] = ROOT / "soak",
    folder: Annotated[
        Path | None, typer.Option(help="Where lake and broker stay; a soak that is there goes on.")
    ] = None,
) -> None:
    """Run so many hours, and report; what is measured is reported after Ctrl-C too."""
    if maintained_every and not MAINTENANCE.exists():
        console.print(f"Without maintenance: there is no {MAINTENANCE}.", style="yellow")
    with _place(folder) as place, kafka_broker(place / "kafka") as servers:
        hours = Soak(place, servers, bands, one_process, maintained_every)
        try:
            _run(hours, runs, warm)
        finally:
            hours.end()
            is_bounded = _report(hours, to)
    raise typer.Exit(0 if is_bounded else 1)


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="gympulse-soak-") as place:
        yield Path(place)


def _run(hours: Soak, runs: int, warm: bool) -> None:
    began = time.monotonic()
    with console.status("") as status:
        for number in range(len(hours.taken) + 1, runs + 1):
            status.update(f"run {number} of {runs}, {(time.monotonic() - began) / 60:.0f} min")
            taken = hours.run(is_timed=not warm or is_judged(number, runs))
            console.print(report.line(taken), markup=False)
        status.update("verification")
        console.print(f"Silver and gold are what bronze comes to ({hours.verify():.1f} s).")


def _report(hours: Soak, to: Path) -> bool:
    """Write what was measured, and say whether it stayed bounded."""
    taken = hours.taken
    if not taken:
        return True
    verdicts = judge(taken) if are_enough(len(taken)) else []
    files = report.write(to, taken, verdicts)
    if len(taken) >= WHOLE:
        files.append(report.write_readme(taken, verdicts))
    for file in files:
        console.print(f"Written to {file}.")
    if not verdicts:
        console.print(f"Not judged: that takes {EARLY[-1] + LAST} runs, and {len(taken)} were.")
        return True
    console.print(report.screen(verdicts))
    missed = [verdict for verdict in verdicts if not verdict.is_held]
    for verdict in missed:
        console.print(str(verdict), style="red", markup=False)
    return not missed


def _interrupted(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Soak; a failure is a sentence, never a stack trace."""
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        return app(standalone_mode=False) or 0
    except GympulseError as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except typer.TyperException as error:
        error.show()
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
