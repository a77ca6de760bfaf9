"""Where batches begin and end, from checkpoints as Spark writes them, and the gaps between them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake

from gympulse.io import schema
from gympulse.io.checkpoints import Checkpoint
from gympulse.io.ops import rows_of
from gympulse.io.positions import Gap, gaps, names_of, of_tables, of_topics
from gympulse.lake import Lake
from gympulse.model.tables import LEDGER, USERS, WORKOUTS

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with two tables and an empty ledger."""
    lake = Lake(str(tmp_path))
    schema.create(lake, [USERS, WORKOUTS, LEDGER])
    return lake


@pytest.fixture
def checkpoint(tmp_path: Path):
    """Write the offsets of a stream's batches: ``checkpoint(batches, begun)``."""
    folder = tmp_path / "checkpoint"

    def planned(*batches, begun=None) -> Checkpoint:
        lines = {f"offsets/{n}": ["{}", *map(json.dumps, of)] for n, of in enumerate(batches)}
        if begun is not None:
            lines["sources/0/0"] = [json.dumps(begun)]
        for name, of in lines.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(["v1", *("-" if line == "null" else line for line in of)]))
        return Checkpoint(str(folder))

    return planned


@pytest.mark.parametrize(
    ("batch_id", "expected"),
    [
        pytest.param(
            0, ('{"bpm": {"0": 3, "1": 0}}', '{"bpm": {"0": 5, "1": 2}}'), id="the first batch"
        ),
        pytest.param(
            1,
            ('{"bpm": {"0": 5, "1": 2}}', '{"bpm": {"0": 5, "1": 12}}'),
            id="the next begins where it ends",
        ),
        pytest.param(
            2,
            (
                '{"bpm": {"0": 5, "1": 12, "2": 0}, "workout": {"0": 0}}',
                '{"bpm": {"0": 6, "1": 12, "2": 4}, "workout": {"0": 9}}',
            ),
            id="new partitions begin at 0",
        ),
        pytest.param(3, (None, None), id="a batch that was not planned"),
    ],
)
def test_positions_in_topics(checkpoint, batch_id, expected):
    found = checkpoint(
        [{"bpm": {"1": 2, "0": 5}}],
        [{"bpm": {"1": 12, "0": 5}}],
        [{"workout": {"0": 9}, "bpm": {"2": 4, "1": 12, "0": 6}}],
        begun={"bpm": {"0": 3, "1": 0}},
    )

    assert of_topics(found, batch_id) == expected


def test_where_the_beginning_is_unknown_the_position_is(checkpoint):
    assert of_topics(checkpoint([{"bpm": {"0": 5}}]), 0) == (None, None)


@pytest.mark.parametrize(
    ("batch_id", "expected"),
    [
        (0, ({"silver_db.users": 0, "silver_db.workouts": 0}, {"silver_db.users": 2})),
        (1, ({"silver_db.users": 2}, {"silver_db.workouts": {"version": 3, "file": 19}})),
        (2, ({"silver_db.workouts": {"version": 3, "file": 19}}, {"silver_db.workouts": 4})),
        (3, None),
    ],
)
def test_positions_in_tables(lake, checkpoint, batch_id, expected):
    """Sources are known by their tables' ids; one that was not read yet is at version 0."""

    def at(table, version, index=-1):
        id_ = DeltaTable(lake.path(table)).metadata().id
        return {"reservoirId": id_, "reservoirVersion": version, "index": index}

    batches = [
        [None, at(USERS, 2)],
        [at(WORKOUTS, 3, 18), at(USERS, 2)],
        [at(WORKOUTS, 4), at(USERS, 2)],
    ]
    names = names_of(lake, [USERS, WORKOUTS])
    begin, end = of_tables(checkpoint(*batches), batch_id, names)

    if expected is None:
        assert (begin, end) == (None, None)
        return
    others = {"silver_db.users": 2, "silver_db.workouts": 0}
    wanted = tuple(others | place for place in expected)
    assert (json.loads(begin), json.loads(end)) == wanted


def entered(lake: Lake, *batches: tuple) -> None:
    """Write batches to the ledger: table, stream, number, where it begins and ends."""
    rows = [
        dict.fromkeys(LEDGER.columns)
        | {
            "table": table,
            "stream": stream,
            "batch_id": number,
            "position_from": begin and json.dumps(begin),
            "position_to": end and json.dumps(end),
            "finished_at": NOON + timedelta(hours=hour),
        }
        for hour, (table, stream, number, begin, end) in enumerate(batches)
    ]
    write_deltalake(lake.path(LEDGER), rows_of(LEDGER, rows), mode="append")


def bpm(*offsets: int) -> dict:
    return {"bpm": {str(number): offset for number, offset in enumerate(offsets)}}


KAFKA, SILVER = "kafka_multiplex", "heart_rate"


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        pytest.param([], [], id="an empty ledger"),
        pytest.param(
            [(KAFKA, "a", 0, bpm(0), bpm(9)), (KAFKA, "a", 1, bpm(9), bpm(11))],
            [],
            id="one begins where the other ends",
        ),
        pytest.param(
            [(KAFKA, "a", 1, bpm(9), bpm(11)), (KAFKA, "a", 0, bpm(0), bpm(9))],
            [],
            id="also where the clock was put back between them",
        ),
        pytest.param(
            [(KAFKA, "a", 0, bpm(0, 0), bpm(9, 1)), (KAFKA, "a", 1, bpm(9, 2), bpm(11, 3))],
            [Gap(KAFKA, "a", 1, "bpm/1", 1, 2)],
            id="one that begins later leaves a gap",
        ),
        pytest.param(
            [(KAFKA, "a", 0, bpm(0), bpm(9)), (KAFKA, "a", 1, bpm(8), bpm(11))],
            [Gap(KAFKA, "a", 1, "bpm/0", 9, 8)],
            id="nor may one of the same stream begin earlier",
        ),
        pytest.param(
            [
                (KAFKA, "a", 0, bpm(0), bpm(9)),
                (KAFKA, "a", 1, bpm(9), bpm(11)),
                (KAFKA, "a", 3, bpm(12), bpm(13)),
            ],
            [Gap(KAFKA, "a", 3, "bpm/0", 11, 12)],
            id="a batch is missing",
        ),
        pytest.param(
            [(KAFKA, "a", 0, bpm(0), bpm(9)), (KAFKA, "a", 1, bpm(9, 0), bpm(9, 4))],
            [],
            id="a partition that was added begins at 0",
        ),
        pytest.param(
            [(KAFKA, "a", 0, bpm(0), bpm(9)), (KAFKA, "a", 1, bpm(9, 1), bpm(9, 4))],
            [Gap(KAFKA, "a", 1, "bpm/1", 0, 1)],
            id="and leaves a gap if it does not",
        ),
        pytest.param(
            [(KAFKA, "a", 0, bpm(3), bpm(9)), (KAFKA, "b", 0, bpm(7), bpm(12))],
            [],
            id="another stream may begin earlier",
        ),
        pytest.param(
            [
                (KAFKA, "a", 0, bpm(0, 0), bpm(9, 9)),
                (KAFKA, "b", 0, bpm(9), bpm(12)),
                (KAFKA, "c", 0, bpm(12, 11), bpm(12, 12)),
            ],
            [Gap(KAFKA, "c", 0, "bpm/1", 9, 11)],
            id="but not later than any before it has read",
        ),
        pytest.param(
            [
                (
                    SILVER,
                    "a",
                    0,
                    {"bronze_db.kafka_multiplex": 0},
                    {"bronze_db.kafka_multiplex": 5},
                ),
                (
                    SILVER,
                    "a",
                    1,
                    {"bronze_db.kafka_multiplex": 6},
                    {"bronze_db.kafka_multiplex": 7},
                ),
                (
                    SILVER,
                    "b",
                    0,
                    {"bronze_db.kafka_multiplex": 9},
                    {"bronze_db.kafka_multiplex": 9},
                ),
            ],
            [Gap(SILVER, "a", 1, "bronze_db.kafka_multiplex", 5, 6)],
            id="versions of tables likewise, within a stream",
        ),
        pytest.param(
            [(KAFKA, "a", 0, None, None), (KAFKA, "a", 1, bpm(9), bpm(11))],
            [],
            id="an entry without positions says nothing",
        ),
    ],
)
def test_gaps(lake, batches, expected):
    entered(lake, *batches)

    assert gaps(lake) == expected


def test_without_a_ledger_there_are_none(tmp_path):
    assert gaps(Lake(str(tmp_path / "empty"))) == []
