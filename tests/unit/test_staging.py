"""Batches of a load: every row in one, none too large, in the order of days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gympulse.operations.staging import Batch, cut

FIRST = date(2025, 3, 1)
UNDATED = date(1900, 1, 1)


def day(number: int) -> date:
    """The day with a number, from 0 on."""
    return FIRST + timedelta(days=number)


@pytest.mark.parametrize(
    ("rows", "files", "batches"),
    [
        pytest.param({}, {}, [], id="nothing"),
        pytest.param(
            {day(0): 4, day(1): 6, day(2): 1},
            {"a": day(0), "b": day(2)},
            [Batch((day(0), day(1)), 10, files_done=1), Batch((day(2),), 1, files_done=2)],
            id="days together while they fit",
        ),
        pytest.param(
            {day(0): 25, day(1): 1},
            {"a": day(0), "b": day(1)},
            [
                Batch((day(0),), 8, 0, 3, files_done=0),
                Batch((day(0),), 8, 1, 3, files_done=0),
                Batch((day(0),), 8, 2, 3, files_done=1),
                Batch((day(1),), 1, files_done=2),
            ],
            id="a large day in parts",
        ),
        pytest.param(
            {day(0): 1, UNDATED: 2},
            {"a": UNDATED, "b": day(0)},
            [Batch((None, day(0)), 3, files_done=2)],
            id="the undated first",
        ),
    ],
)
def test_cut(rows, files, batches):
    assert cut(rows, files, most=10) == batches


@given(st.dictionaries(st.integers(0, 60).map(day), st.integers(1, 50)))
def test_each_day_is_whole_or_in_all_its_parts(rows):
    found = cut(rows, {}, most=10)
    whole = [each for batch in found if batch.parts == 1 for each in batch.days]
    parts = [(batch.days[0], batch.part, batch.parts) for batch in found if batch.parts > 1]
    assert sorted([*whole, *{each for each, _, _ in parts}]) == sorted(rows)
    assert parts == [
        (each, part, -(-rows[each] // 10))
        for each in sorted(rows)
        if rows[each] > 10
        for part in range(-(-rows[each] // 10))
    ]
    assert all(batch.rows <= 10 for batch in found)


def test_a_batchs_rows():
    """Undated rows are kept under a day of their own; a part is told by the row's place."""
    assert Batch((None, day(0)), 3).condition() == "_day IN (DATE '1900-01-01', DATE '2025-03-01')"
    assert Batch((day(0),), 3, 1, 2).condition() == (
        "_day IN (DATE '2025-03-01') AND pmod(xxhash64(source), 2) = 1"
    )
