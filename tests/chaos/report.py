"""What was injected, how often, and what survived: for the terminal, and as a document."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table
from tests.bench.report import machine
from tests.bench.tables import in_markdown, on_screen

from chaos.outcome import Check, Outcome

_INJECTED = ("what was done", "how often")
_CHECKED = ("what has to be so", "what was found", "what was spoiled to see it fail", "")


def screen(outcome: Outcome) -> Table:
    """One part's checks, for the terminal."""
    return on_screen(_CHECKED, map(_cells, outcome.checks), _title(outcome))


def write(file: Path, command: str, outcomes: Sequence[Outcome]) -> None:
    """Write the report as Markdown.

    Args:
        file: Where to; it is replaced.
        command: What does the same again.
        outcomes: What was done, and found.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    minutes = sum(outcome.seconds for outcome in outcomes) / 60
    lines = [
        "# Under fire",
        "",
        f"Written by `{command}`, in {minutes:.0f} minutes.",
        machine(),
        "",
        "What is drawn follows from the seed; the moments at which it comes are the clock's.",
        "Each check was made twice: of what the faults had left, and of the same spoiled, to see "
        "that it can fail.",
    ]
    for outcome in outcomes:
        lines += ["", f"## {_title(outcome)}", "", *_part(outcome)]
    file.write_text("\n".join(lines) + "\n")


def _title(outcome: Outcome) -> str:
    return f"{outcome.part.capitalize()} ({outcome.seconds / 60:.1f} minutes)"


def _part(outcome: Outcome) -> Iterator[str]:
    yield in_markdown(_INJECTED, [(what, f"{times:,}") for what, times in outcome.injected.items()])
    yield ""
    yield in_markdown(_CHECKED, map(_cells, outcome.checks))


def _cells(check: Check) -> tuple[str, ...]:
    noticed = check.control if check.is_noticed else f"{check.control}: **not noticed**"
    found = check.problem.replace("\n", " ")[:300] if check.problem else check.found
    return (check.name, found, noticed, "held" if check.is_held else "**missed**")
