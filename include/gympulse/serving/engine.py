"""Questions to versions of tables, answered by DuckDB within bounds of time and memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore, Timer

import duckdb
import pyarrow as pa

from gympulse.io import files
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.serving.limits import Limits
from gympulse.serving.problems import Problem

# Spark's names of types that DuckDB has other names for.
_TYPES = {"timestamp": "timestamptz", "string": "varchar"}
_BUSY = {"Retry-After": "1"}


class Engine:
    """A database of no tables, which reads the files that it is told of and nothing else."""

    def __init__(self, lake: Lake, limits: Limits) -> None:
        self._limits = limits
        self._places = BoundedSemaphore(limits.queries)
        self._database = duckdb.connect()
        if files.is_remote(lake.root):
            # Only then: of a lake of this machine nobody waits for it.
            from obstore.fsspec import FsspecStore

            # It reaches what the environment lets it; DuckDB asks it for the lake's files alone.
            self._database.register_filesystem(FsspecStore("abfss"))
        for name, value in {
            "memory_limit": limits.memory,
            "threads": limits.threads,
            "TimeZone": "UTC",
            "allow_community_extensions": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": "",
            "allowed_directories": [lake.root],
            "enable_external_access": False,
            "lock_configuration": True,
        }.items():
            self._database.execute(f"SET {name} = ?", [value])

    def ask(self, question: str, values: Mapping[str, object]) -> pa.Table:
        """Answer a question.

        Args:
            question: SQL; files come by ``relation``, everything else as ``$name``.
            values: By name, what is bound.

        Raises:
            Problem: It takes too long, others are asked already, or a file has gone.
        """
        with self._place(), self._database.cursor() as cursor:
            timer = Timer(self._limits.query_seconds, cursor.interrupt)
            timer.start()
            try:
                return cursor.sql(question, params=dict(values)).to_arrow_table()
            except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
                raise self._too_long() from error
            except duckdb.IOException as error:
                raise Problem(
                    410,
                    "Version gone",
                    "Files of this version are not there. Begin again without as_of or cursor, "
                    "which gives the newest.",
                    "version-gone",
                ) from error
            finally:
                timer.cancel()

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self._limits.query_seconds):
            raise Problem(503, "Busy", "Other questions are answered first.", headers=_BUSY)
        try:
            yield
        finally:
            self._places.release()

    def _too_long(self) -> Problem:
        return Problem(
            503,
            "Question too large",
            f"It would take more than {self._limits.query_seconds:g} s or {self._limits.memory} "
            "of memory. Narrow the dates, or ask for less.",
            headers=_BUSY,
        )


def relation(table: Table, files: Sequence[str], name: str) -> str:
    """Give SQL for the rows of files, whose paths are bound by ``$name``; no rows for none."""
    if files:
        return f"read_parquet(${name}, union_by_name => true)"
    columns = ", ".join(
        f'CAST(NULL AS {_type(kind)}) AS "{column}"' for column, kind in table.schema.items()
    )
    return f"(SELECT {columns} WHERE ${name} IS NOT NULL)"


def _type(spark: str) -> str:
    if spark.startswith("array<"):
        return f"{_type(spark[6:-1])}[]"
    return _TYPES.get(spark, spark)
