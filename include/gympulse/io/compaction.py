"""Merge a table's small files, without Spark and without a change of any row."""

from collections import Counter

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties

from gympulse.model.table import Table

_MB = 1 << 20
# Files of about this size are left as they are.
_TARGET_BYTES = 128 * _MB
# A table that is skipped through by time, and has no folders by date, keeps stretches of time
# apart; and a merge that changes one row of a file writes all of it anew.
_TARGET_BYTES_BY_TIME = 16 * _MB
# As Spark's sessions write.
_WRITER = WriterProperties(compression="ZSTD")


def target_bytes(table: Table) -> int:
    """The size from which a table's files are large enough."""
    by_time = table.pruned_by and not table.partitioned_by
    return _TARGET_BYTES_BY_TIME if by_time else _TARGET_BYTES


def small_files(path: str, target: int) -> int:
    """How many files could be merged: smaller ones, of which a partition has more than one."""
    found = pa.table(DeltaTable(path).get_add_actions(flatten=True))
    by = [name for name in found.column_names if name.startswith("partition.")]
    files = found.select([*by, "size_bytes"]).to_pylist()
    small = Counter(
        tuple(file[name] for name in by) for file in files if file["size_bytes"] < target
    )
    return sum(count for count in small.values() if count > 1)


def compact(path: str, target: int) -> int:
    """Merge files that lie next to each other in the order in which they came, up to a size.

    So files keep to stretches of time, and folders of dates to their dates. The commit says that
    no row has changed: streams and change feeds pass it over, and what was read before can still
    be read. The caller is the table's writer.

    Args:
        path: The table's folder.
        target: Size in bytes from which files are left as they are.

    Returns:
        How many files others took the place of.

    Replay: finds nothing to merge, and commits nothing.
    """
    done = DeltaTable(path).optimize.compact(target_size=target, writer_properties=_WRITER)
    return done["numFilesRemoved"]
