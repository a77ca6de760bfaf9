"""The same hour on a long history by the usual recipe: its time, and what it loses."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import median

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from tests.bench.lakes import Histories, History, Kept
from tests.bench.processes import Cost, bare_with_delta, total
from tests.bench.records import HeldBack, Key, Landing, Late, held_back, hour, send, without
from tests.bench.report import Figure, listed, ratio
from tests.bench.sizes import Bench

from gympulse.model.tables import HEART_RATE, LAYERS, WORKOUT_BPM

RECIPE = "usual_recipe.py"


class Usual(Kept):
    """The usual recipe's lake, with the history of ours."""

    def __init__(self, bench: Bench, history: History) -> None:
        """Copy the history as it is before any piece is added."""
        super().__init__(bench.folder / "usual")
        self._history, self._log = history, bench.folder / "usual.log"
        history.restore()
        with bench.doing("Copying the history for the usual recipe"):
            self._submit("seed", f"{history.lake.root}/sbit-managed-{history.lake.env}")

    def catch_up(self) -> None:
        """Take in the pieces that history has gained: they set its watermark.

        A watermark drops late rows from the second batch after it on, so that the pieces
        come in several.
        """
        self._land(self._history.pieces)
        self._run(bronze=[self._history.offsets_before_pieces], silver=["3"])
        self.keep()

    def take(self, landing: Landing) -> dict[str, Cost]:
        """Run the recipe over the state kept and an hour."""
        self.restore()
        self._land({"hour": landing})
        return self._run()

    def path(self, table: str) -> str:
        """Where a table lies."""
        return f"{self.lake.root}/tables/{table}"

    def _run(self, **words: list[str]) -> dict[str, Cost]:
        told = {**words, "bronze": [self._history.servers, *words.get("bronze", [])]}
        return {layer: self._submit(layer, *told.get(layer, [])) for layer in LAYERS}

    def _submit(self, step: str, *words: str) -> Cost:
        # Settings are part of what is compared: the usual recipe has Spark's own.
        return bare_with_delta(RECIPE, [step, self.lake.root, *words], self._log)

    def _land(self, landings: dict[str, Landing]) -> None:
        for name, landing in landings.items():
            for table, text in landing.items():
                folder = Path(self.lake.root, "data", table)
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{name}.csv").write_text(text)


def measure(bench: Bench, lakes: Histories, usual: Usual) -> list[Figure]:
    """Let both take the same hour, in turns, and count what each has of the late readings."""
    if not lakes.long.pieces:
        lakes.long.add("new")
        lakes.long.take("new", lakes.long.pieces["new"])
        lakes.long.keep()
    with bench.doing("The usual recipe catches up with the history"):
        usual.catch_up()
    with bench.doing("Sending the hour with its late readings"):
        landing, late = _send(bench, lakes.long)
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for run in range(bench.sizes.runs):
        with bench.doing(f"The hour on history, run {run + 1} of {bench.sizes.runs}"):
            ours.append(total(lakes.long.take("hour", landing)))
            bench.tell(f"  ours {ours[-1].seconds:.1f} s")
            theirs.append(total(usual.take(landing)))
            bench.tell(f"  the usual recipe {theirs[-1].seconds:.1f} s")
    return [_time(bench, ours, theirs), *_losses(lakes.long, usual, late)]


def _send(bench: Bench, history: History) -> tuple[Landing, list[HeldBack]]:
    """Send the hour; its late readings, and those of earlier days, come last."""
    sizes, late = bench.sizes, Late.of(bench.sizes)
    day = sizes.days + 1
    parts = [held_back(each, sizes.history_devices, its) for each, its in late.of_days.items()]
    parts.append(held_back(day, sizes.devices, late.of_hour))
    on_time = without(hour(day, sizes.devices), late.of_hour, [])
    return send(history.servers, chain(on_time, *(part.records for part in parts))), parts


def _time(bench: Bench, ours: list[Cost], theirs: list[Cost]) -> Figure:
    our_seconds, their_seconds = [c.seconds for c in ours], [c.seconds for c in theirs]
    return Figure(
        f"that hour with 1% late readings, on {bench.sizes.days} days of history",
        f"{median(our_seconds):.1f} s",
        f"{median(their_seconds):.1f} s, the usual recipe with Spark's own settings",
        ratio(our_seconds, their_seconds),
        0.6,
        runs=f"ours {listed(our_seconds)}; the usual recipe {listed(their_seconds)} s",
    )


def _losses(history: History, usual: Usual, late: list[HeldBack]) -> list[Figure]:
    sent = {
        HEART_RATE: set().union(*(part.keys for part in late)),
        WORKOUT_BPM: set().union(*(part.exercising for part in late)),
    }
    figures = []
    for table, keys in sent.items():
        ours = len(keys) - found(history.lake.path(table), keys)
        theirs = len(keys) - found(usual.path(table.short_name), keys)
        figures.append(
            Figure(
                f"late readings lost in {table.name}, of {len(keys):,}",
                f"{ours:,}",
                f"{theirs:,} ({theirs / len(keys):.0%}), the usual recipe",
                ours,
                0,
                "lost",
            )
        )
    return figures


def found(path: str, keys: Iterable[Key]) -> int:
    """Count the readings that a table has."""
    devices, seconds = zip(*keys, strict=True)
    times = [datetime.fromtimestamp(second, UTC) for second in seconds]
    wanted = pa.table({"device_id": devices, "time": pa.array(times, pa.timestamp("us", "UTC"))})
    rows = DeltaTable(path).to_pyarrow_dataset()
    with duckdb.connect() as database:
        database.register("wanted", wanted)
        database.register("rows", rows)
        query = "SELECT count(*) FROM wanted SEMI JOIN rows USING (device_id, time)"
        return database.execute(query).fetchone()[0]
