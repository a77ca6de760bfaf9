"""Spans cover all hours that they were made of, and are few."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gympulse.io.spans import merged

MOST = 24
EPOCH, HOUR = datetime(1970, 1, 1, tzinfo=UTC), timedelta(hours=1)

hour = st.integers(262_968, 1_139_544)
near = st.integers(473_000, 473_300)
pairs = st.lists(
    st.one_of(hour, near).flatmap(lambda first: st.tuples(st.just(first), st.integers(0, 13)))
).map(lambda found: [(first, first + length) for first, length in found])


def of_hours(*found):
    """The spans of first and last hours."""
    return tuple((EPOCH + first * HOUR, EPOCH + (last + 1) * HOUR) for first, last in found)


@pytest.mark.parametrize(
    ("found", "spans"),
    [
        pytest.param([], [], id="nothing has none"),
        pytest.param([(5, 5)], [(5, 5)], id="an hour is a span"),
        pytest.param([(5, 5), (5, 5)], [(5, 5)], id="the same hour twice"),
        pytest.param([(5, 6), (7, 8)], [(5, 8)], id="hours that touch are one"),
        pytest.param([(5, 6), (8, 8)], [(5, 6), (8, 8)], id="an hour between divides"),
        pytest.param([(5, 9), (6, 7)], [(5, 9)], id="one within another"),
        pytest.param([(8, 8), (5, 5)], [(5, 5), (8, 8)], id="in order"),
        pytest.param([(None, 5), (5, None), (None, None)], [], id="nulls have none"),
        pytest.param([(None, None), (5, 5)], [(5, 5)], id="nulls beside others"),
    ],
)
def test_hours_become_spans(found, spans):
    assert merged(found) == of_hours(*spans)


def test_too_many_are_joined_where_they_are_nearest():
    apart = [(10 * n, 10 * n) for n in range(MOST)]

    assert merged(apart) == of_hours(*apart)
    assert merged([*apart, (233, 233)]) == of_hours(*apart[:-1], (230, 233))


@given(pairs)
def test_spans_cover_all_and_are_few_sorted_and_disjoint(found):
    spans = merged(found)

    assert len(spans) <= MOST
    assert all(end < begin for (_, end), (begin, _) in zip(spans, spans[1:], strict=False))
    assert all(begin < end for begin, end in spans)
    for first, last in of_hours(*found):
        assert any(begin <= first and last <= end for begin, end in spans)


@given(pairs)
def test_spans_begin_and_end_where_something_does(found):
    """Few though they are, they reach no further than they must."""
    spans, hours = merged(found), of_hours(*found)

    assert {begin for begin, _ in spans} <= {begin for begin, _ in hours}
    assert {end for _, end in spans} <= {end for _, end in hours}


@given(pairs, st.randoms())
def test_spans_do_not_depend_on_the_order(found, random):
    spans = merged(found)
    random.shuffle(found)

    assert merged(found + found) == spans
