"""Tables with a history whose instants a test chooses, and checkpoints of their streams."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from os import utime
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from gympulse.io import schema
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model.table import Table

DAY = timedelta(days=1)
NOW = datetime(2025, 6, 30, tzinfo=UTC)
# Than anything a test writes.
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def add(lake: Lake, table: Table, *numbers: int, mode: str = "append") -> None:
    """Commit rows that numbers tell apart; the table is made if it is missing."""
    schema.create(lake, [table])
    nothing = dict.fromkeys(table.columns)
    rows = [{**nothing, "user_id": n, "workout_id": n, "time": NOW + n * DAY} for n in numbers]
    write_deltalake(lake.path(table), rows_of(table, rows), mode=mode)


def numbers(lake: Lake, table: Table, version: int | None = None) -> list[int]:
    """The numbers of a version's rows."""
    found = DeltaTable(lake.path(table), version=version).to_pyarrow_table(columns=["user_id"])
    return sorted(found["user_id"].to_pylist())


def changes(lake: Lake, table: Table, version: int) -> list[tuple[int, str]]:
    """The numbers of rows that changed since a version, that version's among them, and how."""
    found = pa.table(DeltaTable(lake.path(table)).load_cdf(starting_version=version))
    rows = found.select(["user_id", "_change_type"]).to_pylist()
    return sorted(tuple(row.values()) for row in rows)


def age(lake: Lake, table: Table, first: datetime = NOW - 30 * DAY, step: timedelta = DAY) -> None:
    """Let the versions be committed one step after another, and their files be written then."""
    for whole in Path(lake.path(table), "_delta_log").glob("*.checkpoint.parquet"):
        at = (first + int(whole.name.split(".")[0]) * step).timestamp()
        utime(whole, (at, at))
    for commit in sorted(Path(lake.path(table), "_delta_log").glob("*.json")):
        at = first + int(commit.stem) * step
        lines = [json.loads(line) for line in commit.read_text().splitlines()]
        for line in lines:
            if "commitInfo" in line:
                line["commitInfo"]["timestamp"] = int(at.timestamp() * 1000)
            for name in ("add", "cdc"):
                file = Path(lake.path(table), line.get(name, {}).get("path", "?"))
                if file.exists():
                    utime(file, (at.timestamp(), at.timestamp()))
        commit.write_text("\n".join(map(json.dumps, lines)))


def follow(lake: Lake, table: Table, stream: str, *following: int, finished: int | None = None):
    """Write the checkpoint of a stream of a table: after each batch, the version it reads next."""
    folder = Path(lake.checkpoint(stream))
    table_id = DeltaTable(lake.path(table)).metadata().id
    for number, version in enumerate(following):
        offset = {"reservoirId": table_id, "reservoirVersion": version, "index": -1}
        _write(folder / "offsets" / str(number), ["v1", "{}", json.dumps(offset)])
        if finished is None or number < finished:
            _write(folder / "commits" / str(number), ["v1", "{}"])


def _write(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
