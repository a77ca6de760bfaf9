"""Archives on disk: every line is known by its file and its place there."""

from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from gympulse.io import archives


def line(number: int) -> str:
    """A record whose value is its number, and some length."""
    return f'{{"topic": "bpm", "value": "{number}", "key": "{"x" * (number % 50)}"}}'


def sources(spark: SparkSession, folder: Path) -> dict[str, str | None]:
    """By place, the value of each record found."""
    found = archives.lines(spark, archives.find(spark, str(folder)), str(folder), "UTC")
    rows = found.select("source", "value").collect()
    assert len({row["source"] for row in rows}) == len(rows)
    return {row["source"]: row["value"] for row in rows}


def test_lines_are_numbered_whatever_pieces_a_file_is_read_in(spark, tmp_path):
    """Files of several blocks, blank lines, odd names, a file without a last line's end."""
    contents = {
        "a b.json": [line(n) if n % 7 else "" for n in range(1, 900)],
        "topics/day=1/part-[0].json": [line(n) for n in range(1, 40)],
        "topics/part:1%20.json": [line(1)],
        "empty.json": [],
    }
    for name, lines in contents.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines))
    (tmp_path / "_unfinished.json").write_text(line(1))
    (tmp_path / ".hidden.json").write_text(line(1))
    expected = {
        f"{name}:{number}": str(number)
        for name, lines in contents.items()
        for number, text in enumerate(lines, start=1)
        if text
    }
    spark.conf.set("spark.sql.files.maxPartitionBytes", 4096)
    try:
        assert sources(spark, tmp_path) == expected
    finally:
        spark.conf.unset("spark.sql.files.maxPartitionBytes")
    assert sources(spark, tmp_path) == expected


def test_no_folder_no_files(spark, tmp_path):
    """A folder that is missing is no error, and gives no lines."""
    found = archives.find(spark, str(tmp_path / "missing"))
    assert found == {}
    assert archives.lines(spark, found, str(tmp_path), "UTC").count() == 0


def test_files_in_a_folder_alone(spark, tmp_path):
    """Not those below it."""
    for name in ("a.csv", "deep/b.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert archives.find(spark, str(tmp_path), is_deep=False) == {f"file:{tmp_path}/a.csv": 1}


def test_a_file_that_changes_between_two_looks_is_refused(spark, tmp_path):
    """Lines that were not counted would have others' numbers."""
    path = tmp_path / "a.json"
    path.write_text(line(1))
    found = archives.lines(spark, archives.find(spark, str(tmp_path)), str(tmp_path), "UTC")
    path.write_text("\n" * len(line(1)))
    with pytest.raises(PySparkException, match="An archive changed while it was read"):
        found.collect()


@pytest.mark.parametrize("name", ["a.json", "deep/er/a.json"])
def test_a_records_columns(spark, tmp_path, name):
    """Kafka's fields where they are, the business day of Kafka's instant, and the place."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        '{"key":"7","value":{"a":1.0},"topic":"bpm","partition":3,"offset":9,'
        '"timestamp":1678489200000}'
    )
    found = archives.find(spark, str(tmp_path))
    found = archives.lines(spark, found, str(tmp_path), "Europe/Paris")
    row = found.drop("load_time").selectExpr("*", "unix_millis(timestamp) AS ms").first()
    told = row.asDict() | {"timestamp": None, "date": str(row["date"])}
    assert told == {
        "key": "7",
        "value": '{"a":1.0}',
        "encoding": "utf-8",
        "topic": "bpm",
        "partition": 3,
        "offset": 9,
        "timestamp": None,
        "ms": 1678489200000,
        "date": "2023-03-11",
        "source": f"{name}:1",
    }
