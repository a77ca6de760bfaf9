"""Tables as files for programs that read no Delta: Power BI, Tableau, spreadsheets.

python -m gympulse.serving.export --lake DIR --to FOLDER [--format duckdb] [--tables NAME ...]

FOLDER holds ``gold_db/gym_summary.parquet`` and so on, or all tables in ``gympulse.duckdb``; and
``export.json``, which says which versions they are and what those are complete through.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout
from rich.progress import track

from gympulse.errors import BadSettings, GympulseError
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import GOLD, TABLES
from gympulse.serving.lake_sql import LakeSql, failures_said, must_be_there, rows_of
from gympulse.serving.versions import Version

_TOLD = "export.json"
Write = Callable[[duckdb.DuckDBPyConnection, Path, Version], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Export; a failure is a sentence, never a stack trace."""
    parser = argparse.ArgumentParser(
        prog="python -m gympulse.serving.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--lake", required=True, help="local path or abfss:// URI of the lake")
    parser.add_argument("--env", default="dev", help="environment below the lake (dev)")
    parser.add_argument("--to", required=True, type=Path, help="folder to write or replace")
    parser.add_argument("--format", default="parquet", choices=sorted(FORMATS))
    parser.add_argument("--tables", nargs="+", help="tables to export (those of gold)")
    args = parser.parse_args(argv)
    try:
        export(Lake(args.lake, args.env), args.to, args.format, args.tables)
    except GympulseError as error:
        print(error.explained, file=sys.stderr)
        return 1
    return 0


def export(
    lake: Lake, folder: Path, format: str = "parquet", names: Sequence[str] | None = None
) -> None:
    """Write tables into a folder, and say where they are.

    All are of the versions that were the newest as the export began. Whoever reads the folder
    finds the export before, for a moment none, or the new one; never parts of both.

    Args:
        lake: The lake.
        folder: The folder; an earlier export in it is replaced.
        format: A key of ``FORMATS``.
        names: The tables; those of gold, if none are named.

    Raises:
        BadSettings: There is no such lake, table or format, the folder is something else, or
            another export to it goes on.
        StatementProblem: A table is not there yet, or cannot be read.
    """
    must_be_there(lake)
    tables = [_known(name) for name in names] if names else list(GOLD)
    if format not in FORMATS:
        raise BadSettings([f"--format is '{format}'; one of {', '.join(FORMATS)} is needed."])
    folder = folder.expanduser().absolute()
    with _replacement(folder) as new, duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        source = LakeSql(lake)
        versions = [source.newest(table) for table in tables]
        told = []
        for version in track(versions, "Exporting", disable=not sys.stdout.isatty()):
            with failures_said():
                database.register("rows", rows_of(version))
                FORMATS[format](database, new, version)
            told.append(_told(source, version))
        (new / _TOLD).write_text(json.dumps(told, indent=2) + "\n")
    for each in told:
        print(f"{each['table']}: {each['rows']:,} rows of version {each['version']}")
    print(f"Exported. Next: open {folder} in Power BI, Tableau or what else reads {format}.")


def _to_parquet(database: duckdb.DuckDBPyConnection, folder: Path, version: Version) -> None:
    file = folder / version.table.database / f"{version.table.short_name}.parquet"
    file.parent.mkdir(exist_ok=True)
    database.table("rows").write_parquet(str(file), compression="zstd")


def _to_duckdb(database: duckdb.DuckDBPyConnection, folder: Path, version: Version) -> None:
    file = str(folder / "gympulse.duckdb").replace("'", "''")
    database.execute(f"ATTACH IF NOT EXISTS '{file}' AS exported")
    database.execute(f"CREATE SCHEMA IF NOT EXISTS exported.{version.table.database}")
    database.execute(f"CREATE TABLE exported.{version.table.name} AS FROM rows")


# What tables can be exported as.
FORMATS: dict[str, Write] = {"parquet": _to_parquet, "duckdb": _to_duckdb}


def _told(source: LakeSql, version: Version) -> dict[str, object]:
    through = source.complete_through(version)
    return {
        "table": version.table.name,
        "version": version.number,
        "complete_through": through and through.isoformat(),
        "rows": sum(version.files["num_records"].to_pylist()),
    }


def _known(name: str) -> Table:
    if name not in TABLES:
        raise BadSettings([f"'{name}' is no table; there are {', '.join(TABLES)}."])
    return TABLES[name]


@contextmanager
def _replacement(folder: Path) -> Iterator[Path]:
    """Give a new folder, which takes the place of another as the block ends well.

    What a killed export has left is put back or removed by the next.
    """
    if folder.exists() and not (folder.is_dir() and _is_ours(folder)):
        raise BadSettings([f"{folder} is there and is no export; name another folder."])
    new, old = (folder.with_name(f".{folder.name}.{age}") for age in ("new", "old"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            if old.exists() and not folder.exists():
                old.rename(folder)
            _remove(new, old)
            new.mkdir()
            try:
                yield new
                if folder.exists():
                    folder.rename(old)
                new.rename(folder)
            finally:
                _remove(new, old)
    except Timeout as error:
        raise BadSettings([f"Another export to {folder} goes on; wait for its end."]) from error
    except OSError as error:
        raise BadSettings([f"{folder} cannot be written: {error.strerror or error}."]) from error


def _is_ours(folder: Path) -> bool:
    return (folder / _TOLD).exists() or not any(folder.iterdir())


def _remove(*folders: Path) -> None:
    for each in folders:
        shutil.rmtree(each, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
