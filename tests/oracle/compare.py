"""Hold a lake against the oracle, row for row."""

from collections import Counter
from collections.abc import Iterable
from math import isclose

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from oracle.expected import Expected

SHOWN = 5
APPROXIMATE = {"gold_db.workout_bpm_summary": "avg_bpm"}
"""Tables with a column that depends on the order of a sum."""
TOLERANCE = 1e-9


def assert_lake_equals(expected: Expected, lake: Lake, tables: Iterable[str] | None = None) -> None:
    """Compare whole tables and the quarantine.

    Args:
        expected: What the oracle computed.
        lake: The lake, after its jobs have run.
        tables: Full names of the tables to compare; all, and the quarantine, if not given.

    Raises:
        AssertionError: Lists for each table that differs its first missing and extra rows.
    """
    names = list(expected.tables if tables is None else tables)
    problems = [difference(name, expected.tables[name], read_rows(lake, name)) for name in names]
    if tables is None:
        problems.append(quarantine_difference(expected, lake))
    found = "\n".join(problem for problem in problems if problem)
    if found:
        raise AssertionError(f"the lake at {lake.root} differs from the oracle\n{found}")


def read_rows(lake: Lake, name: str, columns: Iterable[str] | None = None) -> list[tuple]:
    """Return a Delta table's rows in the form of ``Expected.tables``."""
    wanted = tuple(columns or TABLES[name].columns)
    path = lake.path(TABLES[name])
    if not DeltaTable.is_deltatable(path):
        raise AssertionError(f"{name} does not exist at {path}")
    listed = ", ".join(f'"{column}"' for column in wanted)
    query = QueryBuilder().register("found", DeltaTable(path))
    found = pa.table(query.execute(f"SELECT {listed} FROM found").read_all())
    return list(zip(*(_plain(found.column(column)) for column in wanted), strict=True))


def _plain(column: pa.ChunkedArray) -> list:
    """Return values as the oracle writes them."""
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
    values = column.to_pylist()
    return [tuple(value) if isinstance(value, list) else value for value in values]


def difference(name: str, expected: Iterable[tuple], found: Iterable[tuple]) -> str:
    """Describe how two tables differ, '' if they do not; a doubled row is an extra one."""
    wanted, held = Counter(expected), Counter(found)
    missing, extra = list((wanted - held).elements()), list((held - wanted).elements())
    if name in APPROXIMATE:
        missing, extra = _without_near(missing, extra, name)
    if not missing and not extra:
        return ""
    lines = [f"{name}: {len(missing)} rows missing, {len(extra)} extra"]
    lines += [f"  - missing {row}" for row in sorted(missing, key=repr)[:SHOWN]]
    lines += [f"  - extra   {row}" for row in sorted(extra, key=repr)[:SHOWN]]
    return "\n".join(lines)


def _without_near(
    missing: list[tuple], extra: list[tuple], name: str
) -> tuple[list[tuple], list[tuple]]:
    """Drop pairs of rows equal but for rounding in the approximate column."""
    at = TABLES[name].columns.index(APPROXIMATE[name])
    left, unmatched = list(extra), []
    for row in missing:
        twin = next((other for other in left if _is_near(row, other, at)), None)
        if twin is None:
            unmatched.append(row)
        else:
            left.remove(twin)
    return unmatched, left


def _is_near(row: tuple, other: tuple, at: int) -> bool:
    if row[:at] + row[at + 1 :] != other[:at] + other[at + 1 :] or other[at] is None:
        return False
    return isclose(row[at], other[at], rel_tol=TOLERANCE)


def quarantine_difference(expected: Expected, lake: Lake) -> str:
    """Describe how the open quarantine differs; only sessions may be cured."""
    rows = read_rows(lake, "ops_db.quarantine", ("source", "source_id", "status"))
    held = {(source, source_id) for source, source_id, status in rows if status != "cured"}
    cured = {row for row in rows if row[2] == "cured" and row[0] != "completed_workouts"}
    problem = difference("ops_db.quarantine", expected.quarantined, held)
    if cured:
        listed = ", ".join(map(str, sorted(cured)[:SHOWN]))
        problem += f"\nops_db.quarantine: records cured that cannot be: {listed}"
    return problem.strip()
