"""What was measured, as a table of all runs, a short text and a chart."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots
from rich.table import Table
from tests.bench.report import README, machine
from tests.bench.tables import in_markdown, on_screen
from tests.soak.judging import LIMIT, Verdict
from tests.soak.measuring import Taken

from gympulse.readme import with_part

_COLUMNS = ("measure", "early runs", "last runs", "figure", "")


def line(run: Taken) -> str:
    """A run in one line."""
    jobs = ", ".join(f"{name} {work.seconds:.1f}" for name, work in run.jobs.items())
    seconds, cpu, started = (
        sum(getattr(work, kind) or 0 for work in run.jobs.values())
        for kind in ("seconds", "cpu_seconds", "startup_seconds")
    )
    files = sum(size.files for size in run.tables.values())
    kept = sum(size.kept_bytes for size in run.tables.values()) / 1e6
    told = f"run {run.number}: "
    if jobs:
        told += f"{seconds:.1f} s ({jobs}), processor {cpu:.1f} s, start-up {started:.1f} s, "
    told += f"{files:,} files, {kept:.1f} MB"
    return told + (f"; maintenance {run.maintenance.seconds:.1f} s" if run.maintenance else "")


def screen(verdicts: Sequence[Verdict]) -> Table:
    """The verdicts, for the terminal."""
    return on_screen(_COLUMNS, map(_cells, verdicts))


def write(
    folder: Path, taken: Sequence[Taken], verdicts: Sequence[Verdict], young: Sequence[Taken] = ()
) -> list[Path]:
    """Write all measurements as CSV, the verdicts as Markdown, and a chart of the runs.

    Args:
        folder: Where to.
        taken: All runs.
        verdicts: What was found of them.
        young: The runs of the lake that time is held against; measurements only.

    Replay: replaces the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in ("measurements.csv", "soak.md", "soak.html")]
    with files[0].open("w", newline="") as writing:
        rows = csv.writer(writing)
        rows.writerow(("lake", "run", "what", "name", "measure", "value"))
        for lake, runs in (("old", taken), ("young", young)):
            rows.writerows((lake, *row) for run in runs for row in _rows(run))
    files[1].write_text(_markdown(taken, verdicts))
    _chart(taken).write_html(files[2], include_plotlyjs=True)
    return files


def write_readme(taken: Sequence[Taken], verdicts: Sequence[Verdict]) -> Path:
    """Put the verdicts between the README's marks; of measures of tables the one that grew most.

    Replay: replaces what is there.
    """
    rows = [_most_grown(list(of)) for _, of in groupby(verdicts, lambda each: each.what)]
    warm = sum(not run.jobs for run in taken)
    how = f", {warm} of them in one process" if warm else ""
    text = (
        f"Measured by `make soak` on {datetime.now(UTC):%Y-%m-%d}, {len(taken)} hours{how}; "
        f"at most {LIMIT} times as much is expected.\n{machine()}\n\n"
        f"{in_markdown(_COLUMNS, rows)}\n"
    )
    README.write_text(with_part(README.read_text(), "soak", text))
    return README


def _most_grown(verdicts: list[Verdict]) -> tuple[str, ...]:
    """The cells of the one that comes nearest to its limit, or exceeds it most."""
    most = max(verdicts, key=lambda each: (not each.is_held, each.late > each.enough, each.ratio))
    measure, *cells = _cells(most)
    tables = f"; of {len(verdicts)} tables the one that grew most" if most.table else ""
    return (measure + tables, *cells)


def _cells(verdict: Verdict) -> tuple[str, ...]:
    held = "held" if verdict.is_held else "**missed**"
    return (verdict.measure, verdict.before, verdict.after, f"{verdict.ratio:.2f} ×", held)


def _rows(run: Taken) -> Iterator[tuple]:
    worked = run.jobs | ({"maintenance": run.maintenance} if run.maintenance else {})
    for what, measured in (("job", worked), ("table", run.tables)):
        for name, each in measured.items():
            for measure, value in asdict(each).items():
                yield run.number, what, name, measure, value
    yield run.number, "checkpoints", "all", "files", run.checkpoint_files
    yield run.number, "checkpoints", "all", "bytes", run.checkpoint_bytes


def _markdown(taken: Sequence[Taken], verdicts: Sequence[Verdict]) -> str:
    shown = in_markdown(_COLUMNS, map(_cells, verdicts))
    judged = f"At most {LIMIT} times as much is expected.\n\n{shown}" if verdicts else ""
    return f"# Soak\n\n{len(taken)} hourly runs in a row. {machine()}\n{judged}\n"


def _chart(taken: Sequence[Taken]) -> go.Figure:
    """Time by job, files of the fullest partitions, and bytes kept beyond the data, by run."""
    titles = ("seconds of the jobs", "files of a table's fullest partition", "MB beyond the data")
    chart = make_subplots(3, 1, shared_xaxes=True, subplot_titles=titles)
    numbers = [run.number for run in taken]
    for name in dict.fromkeys(name for run in taken for name in run.jobs):
        for kind, of in (("time", "seconds"), ("processor", "cpu_seconds")):
            values = [name in run.jobs and getattr(run.jobs[name], of) or None for run in taken]
            chart.add_scatter(x=numbers, y=values, name=f"{name}, {kind}", row=1, col=1)
    for name in taken[-1].tables:
        of_table = [run.tables.get(name) for run in taken]
        files = [size and size.fullest for size in of_table]
        beyond = [size and (size.kept_bytes - size.data_bytes) / 1e6 for size in of_table]
        for row, values in ((2, files), (3, beyond)):
            told = {"name": name, "legendgroup": name, "showlegend": row == 2}
            chart.add_scatter(x=numbers, y=values, row=row, col=1, **told)
    return chart.update_layout(height=1100, title="Soak")
