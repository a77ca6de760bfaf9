"""Files of a Delta table that may hold rows of given instants."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from gympulse.io import delta_files


def at(hour: int, minute: int = 0, microsecond: int = 0) -> datetime:
    """An instant of the day that everything here happens on."""
    return datetime(2025, 3, 1, hour, minute, 0, microsecond, UTC)


@pytest.fixture
def table(tmp_path) -> str:
    """A table of three files: 8 to 9, 10 to 12 (open at its end), 12 to 13."""
    path = str(tmp_path / "table")
    stretches = ([(at(8), at(9))], [(at(10), at(11)), (at(10), None)], [(at(12), at(13))])
    for stretch in stretches:
        rows = [{"begun": begin, "ended": end, "date": date(2025, 3, 1)} for begin, end in stretch]
        instant = pa.timestamp("us", "UTC")
        schema = pa.schema([("begun", instant), ("ended", instant), ("date", pa.date32())])
        write_deltalake(path, pa.Table.from_pylist(rows, schema), mode="append")
    return path


def hours(found: pa.Table) -> list[int]:
    """The hours that files begin at."""
    return sorted(instant.hour for instant in found["min.begun"].to_pylist())


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(at(0), at(7, 59))], []),
        ([(at(0), at(8))], [8]),
        ([(at(9), at(9))], [8]),
        ([(at(9, 0, 1500), at(9, 59))], []),
        # Bounds are kept in milliseconds: what lies within the last may be there.
        ([(at(9, 0, 900), at(9, 59))], [8]),
        ([(at(9), at(10))], [8, 10]),
        ([(at(11, 30), at(11, 40))], []),
        ([(at(8), at(8)), (at(12, 30), at(23))], [8, 12]),
        ([(at(0), at(23))], [8, 10, 12]),
    ],
)
def test_files_overlap_spans_ends_included(table, spans, expected):
    found = delta_files.files(table)

    assert hours(delta_files.overlapping(found, spans, "begun", "ended")) == expected


def test_a_date_is_kept_a_day_around(table):
    """Business dates are those of a zone, instants are UTC."""
    found = delta_files.files(table)
    spans = {
        "two days before": (datetime(2025, 2, 27, 12, tzinfo=UTC),) * 2,
        "the day before": (datetime(2025, 2, 28, 12, tzinfo=UTC),) * 2,
        "two days after": (datetime(2025, 3, 3, 12, tzinfo=UTC),) * 2,
    }
    kept = {
        name: hours(delta_files.overlapping(found, [span], "date", "date"))
        for name, span in spans.items()
    }

    assert kept == {"two days before": [], "the day before": [8, 10, 12], "two days after": []}


def test_what_has_no_bounds_is_kept(table):
    found = delta_files.files(table)
    far = [(datetime(2030, 1, 1, tzinfo=UTC),) * 2]

    assert len(delta_files.overlapping(found, far, "unknown", "unknown")) == 3
    nulls = found.set_column(
        found.column_names.index("max.ended"), "max.ended", pa.nulls(3, pa.timestamp("us", "UTC"))
    )
    assert len(delta_files.overlapping(nulls, far, "begun", "ended")) == 3


def test_an_empty_table_has_no_files(tmp_path):
    path = str(tmp_path / "empty")
    write_deltalake(path, pa.table({"begun": pa.array([], pa.timestamp("us", "UTC"))}))
    found = delta_files.files(path)

    assert (
        delta_files.paths(path, delta_files.overlapping(found, [(at(8), at(9))], "begun", "begun"))
        == []
    )


def test_paths_are_full_and_unescaped(tmp_path):
    path = str(tmp_path / "partitioned")
    write_deltalake(path, pa.table({"name": ["a b"], "n": [1]}), partition_by=["name"])
    (found,) = delta_files.paths(path, delta_files.files(path))

    assert found.startswith(f"{path}/name=a%20b/")
    assert found.endswith(".parquet")
