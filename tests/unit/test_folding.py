"""The ledger's old entries are folded, and its sums, its ends and its gaps stay as they are."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given
from hypothesis import strategies as st
from lake_history import DAY, NOW

from gympulse.io import folding, ops, positions, schema
from gympulse.io.folding import folded
from gympulse.io.ops import rows_of
from gympulse.lake import Lake
from gympulse.model.ops import FOLDED
from gympulse.model.tables import KAFKA_MULTIPLEX, LEDGER

BEFORE = NOW - 90 * DAY
SUMS = ("rows_read", *ops.OUTCOMES, "deleted")


def entry(batch: int, begin: int | None = None, end: int | None = None, **told) -> dict:
    """A batch of one stream, which reads one table's versions; an hour after the one before it."""
    place = {"position_from": begin, "position_to": end}
    return {
        **dict.fromkeys(LEDGER.columns),
        "layer": "silver",
        "table": "heart_rate",
        "stream": "s",
        "run_id": f"run {batch}",
        "rows_read": 10,
        "inserted": 4,
        "superseding": 3,
        "duplicate": 2,
        "quarantined": 1,
        "batch_id": batch,
        "deleted": 1,
        "seconds": 0.5,
        "version": batch + 1,
        **{name: None if at is None else json.dumps({"b": at}) for name, at in place.items()},
        "finished_at": BEFORE - 30 * DAY + timedelta(hours=batch),
        **told,
    }


def chain(count: int, **told) -> list[dict]:
    """Batches of one stream, each of which begins where the one before it ended."""
    return [entry(number, number, number + 1, **told) for number in range(count)]


def told(rows: list[dict]) -> list[tuple]:
    """What tests look at of rows: last batch, rows read, and where they begin and end."""
    return [
        (row["batch_id"], row["rows_read"], *(row[f"position_{end}"] for end in ("from", "to")))
        for row in rows
    ]


@pytest.mark.parametrize(
    ("entries", "batches"),
    [
        pytest.param([], [], id="an empty ledger"),
        pytest.param(chain(10), list(range(10)), id="the newest ten stay"),
        pytest.param(chain(11), list(range(11)), id="one alone is no sum"),
        pytest.param(chain(15), [4, *range(5, 15)], id="of more, the others are one"),
        pytest.param(
            chain(15, finished_at=BEFORE), list(range(15)), id="what is young stays, to the instant"
        ),
        pytest.param(
            [*chain(8), *(entry(n, n + 1, n + 2) for n in range(8, 20))],
            [7, 9, *range(10, 20)],
            id="a gap stays where it is",
        ),
        pytest.param(
            [*(entry(n) for n in range(3)), *(entry(n, n, n + 1) for n in range(3, 15))],
            [2, 4, *range(5, 15)],
            id="entries without a place are not mixed with others",
        ),
    ],
)
def test_old_entries_become_one_row_a_stream(entries, batches):
    found = folded(entries, BEFORE, {})

    assert [row["batch_id"] for row in found] == batches


def test_a_row_that_stands_for_several():
    first = folded(chain(13), BEFORE, {})[0]

    assert first == {
        **entry(2, 0, 3),
        "rows_read": 30,
        "inserted": 12,
        "superseding": 9,
        "duplicate": 6,
        "quarantined": 3,
        "deleted": 3,
        "seconds": 1.5,
        "run_id": FOLDED,
    }


def test_what_is_folded_is_folded_further():
    """As batches become old, one row stays one row."""
    once = folded(chain(20), BEFORE, {})
    again = folded([*once, *(entry(n, n, n + 1) for n in range(20, 25))], BEFORE, {})

    assert told(again)[:2] == [(14, 150, '{"b": 0}', '{"b": 15}'), *told(chain(16)[15:])]
    assert again == folded(chain(25), BEFORE, {})


def test_streams_layers_and_tables_are_not_mixed():
    of = [{}, {"stream": "other"}, {"table": "workouts"}, {"layer": "gold"}]
    entries = [entry(number, **each) for each in of for number in range(12)]

    assert len(folded(entries, BEFORE, {})) == 4 * 11


@pytest.mark.parametrize(
    ("first", "kept"),
    [
        pytest.param(0, 15, id="all of them can be seen"),
        pytest.param(4, 12, id="some of them can"),
        pytest.param(99, 11, id="none can"),
    ],
)
def test_commits_that_are_entered_by_their_versions_stay_while_they_can_be_seen(first, kept):
    """Else a load would enter them once more."""
    commit = {"layer": "bronze", "table": "kafka_multiplex", "stream": "backfill/a"}
    entries = [entry(number, **commit, version=number) for number in range(15)]

    assert len(folded(entries, BEFORE, {"kafka_multiplex": first})) == kept


COUNTS = st.integers(0, 1000)


@st.composite
def ledgers(draw) -> list[dict]:
    """Entries of some streams, with gaps, without places, old and young."""
    rows = []
    for stream in range(draw(st.integers(1, 3))):
        at, young = 0, draw(st.integers(0, 40))
        for batch in range(draw(st.integers(0, 30))):
            begin = at + draw(st.sampled_from([0, 0, 0, 0, 0, 1]))
            at = begin + draw(st.integers(1, 3))
            counts = {name: draw(COUNTS) for name in ops.OUTCOMES}
            place = (begin, at) if draw(st.booleans() if batch % 7 == 0 else st.just(True)) else ()
            row = entry(batch, *place, stream=f"s{stream}", rows_read=sum(counts.values()))
            rows.append(row | counts | {"deleted": draw(st.none() | COUNTS)})
            rows[-1]["finished_at"] += 40 * DAY * (batch >= young)
    return rows


def gaps(rows: list[dict]) -> list[tuple]:
    """Gaps without the batch that begins after them: now a row that stands for several may."""
    return sorted((gap.stream, gap.expected, gap.found) for gap in positions.among(rows))


@given(ledgers())
def test_sums_and_gaps_stay(entries):
    found = folded(entries, BEFORE, {})

    for stream in {row["stream"] for row in entries}:
        was, now = ([r for r in rows if r["stream"] == stream] for rows in (entries, found))
        for name in SUMS:
            assert sum(row[name] or 0 for row in now) == sum(row[name] or 0 for row in was)
        assert sorted(was, key=lambda r: r["batch_id"])[-10:] == now[-10:]
    assert gaps(found) == gaps(entries)
    young = [row for row in entries if row["finished_at"] >= BEFORE]
    assert [row for row in young if row not in found] == []
    assert all(row["rows_read"] == sum(row[name] for name in ops.OUTCOMES) for row in found)
    assert folded(found, BEFORE, {}) == found


def test_the_ledger_in_the_lake(tmp_path: Path):
    """What it counts stays, a batch that is there is not entered again, and twice is as once."""
    lake = Lake(str(tmp_path))
    schema.create(lake, [LEDGER, KAFKA_MULTIPLEX])
    write_deltalake(lake.path(LEDGER), rows_of(LEDGER, chain(40)), mode="append")
    aside = ops.quarantined(lake, "heart_rate")

    assert folding.fold(lake, BEFORE, is_dry_run=True) == 29
    assert DeltaTable(lake.path(LEDGER)).version() == 1
    assert folding.fold(lake, BEFORE) == 29
    assert folding.fold(lake, BEFORE) == 0
    assert DeltaTable(lake.path(LEDGER)).version() == 2
    assert ops.quarantined(lake, "heart_rate") == aside
    again = ops.Entry("heart_rate", "s", 39, 1, 1, 0, 0, 0)
    ops.record(lake, "again", "silver", again)
    assert DeltaTable(lake.path(LEDGER)).count() == 11
    assert positions.gaps(lake) == []
