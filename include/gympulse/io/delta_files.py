"""Which files of a Delta table may hold rows of given instants: asked of its log, without Spark."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from gympulse.model.table import Span

# Bounds of instants are kept in milliseconds, cut off.
_CUT_OFF, _A_DAY = timedelta(milliseconds=1), timedelta(days=1)


def files(path: str, version: int | None = None) -> pa.Table:
    """The files of a version, by default the newest: one row each, with its columns' bounds."""
    return pa.table(DeltaTable(path, version=version).get_add_actions(flatten=True))


def paths(path: str, found: pa.Table) -> list[str]:
    """Full paths of files that ``files`` gave."""
    return [f"{path}/{unquote(name)}" for name in found["path"].to_pylist()]


def overlapping(found: pa.Table, spans: Sequence[Span], begin: str, end: str) -> pa.Table:
    """The files that may hold a row that begins by a span's end and ends at its start or later.

    Args:
        found: Files, as ``files`` gives them.
        spans: Instants, both inclusive.
        begin: Instant or date that a row begins at.
        end: Instant or date that it ends at.

    Returns:
        Those files, and all whose bounds are not known.
    """
    least, greatest = bound(found, "min", begin), bound(found, "max", end)
    if least is None or greatest is None:
        return found
    kept = pa.array([False] * len(found), pa.bool_())
    for first, last in spans:
        meets = pc.and_(
            pc.less_equal(least, _comparable(last, least, _A_DAY)),
            pc.greater_equal(greatest, _comparable(first - _CUT_OFF, greatest, -_A_DAY)),
        )
        kept = pc.or_(kept, pc.fill_null(meets, True))
    return found.filter(kept)


def bound(found: pa.Table, which: str, column: str) -> pa.ChunkedArray | None:
    """The files' ``min`` or ``max`` of a column; None where the log does not keep it."""
    for name in (f"partition.{column}", f"{which}.{column}"):
        if name in found.column_names:
            return found[name]
    return None


def _comparable(instant: datetime, bounds: pa.ChunkedArray, further: timedelta) -> pa.Scalar:
    """An instant as what bounds are; as a date one further, since zones differ by less."""
    is_date = pa.types.is_date(bounds.type)
    return pa.scalar((instant + further).date() if is_date else instant, bounds.type)
