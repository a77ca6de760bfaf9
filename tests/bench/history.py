"""The same piece added to a long history and to one day: cost follows change."""

import shutil
from pathlib import Path
from statistics import median

from tests.bench.lakes import PIECES, Histories, History
from tests.bench.processes import bytes_of_tables, noting, total
from tests.bench.report import Figure, listed, ratio
from tests.bench.sizes import Bench

Taken = dict[str, dict[str, list[float]]]

# Name, limit, unit, and how many of the measured make one of the unit.
_KINDS = {
    "seconds": ("time of the three jobs", 1.25, "s", 1),
    "read": ("bytes of tables read", 1.1, "MB", 1e6),
    "written": ("bytes rewritten", 1.1, "MB", 1e6),
}


def measure(bench: Bench, lakes: Histories) -> list[Figure]:
    """Add each piece to both lakes, again and again; a piece stays for the next."""
    figures = []
    both = {"long": lakes.long, "short": lakes.short}
    for piece in PIECES:
        taken: Taken = {name: {kind: [] for kind in _KINDS} for name in both}
        for lake in both.values():
            lake.add(piece)
        for run in range(bench.sizes.runs):
            with bench.doing(f"Adding the {piece} piece, run {run + 1} of {bench.sizes.runs}"):
                for name, lake in both.items():
                    _take(lake, piece, bench.folder / "notes", taken[name])
                    bench.tell(f"  {_told(lake.days, taken[name])}")
        for lake in both.values():
            lake.keep()
        figures += [_figure(bench, piece, kind, taken) for kind in _KINDS]
    return figures


def _take(lake: History, piece: str, notes: Path, taken: dict[str, list[float]]) -> None:
    cost = total(lake.take(piece, lake.pieces[piece], *noting(notes)))
    taken["seconds"].append(cost.seconds)
    taken["read"].append(bytes_of_tables(notes))
    taken["written"].append(lake.bytes_written())
    shutil.rmtree(notes)


def _told(days: range, taken: dict[str, list[float]]) -> str:
    parts = [
        f"{taken[kind][-1] / size:.1f} {unit} {kind}" for kind, (_, _, unit, size) in _KINDS.items()
    ]
    return f"to {len(days)} days: {', '.join(parts)}".replace(" seconds", "")


def _figure(bench: Bench, piece: str, kind: str, taken: Taken) -> Figure:
    name, limit, unit, size = _KINDS[kind]
    ours = [value / size for value in taken["long"][kind]]
    beside = [value / size for value in taken["short"][kind]]
    return Figure(
        f"{bench.sizes.piece_readings:,} {piece} readings: {name}",
        f"{median(ours):.1f} {unit} on {bench.sizes.days} days of history",
        f"{median(beside):.1f} {unit} on one day",
        ratio(ours, beside),
        limit,
        runs=f"{listed(ours)} {unit}; on one day {listed(beside)} {unit}",
    )
