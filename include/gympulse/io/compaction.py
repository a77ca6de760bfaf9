"""Merge a table's small files, without Spark and without a change of any row."""

from collections.abc import Iterable

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties

from gympulse.model.table import Table

_MB = 1 << 20
# Files of about this size are left as they are.
_TARGET_BYTES = 128 * _MB
# A table that is skipped through by time, and has no folders by date, keeps stretches of time
# apart; and a merge that changes one row of a file writes all of it anew.
_TARGET_BYTES_BY_TIME = 16 * _MB
# So many times as large as all smaller ones a file may be, and is merged with them.
_LARGER = 2
# As Spark's sessions write.
_WRITER = WriterProperties(compression="ZSTD")


def target_bytes(table: Table) -> int:
    """The size from which a table's files are large enough."""
    by_time = table.pruned_by and not table.partitioned_by
    return _TARGET_BYTES_BY_TIME if by_time else _TARGET_BYTES


def small_files(path: str, most: int) -> int:
    """How many files are worth merging; see ``compact``."""
    return sum(len(sizes) for _, sizes in _worth_merging(path, most))


def compact(path: str, most: int) -> int:
    """Merge small files of each partition, up to a size.

    A file is written anew only where the smaller ones beside it come to at least a third of what
    they then make together: night after night a table's files are merged a few times each, and
    not all of them every night; those left are each several times larger than the next.

    Those merged lie next to each other in the order in which they came, so that files keep to
    stretches of time. The commits say that no row has changed: streams and change feeds pass them
    over, and what was read before can still be read. The caller is the table's writer.

    Args:
        path: The table's folder.
        most: Size in bytes from which files are left as they are.

    Returns:
        How many files others took the place of.

    Replay: finds nothing to merge, and commits nothing.
    """
    return sum(
        DeltaTable(path).optimize.compact(
            partition_filters=[(name, "=", value) for name, value in partition.items()] or None,
            # Larger files are passed over.
            target_size=most if sum(sizes) > most else sum(sizes),
            writer_properties=_WRITER,
        )["numFilesRemoved"]
        for partition, sizes in _worth_merging(path, most)
    )


def worth_merging(sizes: Iterable[int], most: int) -> list[int]:
    """Choose sizes of files that are merged, the smallest first; none where none are.

    Args:
        sizes: The files' of one partition, in bytes.
        most: The size from which files are left as they are.
    """
    chosen: list[int] = []
    for size in sorted(size for size in sizes if size < most):
        if chosen and size > _LARGER * sum(chosen):
            break
        chosen.append(size)
    return chosen if len(chosen) > 1 else []


def _worth_merging(path: str, most: int) -> list[tuple[dict[str, str], list[int]]]:
    """By partition that has some, the sizes of files that are worth merging."""
    found = pa.table(DeltaTable(path).get_add_actions(flatten=True))
    by = [name for name in found.column_names if name.startswith("partition.")]
    sizes: dict[tuple, list[int]] = {}
    for file in found.select([*by, "size_bytes"]).to_pylist():
        sizes.setdefault(tuple(file[name] for name in by), []).append(file["size_bytes"])
    names = [name.removeprefix("partition.") for name in by]
    return [
        (dict(zip(names, map(_told, partition), strict=True)), chosen)
        for partition, of_partition in sizes.items()
        if (chosen := worth_merging(of_partition, most))
    ]


def _told(value: object) -> str:
    """A partition's value, as delta-rs asks for it; of rows without one, nothing."""
    return "" if value is None else str(value)
