"""Run hour after hour, and see that what they take and leave stays bounded.

python -m tests.soak --runs 217
"""

import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from tests.soak import notes, report
from tests.soak.judging import EARLY, LAST, WHOLE, are_enough, is_judged, judge
from tests.soak.running import MAINTENANCE, Soak

from gympulse.errors import GympulseError
from gympulse.local.platform import kafka_broker
from gympulse.local.settings import ROOT

# The folder of the lake that the old one's last runs stand beside.
YOUNG = "young"

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
    how = (bands, one_process, maintained_every)
    with _place(folder) as place:
        try:
            with _lake(place, *how) as old, _later(_lake(place / YOUNG, *how)) as young:
                _run(old, young, runs, warm)
        finally:
            is_bounded = _report(place, to)
    raise typer.Exit(0 if is_bounded else 1)


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="gympulse-soak-") as place:
        yield Path(place)


@contextmanager
def _lake(place: Path, bands: int, one_process: bool, maintained_every: int) -> Iterator[Soak]:
    """A lake with a broker of its own."""
    place.mkdir(parents=True, exist_ok=True)
    with kafka_broker(place / "kafka") as servers:
        hours = Soak(place, servers, bands, one_process, maintained_every)
        try:
            yield hours
        finally:
            hours.end()


@contextmanager
def _later(lake: AbstractContextManager[Soak]) -> Iterator[Callable[[], Soak]]:
    """A lake that is there when it is first asked for."""
    with ExitStack() as started:
        yield cache(lambda: started.enter_context(lake))


def _run(old: Soak, young: Callable[[], Soak], runs: int, warm: bool) -> None:
    began = time.monotonic()
    with console.status("") as status:
        for number in range(len(old.taken) + 1, runs + 1):
            status.update(f"run {number} of {runs}, {(time.monotonic() - began) / 60:.0f} min")
            is_timed = is_judged(number, runs)
            console.print(report.line(old.run(not warm or is_timed)), markup=False)
            if is_timed:
                _grow(young(), EARLY[0] + number - (runs - LAST))
        if are_enough(runs):
            _grow(young(), EARLY[-1])
        status.update("verification")
        console.print(f"Silver and gold are what bronze comes to ({old.verify():.1f} s).")


def _grow(young: Soak, to: int) -> None:
    """Run the young lake up to a run."""
    for number in range(len(young.taken) + 1, to + 1):
        console.print(f"young: {report.line(young.run(number in EARLY))}", markup=False)


def _report(place: Path, to: Path) -> bool:
    """Write what was measured, and say whether it stayed bounded."""
    taken, young = notes.kept(place), notes.kept(place / YOUNG)
    if not taken:
        return True
    verdicts = judge(taken, young) if are_enough(len(taken)) else []
    files = report.write(to, taken, verdicts, young)
    if len(taken) >= WHOLE and len(young) >= EARLY[-1]:
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
