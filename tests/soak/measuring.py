"""What a run took, and what it left on disk."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from tests.bench.processes import Cost

from gympulse.lake import Lake
from gympulse.model.tables import TABLES


@dataclass(frozen=True)
class Work:
    """What one job's process took.

    Attributes:
        seconds: From its start to its end.
        cpu_seconds: Of all its processes.
        startup_seconds: From its start until its first stream had planned a batch; None where
            none did.
    """

    seconds: float
    cpu_seconds: float
    startup_seconds: float | None


@dataclass(frozen=True)
class Size:
    """One table on disk.

    Attributes:
        rows: Its rows.
        partitions: Its partitions; 1 where it has none.
        files: The files that make up its newest version.
        fullest: Those of them in the partition that has most.
        data_bytes: Their bytes.
        kept_files: All files below its folder: older versions' and the log's too.
        log_files: Those of the log.
        kept_bytes: The bytes of all files below its folder.
    """

    rows: int
    partitions: int
    files: int
    fullest: int
    data_bytes: int
    kept_files: int
    log_files: int
    kept_bytes: int


@dataclass(frozen=True)
class Taken:
    """One hourly run.

    Attributes:
        number: The run's, from 1 on.
        began: When its records arrived (epoch seconds).
        jobs: By job, what its process took; empty where that was not measured.
        tables: By name, what each table then has on disk.
        checkpoint_files: Files of all checkpoints.
        checkpoint_bytes: Their bytes.
        maintenance: What maintenance took, where it came after the run.
    """

    number: int
    began: float
    jobs: dict[str, Work]
    tables: dict[str, Size]
    checkpoint_files: int
    checkpoint_bytes: int
    maintenance: Work | None = None


def work(cost: Cost, lake: Lake, began: float) -> Work:
    """What a job's process took; began is the instant of its start (epoch seconds)."""
    planned = [
        file.stat().st_mtime
        for file in Path(lake.checkpoint("")).glob("*/offsets/*")
        if file.name.isdigit()
    ]
    first = min((at for at in planned if at >= began), default=None)
    return Work(cost.seconds, cost.cpu_seconds, first and first - began)


def sizes(lake: Lake) -> dict[str, Size]:
    """What each table has on disk, those that are not there yet left out."""
    there = {name: lake.path(table) for name, table in TABLES.items()}
    return {name: size(path) for name, path in there.items() if DeltaTable.is_deltatable(path)}


def size(path: str) -> Size:
    """What a table has on disk."""
    adds = pa.table(DeltaTable(path).get_add_actions(flatten=True))
    # A file's folder is its partition's.
    by_partition = Counter(path.rpartition("/")[0] for path in adds["path"].to_pylist())
    kept = list(_files(Path(path)))
    return Size(
        rows=sum(adds["num_records"].to_pylist()),
        partitions=max(len(by_partition), 1),
        files=adds.num_rows,
        fullest=max(by_partition.values(), default=0),
        data_bytes=sum(adds["size_bytes"].to_pylist()),
        kept_files=len(kept),
        log_files=sum("_delta_log" in file.parts for file in kept),
        kept_bytes=sum(file.stat().st_size for file in kept),
    )


def checkpoints(lake: Lake) -> tuple[int, int]:
    """How many files all checkpoints have, and their bytes."""
    found = [file.stat().st_size for file in _files(Path(lake.checkpoint("")))]
    return len(found), sum(found)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())
