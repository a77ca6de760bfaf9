"""The table: what was measured, beside what, and whether it holds its limit."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil
from rich.table import Table
from tests.bench.tables import in_markdown, on_screen

from gympulse.local.java import java_command
from gympulse.local.settings import ROOT
from gympulse.readme import with_part

FIGURES = Path(__file__).with_name("results.json")
README = ROOT / "README.md"
COLUMNS = ("measure", "Gympulse", "beside it", "figure", "at most", "")


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        measure: What was measured.
        ours: What the platform took, in words.
        beside: What stands beside it took, in words.
        value: The figure that the limit is about.
        limit: At most so much; None where there is none.
        unit: Of the figure and the limit; the times sign stands for a ratio.
        runs: What the medians are of, in words.
    """

    measure: str
    ours: str
    beside: str
    value: float
    limit: float | None
    unit: str = "×"
    runs: str = ""

    @property
    def is_held(self) -> bool:
        """Whether the limit is held, as it is shown: to two decimals."""
        return self.limit is None or round(self.value, 2) <= self.limit

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's cells, in the order of ``COLUMNS``."""
        limit = "–" if self.limit is None else f"{self.limit:g} {self.unit}"
        held = "" if self.limit is None else "held" if self.is_held else "**missed**"
        return (self.measure, self.ours, self.beside, self._value, limit, held)

    @property
    def _value(self) -> str:
        digits = 0 if float(self.value).is_integer() and self.unit != "×" else 2
        return f"{self.value:,.{digits}f} {self.unit}"


def seconds(values: Sequence[float]) -> str:
    """The median of seconds, in words."""
    return f"{median(values):.1f} s"


def listed(values: Sequence[float], digits: int = 1) -> str:
    """Values in the order in which they were taken."""
    return ", ".join(f"{value:.{digits}f}" for value in values)


def ratio(ours: Sequence[float], beside: Sequence[float]) -> float:
    """The median of ours, measured by the median of what stands beside it."""
    return median(ours) / median(beside)


def machine() -> str:
    """The machine and what ran on it, in one sentence."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    told = subprocess.run([java_command(), "-version"], capture_output=True, text=True, check=True)
    java = re.search(r'version "([^"]+)"', told.stderr)
    return (
        f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB of memory; "
        f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Java {java[1] if java else '?'}, "
        f"Python {platform.python_version()}, Spark {version('pyspark')}, "
        f"Delta {version('delta-spark')}, Airflow {version('apache-airflow')}."
    )


def remember(measures: Mapping[str, Sequence[Figure]], order: Sequence[str]) -> list[Figure] | None:
    """Keep what was measured in full size; a measure takes the place of its last.

    Args:
        measures: Figures by the measure that gave them.
        order: All measures there are.

    Returns:
        The figures of all measures; None while one has never been measured here.
    """
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    kept |= {name: [asdict(figure) for figure in figures] for name, figures in measures.items()}
    FIGURES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    if set(kept) < set(order):
        return None
    return [Figure(**figure) for name in order for figure in kept[name]]


def markdown(figures: Sequence[Figure], runs: int, command: str) -> str:
    """The table, with the machine above it."""
    return (
        f"Measured by `make {command}` on {datetime.now(UTC):%Y-%m-%d}"
        f"{f': medians of {runs}' if runs > 1 else ''}.\n"
        f"{machine()}\n\n{in_markdown(COLUMNS, (figure.cells for figure in figures))}\n"
    )


def screen(figures: Sequence[Figure]) -> Table:
    """The table, for the terminal."""
    return on_screen(COLUMNS, (figure.cells for figure in figures))


def write(figures: Sequence[Figure], runs: int, command: str = "bench") -> list[Path]:
    """Write the table to the command's file here, and between its marks in the README.

    Args:
        figures: What was measured.
        runs: How often each was taken.
        command: ``bench`` or ``bench-backfill``, as `make` knows it.

    Returns:
        The files written.

    Replay: replaces the tables that are there.
    """
    text = markdown(figures, runs, command)
    results = Path(__file__).with_name(f"{command}.md")
    details = "".join(f"- {each.measure}: {each.runs}\n" for each in figures if each.runs)
    results.write_text(f"# Benchmark\n\n{text}\nSingle runs:\n\n{details}")
    README.write_text(with_part(README.read_text(), command, text))
    return [results, README]
