"""How much a job has to work off, asked before its Java process is launched.

python -m gympulse.lag ARGUMENTS OF SPARK-SUBMIT

Prints ``small`` or ``large``; the environment's ``spark-submit`` chooses the compiler by it,
unless ``GYMPULSE_LOAD`` says which.
"""

import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from gympulse.errors import GympulseError
from gympulse.io import commits, files
from gympulse.io.checkpoints import Checkpoint, unread
from gympulse.io.kafka import end_offsets
from gympulse.model.table import Table
from gympulse.model.tables import BELOW, KAFKA_MULTIPLEX, LAYERS
from gympulse.operations.arguments import Request, parse
from gympulse.operations.options import LOAD_ARCHIVES, OPTIONS
from gympulse.settings import Settings, parse_arguments
from gympulse.spark_settings import LARGE_FROM_ROWS

_JOBS = {f"{job}.py" for job in (*LAYERS, *OPTIONS)}
# What an archive's line has at least.
_BYTES_A_LINE = 120


def size(argv: Sequence[str]) -> str:
    """Tell whether a job's load is small or large, or large and of history.

    Args:
        argv: What ``spark-submit`` is told: its own options, the job's script and arguments.

    Returns:
        ``small`` or ``large``, or ``history`` for an operation over as many rows; ``small``
        where nothing can be known, since a job that fails fails sooner, and ``large`` for any
        script that is none of the jobs.
    """
    scripts = [at for at, word in enumerate(argv) if Path(word).name in _JOBS]
    if not scripts:
        return "large"
    job, told = Path(argv[scripts[0]]).stem, argv[scripts[0] + 1 :]
    if job == "maintenance":
        # It starts no Spark.
        return "small"
    try:
        with redirect_stderr(StringIO()), redirect_stdout(StringIO()):
            rows = _rows(job, told)
    except (GympulseError, DeltaError, OSError, SystemExit):
        return "small"
    # An operation does what silver does.
    if rows < LARGE_FROM_ROWS.get(job, LARGE_FROM_ROWS["silver"]):
        return "small"
    return "history" if job in OPTIONS else "large"


def _rows(job: str, told: Sequence[str]) -> int:
    if job in OPTIONS:
        return _rows_held(parse(job, told))
    settings = parse_arguments(job, told)
    return _records_behind(settings) if job == "bronze" else _rows_behind(job, settings)


def _rows_held(request: Request) -> int:
    """Records that an operation may look at: those of bronze, and archives' lines."""
    lake, path = request.settings.lake, request.settings.lake.path(KAFKA_MULTIPLEX)
    lines = 0
    if request.values.get("mode") == LOAD_ARCHIVES:
        archives = lake.folder(request.values["archive_path"])
        lines = sum(files.sizes(archives).values()) // _BYTES_A_LINE
    return lines + (DeltaTable(path).count() if DeltaTable.is_deltatable(path) else 0)


def _records_behind(settings: Settings) -> int:
    return sum(unread(_checkpoint(KAFKA_MULTIPLEX, settings), end_offsets(settings.kafka)))


def _rows_behind(layer: str, settings: Settings) -> int:
    """Rows that the layer below has gained since the table that is furthest behind read it."""
    below = {table.name: table for table in LAYERS[BELOW[layer]]}
    return max(
        sum(_gained(below[name], table, settings) for name in table.reads if name in below)
        for table in LAYERS[layer]
    )


def _gained(source: Table, table: Table, settings: Settings) -> int:
    path = settings.lake.path(source)
    if not DeltaTable.is_deltatable(path):
        return 0
    present = DeltaTable(path)
    version, _ = _checkpoint(table, settings).versions().get(present.metadata().id, (0, None))
    if not version and not commits.begins(path):
        return present.count()
    ahead = present.version() + 1 - (version or 0)
    history = present.history(ahead) if ahead > 0 else []
    return sum(
        int(commit.get("operationMetrics", {}).get("numOutputRows", 0)) for commit in history
    )


def _checkpoint(table: Table, settings: Settings) -> Checkpoint:
    return Checkpoint(settings.lake.checkpoint(table.short_name))


if __name__ == "__main__":
    print(size(sys.argv[1:]))
