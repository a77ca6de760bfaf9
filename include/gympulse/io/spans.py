"""The instants that a batch touches, as few literal ranges: what files are skipped by."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from gympulse.model.table import Span

_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Longer conditions cost more to evaluate than the files they skip.
_MOST = 24


def hours(begin: Column, end: Column) -> list[Column]:
    """Columns ``_first`` and ``_last``: the hours since 1970 of two instants."""
    return [
        F.floor(F.unix_seconds(instant) / 3600).alias(name)
        for instant, name in ((begin, "_first"), (end, "_last"))
    ]


def collect(rows: DataFrame) -> tuple[Span, ...]:
    """The spans of rows with ``_begin`` and ``_end``; those with a null have none."""
    found = rows.select(*hours(F.col("_begin"), F.col("_end"))).distinct().collect()
    return merged((row["_first"], row["_last"]) for row in found)


def merged(found: Iterable[tuple[int | None, int | None]]) -> tuple[Span, ...]:
    """Few spans that cover all pairs of first and last hour since 1970, ends included."""
    ranges: list[list[int]] = []
    for first, last in sorted(pair for pair in found if None not in pair):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1][1] = max(ranges[-1][1], last)
        else:
            ranges.append([first, last])
    while len(ranges) > _MOST:
        nearest = min(range(1, len(ranges)), key=lambda i: ranges[i][0] - ranges[i - 1][1])
        ranges[nearest - 1][1] = ranges.pop(nearest)[1]
    return tuple((_EPOCH + first * _HOUR, _EPOCH + (last + 1) * _HOUR) for first, last in ranges)
