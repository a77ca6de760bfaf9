"""Break what the platform stands on, part by part, and report what survived.

python -m chaos [PARTS] [--seed N]
"""

import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from tests import lasting

from chaos import report
from chaos.chaos import Chaos
from chaos.outcome import Check, Outcome
from chaos.parts import ALONE, PARTS
from gympulse.errors import GympulseError
from gympulse.local.settings import ROOT
from gympulse.session import Session

# By what was done, the target of make that does it; what it comes to goes into a document.
_TARGETS = {tuple(PARTS): "chaos", ("load-full",): "chaos-load"}
_DOCUMENTS = {"chaos": "under-fire.md", "chaos-load": "under-load.md"}

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def chaos(
    parts: Annotated[list[str] | None, typer.Argument(help="All unless told.")] = None,
    seed: Annotated[int, typer.Option(help="What is drawn follows from it; 0: any.")] = 0,
    short: Annotated[bool, typer.Option("--short", help="Only see that it works.")] = False,
    to: Annotated[Path, typer.Option(help="Where the report goes.")] = ROOT / "chaos",
    folder: Annotated[Path | None, typer.Option(help="Where lakes and logs go.")] = None,
) -> None:
    """Run the parts one after another; what was done is reported after Ctrl-C too."""
    names = parts or list(PARTS)
    if unknown := sorted(set(names) - set(PARTS | ALONE)):
        raise typer.BadParameter(f"{', '.join(unknown)}; known are {', '.join(PARTS | ALONE)}")
    seed = seed or int(time.time()) % 100_000
    target = _TARGETS.get(tuple(names))
    command = f"make {target or 'chaos'} SEED={seed}"
    command += "" if target else f' PARTS="{" ".join(names)}"'
    console.print(f"`{command}` does the same again.")
    outcomes: list[Outcome] = []
    try:
        _run(names, seed, short, folder, outcomes)
    finally:
        is_whole = target and not short and len(outcomes) == len(names)
        documents = [ROOT / "docs" / _DOCUMENTS[target]] if is_whole else []
        for file in (to / "report.md", *documents):
            report.write(file, command, outcomes)
            console.print(f"Written to {file}.")
    raise typer.Exit(0 if all(outcome.is_held for outcome in outcomes) else 1)


def _run(
    names: list[str], seed: int, short: bool, folder: Path | None, outcomes: list[Outcome]
) -> None:
    lasting.prepare()
    session = Session("chaos")
    with tempfile.TemporaryDirectory(prefix="gympulse-chaos-", dir=folder) as place:
        run = Chaos(seed, Path(place), session, short, _tell)
        try:
            for name in names:
                began = time.monotonic()
                console.rule(name)
                outcome = _outcome(name, run)
                outcome.seconds = time.monotonic() - began
                outcomes.append(outcome)
                console.print(report.screen(outcome))
        finally:
            run.ending.close()
            session.stop()


def _outcome(name: str, run: Chaos) -> Outcome:
    """What came of a part; one that breaks off is missed, and the others are done all the same."""
    try:
        return (PARTS | ALONE)[name](run)
    except Exception as error:
        if not isinstance(error, GympulseError | AssertionError):
            console.print_exception()
        outcome, problem = Outcome(name), f"{type(error).__name__}: {error}"
        outcome.checks.append(Check("it is done to its end", "", problem, "nothing", True))
        return outcome


def _tell(line: str) -> None:
    console.print(f"{datetime.now():%H:%M:%S} {line}", markup=False)


def _ended(number: int, frame: object) -> None:
    """Take SIGTERM as Ctrl-C, after which what was started is ended."""
    raise KeyboardInterrupt


def main() -> int:
    """Run; a failure is a sentence, never a stack trace."""
    signal.signal(signal.SIGTERM, _ended)
    try:
        return app(standalone_mode=False) or 0
    except (GympulseError, AssertionError) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except typer.TyperException as error:
        error.show()
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
