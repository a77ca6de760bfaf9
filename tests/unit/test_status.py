"""How far the platform is, as it is told, from a lake without Spark."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from deltalake import write_deltalake
from rich.console import Console
from rich.table import Table as Grid

from gympulse import status
from gympulse.errors import SourceAway
from gympulse.io.ops import rows_of
from gympulse.io.schema import create
from gympulse.lake import Lake
from gympulse.model.ops import FOLDED
from gympulse.model.table import Table
from gympulse.model.tables import LAYER_RUNS, LEDGER, OPERATIONS, QUALITY, QUARANTINE
from gympulse.serving.limits import Limits
from gympulse.serving.reading import Server
from gympulse.settings import Kafka

NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with the tables of ops, empty."""
    lake = Lake(str(tmp_path))
    create(lake, (LAYER_RUNS, LEDGER, OPERATIONS, QUALITY, QUARANTINE))
    return lake


def told(grid: Grid) -> list[str]:
    """A grid's lines, without the spaces that only align."""
    screen = StringIO()
    Console(file=screen, width=200).print(grid)
    return [" ".join(line.split()) for line in screen.getvalue().splitlines() if line.strip()]


def shown(lake: Lake, view: str) -> list[str]:
    """A view's lines."""
    return told(status.of_view(Server(lake, Limits()), view))


def write(lake: Lake, table: Table, *rows: dict) -> None:
    """Add rows; what they do not name is null."""
    whole = [dict.fromkeys(table.columns) | row for row in rows]
    write_deltalake(lake.path(table), rows_of(table, whole), mode="append")


def read_up_to(lake: Lake, offsets: dict) -> None:
    """Let bronze have read a topic so far."""
    for folder, line in (("offsets", json.dumps(offsets)), ("commits", "{}")):
        path = Path(lake.checkpoint("kafka_multiplex"), folder, "0")
        path.parent.mkdir(parents=True)
        path.write_text("v1\n{}\n" + line)


def run(layer: str, through: datetime | None, finished: datetime) -> dict:
    return {"layer": layer, "complete_through": through, "finished_at": finished}


def test_layers(lake: Lake) -> None:
    hour = timedelta(hours=1)
    runs = [run("bronze", NOW - hour, NOW), run("bronze", NOW - 2 * hour, NOW - hour)]
    write(lake, LAYER_RUNS, *runs, run("silver", None, NOW))
    rows = told(status.freshness_of(Server(lake, Limits())))
    assert rows[0] == "Freshness (UTC)"
    assert rows[-3:] == [
        "bronze 2026-03-30 11:00 2026-03-30 12:00",
        "silver 2026-03-30 12:00",
        "gold",
    ]


def test_topics(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        status, "end_offsets", lambda kafka: {"bpm": {0: 7, 1: 5}, "workout": {0: 2}}
    )
    write(lake, LAYER_RUNS, run("bronze", NOW - timedelta(seconds=90), NOW))
    read_up_to(lake, {"bpm": {"0": 4, "1": 5}, "workout": {"0": 2}})
    rows = told(status.topics(lake, Kafka("b:1"), NOW))
    assert rows[-2:] == ["bpm 3 90", "workout 0"]


def test_kafka_away(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(kafka: Kafka) -> dict:
        raise SourceAway("Kafka", "b:1", "timed out")

    monkeypatch.setattr(status, "end_offsets", away)
    rows = " ".join(told(status.topics(lake, Kafka("b:1"), NOW)))
    assert rows.startswith("Topics: Kafka at b:1 does not answer (timed out).")


def test_what_stands_for_many_batches_is_of_no_hour(lake: Lake) -> None:
    counts = {"inserted": 1, "superseding": 0, "duplicate": 0, "quarantined": 0}
    batch = {"finished_at": NOW, "layer": "silver", "run_id": "a", **counts}
    write(lake, LEDGER, batch, {**batch, "run_id": FOLDED, "inserted": 1000})
    assert shown(lake, "platform-rows")[-1] == "2026-03-30 12:00 silver 1 0 0 0"


def test_set_aside(lake: Lake) -> None:
    entry = {"source": "kafka_multiplex", "rule": "bad_time", "status": "open"}
    write(lake, QUARANTINE, entry, entry, {**entry, "status": "cured"})
    assert shown(lake, "platform-quarantine")[-2:] == [
        "kafka_multiplex bad_time cured 1",
        "kafka_multiplex bad_time open 2",
    ]


def test_quality(lake: Lake) -> None:
    """Of the last day before the last batch."""
    found = {"table": "heart_rate", "rule": "clock_ahead", "consequence": "warn"}
    rows = [
        {**found, "unexpected": n, "found_at": NOW - timedelta(hours=n)} for n in (1, 2, 23, 24)
    ]
    write(lake, QUALITY, *rows)
    write(lake, LEDGER, {"finished_at": NOW})
    assert shown(lake, "platform-quality")[-1] == "2026-03-30 11:00 heart_rate clock_ahead warn 26"


def test_operations(lake: Lake) -> None:
    """Each by its last phase, the newest first."""
    plan = {"operation_id": "a", "job": "backfill", "phase": "plan", "outcome": "planned"}
    result = {
        **plan,
        "phase": "result",
        "outcome": "done",
        "operator": "[b]Ann[/x]",
        "is_dry_run": False,
    }
    other = {**plan, "operation_id": "b", "is_dry_run": True}
    at = (NOW - timedelta(hours=n) for n in (3, 1, 2))
    write(
        lake,
        OPERATIONS,
        *(row | {"finished_at": at} for row, at in zip((plan, result, other), at, strict=True)),
    )
    assert shown(lake, "platform-operations")[-2:] == [
        "2026-03-30 11:00 backfill [b]Ann[/x] no done a",
        "2026-03-30 10:00 backfill yes planned b",
    ]


def test_a_lake_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert status.main(["--lake", str(tmp_path / "none")]) == 0
    assert "Last operations" in capsys.readouterr().out
    assert status.main([]) == 1
    assert capsys.readouterr().err.startswith("--lake is missing")
