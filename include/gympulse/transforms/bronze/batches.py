"""Lines of files as batches of Arrow, in Spark's Python workers.

Nothing is imported that those need not have: on a cluster they have pyarrow, and this library
as the job sends it.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import pyarrow as pa

from gympulse.transforms.bronze.archive_lines import ArchiveLine, archive_line
from gympulse.transforms.bronze.landed_lines import Line, landed_lines

Batches = Iterator[pa.RecordBatch]
Read = Callable[[Batches], Batches]

# The columns of ``bronze_db.kafka_multiplex`` that a line of an archive tells.
ARCHIVED = {
    "source": pa.string(),
    "value": pa.string(),
    "encoding": pa.string(),
    "topic": pa.string(),
    "key": pa.string(),
    "partition": pa.int32(),
    "offset": pa.int64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def landed_reader(columns: tuple[str, ...]) -> Read:
    """Make what reads landed files, with ``name`` and ``content``, as lines.

    Args:
        columns: Names wanted of their headers.

    Returns:
        A function whose batches have these columns, ``extra_fields``, ``raw_line``, ``encoding``,
        ``source_file`` and ``line``; see ``landed_lines``.
    """

    def read(batches: Batches) -> Batches:
        for batch in batches:
            for file in batch.to_pylist():
                lines = landed_lines(file["content"], columns)
                yield pa.RecordBatch.from_pylist(
                    [_landed(line, file["name"], columns) for line in lines], schema=schema
                )

    others = ("extra_fields", "raw_line", "encoding", "source_file")
    texts = [(name, pa.string()) for name in (*columns, *others)]
    schema = pa.schema([*texts, ("line", pa.int64())])
    return read


def archive_reader(topics: Collection[str]) -> Read:
    """Make what reads archives' lines, with ``line`` and ``source``, as records.

    Args:
        topics: Those that the platform knows.

    Returns:
        A function whose batches have the columns ``ARCHIVED``; see ``archive_line``.
    """
    schema = pa.schema(list(ARCHIVED.items()))

    def read(batches: Batches) -> Batches:
        for batch in batches:
            rows = [
                _archived(found, source)
                for line, source in zip(*(c.to_pylist() for c in batch.columns), strict=True)
                if (found := archive_line(line, topics))
            ]
            yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return read


def _landed(line: Line, file: str, columns: tuple[str, ...]) -> dict[str, Any]:
    return {
        **dict(zip(columns, line.fields or [None] * len(columns), strict=True)),
        "extra_fields": line.extra,
        "raw_line": line.raw,
        "encoding": line.encoding,
        "source_file": file,
        "line": line.number,
    }


def _archived(line: ArchiveLine, source: str) -> dict[str, Any]:
    return {
        "source": source,
        "value": line.value,
        "encoding": line.encoding,
        "topic": line.topic,
        "key": line.key,
        "partition": line.partition,
        "offset": line.offset,
        "timestamp": line.timestamp,
    }
