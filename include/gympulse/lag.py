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

from gympulse.errors import GympulseError
from gympulse.io.checkpoints import Checkpoint, unread
from gympulse.io.kafka import end_offsets
from gympulse.model.table import Table
from gympulse.model.tables import BELOW, KAFKA_MULTIPLEX, LAYERS
from gympulse.settings import Settings, parse_arguments
from gympulse.spark_settings import LARGE_FROM_ROWS

_JOBS = {f"{layer}.py" for layer in LAYERS}


def size(argv: Sequence[str]) -> str:
    """Tell whether a job's load is small or large.

    Args:
        argv: What ``spark-submit`` is told: its own options, the job's script and arguments.

    Returns:
        ``small`` or ``large``; ``small`` where nothing can be known, since a job that fails
        fails sooner, and ``large`` for any script that is none of the layers' jobs.
    """
    scripts = [at for at, word in enumerate(argv) if Path(word).name in _JOBS]
    if not scripts:
        return "large"
    layer, told = Path(argv[scripts[0]]).stem, argv[scripts[0] + 1 :]
    try:
        with redirect_stderr(StringIO()), redirect_stdout(StringIO()):
            settings = parse_arguments(layer, told)
        rows = _records_behind(settings) if layer == "bronze" else _rows_behind(layer, settings)
    except (GympulseError, OSError, SystemExit):
        return "small"
    return "large" if rows >= LARGE_FROM_ROWS[layer] else "small"


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
    ahead = present.version() + 1 - (version or 0)
    commits = present.history(ahead) if ahead > 0 else []
    return sum(
        int(commit.get("operationMetrics", {}).get("numOutputRows", 0)) for commit in commits
    )


def _checkpoint(table: Table, settings: Settings) -> Checkpoint:
    return Checkpoint(settings.lake.checkpoint(table.short_name))


if __name__ == "__main__":
    print(size(sys.argv[1:]))
