"""Lakes that something has gone wrong in."""

import shutil
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from gympulse.lake import Lake
from gympulse.model.tables import (
    ABNORMAL_HEART_RATES,
    GOLD,
    GYM_OCCUPANCY,
    GYM_SUMMARY,
    WORKOUT_BPM_SUMMARY,
)
from gympulse.session import Session
from gympulse.settings import Rules
from oracle.compare import read_rows
from oracle.histories import PlacedBatch
from streams.runs import Broker, Runner

OTHER_RULES = Rules(max_heartrate=120.0, min_session_seconds=1200, max_session_seconds=7200)
Rows = dict[str, list[tuple]]
# A column of each table that can be another.
SPOILT = {
    WORKOUT_BPM_SUMMARY: "num_records",
    GYM_SUMMARY: "minutes_in_gym",
    GYM_OCCUPANCY: "peak_count",
    ABNORMAL_HEART_RATES: "jump_count",
}


def filled(
    lake: Lake, broker: Broker, session: Session, rules: Rules, batches: list[PlacedBatch]
) -> Runner:
    """A lake after its jobs under some rules."""
    runner = Runner(lake, broker, session, rules)
    for batch in batches:
        runner.receive(batch)
    runner.run()
    return runner


def lose_checkpoints(lake: Lake) -> None:
    """Leave no more of each than files begun, as Spark writes them before it names them."""
    # The file of Kafka's topics is none of them.
    for checkpoint in [
        each for each in Path(lake.checkpoint("x")).parent.iterdir() if each.is_dir()
    ]:
        shutil.rmtree(checkpoint)
        for begun in (".metadata.a.tmp", "offsets/.0.b.tmp", "commits/.0.c.tmp"):
            path = checkpoint / begun
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("v1\n{")


def gold(lake: Lake) -> Rows:
    """All rows of gold."""
    return {table.name: sorted(read_rows(lake, table.name), key=repr) for table in GOLD}


def spoilt(lake: Lake) -> Rows:
    """Lose each table's first row, and give every other row another value.

    Returns:
        The rows as they were.
    """
    before = gold(lake)
    assert set(SPOILT) == set(GOLD)
    for table, column in SPOILT.items():
        rows = DeltaTable(lake.path(table)).to_pyarrow_table().slice(1)
        at = rows.schema.get_field_index(column)
        others = pa.array([value + 1 for value in rows[column].to_pylist()])
        write_deltalake(
            lake.path(table), rows.set_column(at, rows.schema.field(at), others), mode="overwrite"
        )
    return before
