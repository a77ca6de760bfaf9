"""SQL over the whole lake, each table at the version that a statement asks for.

DuckDB gets the rows by delta-rs and may open no file itself: whatever a statement says, it
reads nothing but the tables, and changes nothing. Its own types of statements would not do,
since a SELECT may hold a COPY.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from pyarrow.dataset import Dataset

from gympulse.errors import BadSettings
from gympulse.io import files
from gympulse.lake import Lake, problem_of
from gympulse.model.table import Table
from gympulse.model.tables import TABLES
from gympulse.serving.problems import Problem
from gympulse.serving.statements import (
    At,
    Named,
    StatementProblem,
    in_a_sentence,
    must_read,
    named,
    rewritten,
)
from gympulse.serving.versions import Version, Versions

# DuckDB's types of what clauses AT give.
_TYPES = {"version": "BIGINT", "timestamp": "TIMESTAMPTZ"}
_CONFIGURATION = {
    "allow_community_extensions": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # A name that is no table's must not find a variable of this program.
    "python_enable_replacements": False,
}
_UNKNOWN = re.compile(r"Table with name (\w+) does not exist")
_DATABASES = tuple(dict.fromkeys(table.database for table in TABLES.values()))


class LakeSql:
    """Answers statements; each sees the newest versions that are there as it begins."""

    def __init__(self, lake: Lake) -> None:
        self._versions = Versions(lake)

    @contextmanager
    def ask(self, statement: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Answer one statement; gives the connection to fetch the rows from.

        Raises:
            StatementProblem: It is not answered.
        """
        places = named(statement)
        must_read(rewritten(statement, {}))
        with failures_said():
            found = {place: self._version(place) for place in places}
            with _database(found) as database:
                yield database.execute(rewritten(statement, _databases(found)))

    def newest(self, table: Table) -> Version:
        """Give the version of a table that is there now.

        Raises:
            StatementProblem: The table is not there yet.
        """
        try:
            return self._versions.newest(table)
        except Problem as problem:
            raise StatementProblem(
                f"{table.name} is not there yet; the first run of the jobs makes it."
            ) from problem

    def complete_through(self, version: Version) -> datetime | None:
        """Give what a version is complete through; None where nobody knows."""
        return self._versions.complete_through(version)

    def _version(self, place: Named) -> Version:
        newest = self.newest(place.table)
        if not place.at:
            return newest
        moment = _moment(place.at)
        try:
            if place.at.by == "version":
                return self._versions.at(place.table, moment)
            return self._versions.as_of(place.table, moment)
        except Problem as problem:
            raise _not_kept(newest, moment, problem) from problem


def rows_of(version: Version) -> Dataset:
    """Give the rows of a version, none of them read yet; files that cannot match are skipped."""
    return DeltaTable(version.root, version=version.number).to_pyarrow_dataset()


def must_be_there(lake: Lake) -> None:
    """Refuse a lake that is not there.

    Raises:
        BadSettings: It has no tables.
        StoreAway: It is not on this machine, and cannot be reached.
    """
    if problem := problem_of(lake.root):
        raise BadSettings([problem])
    if not any(files.is_folder(lake.path(table)) for table in TABLES.values()):
        raise BadSettings(
            [f"There is no lake with tables of '{lake.env}' in {lake.root}; `make run` makes one."]
        )


@contextmanager
def failures_said() -> Iterator[None]:
    """Say in a sentence what DuckDB and delta-rs could not do.

    Raises:
        StatementProblem: It could not be done.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    try:
        yield
    except (duckdb.Error, DeltaError, OSError) as error:
        raise StatementProblem(_said(error)) from error
    except RuntimeError as error:
        # What DuckDB makes of Ctrl-C.
        if "interrupted" in str(error):
            raise KeyboardInterrupt from error
        raise


def _said(error: Exception) -> str:
    said = in_a_sentence(error)
    if isinstance(error, OSError) or "not found" in str(error):
        return f"Files of this version are no longer there ({said})."
    unknown = _UNKNOWN.search(said)
    names = [
        table.name
        for table in TABLES.values()
        if unknown and table.short_name == unknown[1].lower()
    ]
    return f"{said} Tables are named with their database: {', '.join(names)}." if names else said


def _moment(at: At) -> Any:
    """Give what a clause AT says, which may be any expression without tables."""
    with _database({}) as database:
        question = f"SELECT CAST(({at.moment}) AS {_TYPES[at.by]})"
        must_read(question)
        (moment,) = database.execute(question).fetchone()
    if moment is None or (at.by == "version" and moment < 0):
        raise StatementProblem(f"{at.moment} is no {at.by}.")
    return moment


def _not_kept(newest: Version, moment: Any, problem: Problem) -> StatementProblem:
    name = newest.table.name
    listed = f"`.history {name}` lists what there is."
    if isinstance(moment, datetime):
        return StatementProblem(
            f"{name} had no version yet at {moment:%Y-%m-%d %H:%M:%S}; {listed}"
        )
    if moment > newest.number:
        return StatementProblem(f"{name} has no version {moment}; {newest.number} is the newest.")
    return StatementProblem(f"Version {moment} of {name} is no longer kept; {listed}")


def _databases(found: Mapping[Named, Version]) -> dict[Named, str]:
    return {place: f"version {version.number}" for place, version in found.items() if place.at}


@contextmanager
def _database(found: Mapping[Named, Version]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that holds versions of tables and reaches nothing else.

    The newest are where their names say, others in databases of their versions.
    """
    with (
        # For what does not fit memory.
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect(config={**_CONFIGURATION, "temp_directory": folder}) as database,
    ):
        database.execute("SET TimeZone = 'UTC'")
        others = _databases(found)
        for name in sorted(set(others.values())):
            database.execute(f"ATTACH ':memory:' AS \"{name}\"")
        for name in ("memory", *sorted(set(others.values()))):
            for schema in _DATABASES:
                database.execute(f'CREATE SCHEMA "{name}".{schema}')
        for number, (place, version) in enumerate(found.items()):
            database.register(f"rows_{number}", rows_of(version))
            view = f'"{others.get(place, "memory")}".{version.table.name}'
            database.execute(f"CREATE OR REPLACE VIEW {view} AS FROM rows_{number}")
        database.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield database
