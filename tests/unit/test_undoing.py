"""What is recorded of batches that are undone goes; what people have decided stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import write_deltalake
from made_chain import Chain

from gympulse.io import schema, undoing
from gympulse.io.ops import rows_of
from gympulse.model.tables import (
    COMPLETED_WORKOUTS,
    GOLD,
    HEART_RATE,
    LAYER_RUNS,
    LEDGER,
    QUALITY,
    QUARANTINE,
    SILVER,
    USERS,
    WORKOUTS,
)

AT = datetime(2025, 3, 1, 10, tzinfo=UTC)
BEFORE, AFTER = AT - timedelta(minutes=1), AT + timedelta(minutes=1)
WHOLE = (*SILVER, *GOLD)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path)


def rows(chain: Chain, table, *columns: str) -> list[tuple]:
    found = chain.table(table).to_pyarrow_table().to_pylist()
    return sorted(tuple(row[name] for name in columns) for row in found)


def test_batches_runs_and_findings_of_later_go(chain):
    """Of the tables and the layers concerned; what a finding of a run says is of what came."""
    for table, layer in (("heart_rate", "silver"), ("users", "silver"), ("kafka_multiplex", "x")):
        for at in (BEFORE, AT, AFTER):
            chain.gain(LEDGER, table=table, layer=layer, stream=str(at), finished_at=at)
    for layer in ("bronze", "silver", "gold"):
        for at in (AT, AFTER):
            chain.gain(LAYER_RUNS, layer=layer, run_id=str(at), finished_at=at)
    for stream, at in (("s", BEFORE), ("s", AFTER), ("r", AFTER)):
        chain.gain(QUALITY, table="heart_rate", run_id="r", stream=stream, found_at=at)

    for _ in range(2):
        undoing.undo_records(chain.lake, [HEART_RATE], ["silver", "gold"], AT)
        assert rows(chain, LEDGER, "table", "finished_at") == [
            ("heart_rate", BEFORE),
            ("heart_rate", AT),
            ("kafka_multiplex", BEFORE),
            ("kafka_multiplex", AT),
            ("kafka_multiplex", AFTER),
            ("users", BEFORE),
            ("users", AT),
            ("users", AFTER),
        ]
        assert rows(chain, LAYER_RUNS, "layer", "finished_at") == [
            ("bronze", AT),
            ("bronze", AFTER),
            ("gold", AT),
            ("silver", AT),
        ]
        assert rows(chain, QUALITY, "stream", "found_at") == [("r", AFTER), ("s", BEFORE)]


def entry(chain: Chain, name: str, status: str, at: datetime | None = None, **values) -> None:
    """Let the quarantine say of a record what it says from now on."""
    told = {"source": "kafka_multiplex", "topic": "bpm", "rule": "bad_heartrate", **values}
    key = {"source_id": name, "source": told["source"], "rule": told["rule"]}
    table = chain.table(QUARANTINE)
    present = table.to_pyarrow_table().to_pylist()
    others = [row for row in present if any(row[k] != value for k, value in key.items())]
    row = dict.fromkeys(QUARANTINE.columns) | told | key | {"status": status, "decided_at": at}
    write_deltalake(table, rows_of(QUARANTINE, [*others, row]), mode="overwrite")


def undo(chain: Chain, version: int, *tables) -> list[tuple]:
    """The entries afterwards; doing it again writes nothing."""
    undoing.undo_quarantine(chain.lake, tables, version, AT)
    done = chain.table(QUARANTINE).version()
    undoing.undo_quarantine(chain.lake, tables, version, AT)
    assert chain.table(QUARANTINE).version() == done
    return rows(chain, QUARANTINE, "source_id", "status")


def test_entries_are_as_they_were_but_for_what_people_have_decided(chain):
    for name in ("stays open", "is cured", "is released", "is discarded", "is erased"):
        entry(chain, name, "open")
    entry(chain, "was released", "released", BEFORE)
    entry(chain, "was cured", "cured", BEFORE)
    version = chain.table(QUARANTINE).version()
    entry(chain, "is cured", "cured", AFTER)
    entry(chain, "is released", "released", AFTER)
    entry(chain, "is discarded", "discarded", AFTER)
    entry(chain, "was cured", "open")
    entry(chain, "is new", "open")
    entry(chain, "is new and discarded", "discarded", AFTER)
    kept = chain.table(QUARANTINE).to_pyarrow_table()
    left = kept.filter([name != "is erased" for name in kept["source_id"].to_pylist()])
    write_deltalake(chain.table(QUARANTINE), left, mode="overwrite")

    assert undo(chain, version, *WHOLE) == [
        ("is cured", "open"),
        ("is discarded", "discarded"),
        ("is new and discarded", "discarded"),
        ("is released", "released"),
        ("stays open", "open"),
        ("was cured", "cured"),
        ("was released", "released"),
    ]


@pytest.mark.parametrize(
    ("tables", "gone"),
    [
        pytest.param(WHOLE, {"bpm", "workout", "line", "session", "archive", "both"}, id="all"),
        pytest.param([USERS], set(), id="none of a table that sets nothing aside"),
        pytest.param([HEART_RATE], {"bpm", "archive"}, id="one topic, by its topic or its rule"),
        pytest.param([WORKOUTS], {"workout"}, id="another, whose rule others have too"),
        pytest.param([COMPLETED_WORKOUTS], {"session"}, id="a computed table"),
    ],
)
def test_only_entries_of_the_tables_concerned_go(chain, tables, gone):
    """Lines that are no records are of no table, and a rule of several tables tells nothing."""
    version = chain.table(QUARANTINE).version()
    told = {
        "bpm": {},
        "workout": {"topic": "workout", "rule": "bad_user_id"},
        "line": {"source": "gym_logins", "topic": None, "rule": "bad_gym"},
        "session": {"source": "completed_workouts", "topic": None, "rule": "session_too_long"},
        "archive": {"topic": None},
        "both": {"topic": None, "rule": "bad_user_id"},
        "stray": {"topic": None, "rule": "unknown_topic"},
    }
    for name, values in told.items():
        entry(chain, name, "open", **values)

    left = {(name, "open") for name in told if name not in gone}
    assert undo(chain, version, *tables) == sorted(left)


def test_entries_of_a_table_with_fewer_columns_are_taken(chain):
    """The quarantine has gained columns since."""
    entry(chain, "is cured", "open")
    older = chain.table(QUARANTINE).to_pyarrow_table().drop_columns(["decided_by", "reason"])
    write_deltalake(chain.table(QUARANTINE), older, mode="overwrite", schema_mode="overwrite")
    version = chain.table(QUARANTINE).version()
    schema.follow(chain.lake, [QUARANTINE])
    entry(chain, "is cured", "cured", AFTER)

    assert undo(chain, version, *WHOLE) == [("is cured", "open")]
