"""Which files of a version may hold what is asked for, by the bounds that its log keeps."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gympulse.io.delta_files import bound
from gympulse.serving.filters import Condition

# Bounds of instants are kept in milliseconds, cut off.
_CUT_OFF = timedelta(milliseconds=1)
# Each look that was not enough is followed by one at so many times as many files.
_MORE = 4


def chosen(files: pa.Table, conditions: Iterable[Condition]) -> pa.Table:
    """Give the files that may hold a row which meets all conditions."""
    for condition in conditions:
        column, least, greatest = condition.column, condition.least, condition.greatest
        if least is not None:
            files = _kept(files, bound(files, "max", column), pc.greater_equal, _lowered(least))
        if greatest is not None:
            files = _kept(files, bound(files, "min", column), pc.less_equal, greatest)
    return files


def first_rows(
    ask: Callable[[pa.Table], pa.Table],
    files: pa.Table,
    column: str,
    is_descending: bool,
    count: int,
) -> pa.Table:
    """Give the first rows in an order, from as few files as hold them.

    Args:
        ask: Gives the first ``count`` rows of some files.
        files: The files that may hold any.
        column: The first column of the order; nulls come last in it.
        is_descending: Whether the greatest come first.
        count: How many rows.
    """
    bounds = bound(files, "max" if is_descending else "min", column)
    if not len(files) or bounds is None or bounds.null_count or pa.types.is_string(bounds.type):
        return ask(files)
    in_order = pc.sort_indices(bounds, sort_keys=[("", _direction(is_descending))])
    files, bounds = files.take(in_order), bounds.take(in_order)
    taken = _enough(files, count)
    while True:
        rows = ask(files[:taken])
        if taken >= len(files) or _is_final(rows, column, is_descending, count, bounds[taken]):
            return rows
        taken *= _MORE


def _enough(files: pa.Table, count: int) -> int:
    """The first files that would hold so many rows if all of theirs were asked for."""
    held = 0
    for taken, rows in enumerate(files["num_records"].to_pylist(), start=1):
        held += rows or 0
        if held >= count:
            return taken
    return len(files)


def _is_final(
    rows: pa.Table, column: str, is_descending: bool, count: int, following: pa.Scalar
) -> bool:
    """Whether no row of the following files comes before the last that was found."""
    last = rows[column][-1].as_py() if len(rows) == count else None
    if last is None:
        return False
    bound = following.as_py()
    return _lowered(last) > bound if is_descending else last < bound


def _kept(
    files: pa.Table, bounds: pa.ChunkedArray | None, compare: Callable, value: Any
) -> pa.Table:
    if bounds is None or pa.types.is_string(bounds.type):
        return files
    meets = compare(bounds, pa.scalar(value, bounds.type))
    return files.filter(pc.fill_null(meets, True))


def _lowered(value: Any) -> Any:
    return value - _CUT_OFF if isinstance(value, datetime) else value


def _direction(is_descending: bool) -> str:
    return "descending" if is_descending else "ascending"
