"""Archives on disk: every line is known by its file and its place there."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from gympulse.io import archives
from gympulse.io.archives import Files


def line(number: int) -> str:
    """A record whose value is its number, and some length."""
    return f'{{"topic": "bpm", "value": "{number}", "key": "{"x" * (number % 50)}"}}'


def sources(spark: SparkSession, folder: Path) -> dict[str, str | None]:
    """By place, the value of each record found."""
    found = archives.lines(spark, archives.find(spark, str(folder)), "UTC")
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
    assert found == Files(str(tmp_path / "missing"))
    assert archives.lines(spark, found, "UTC").count() == 0


@pytest.mark.parametrize("name", ["a.json", "deep/er/a.json"])
def test_a_records_columns(spark, tmp_path, name):
    """Kafka's fields where they are, the business day of Kafka's instant, and the place."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        '{"key":"7","value":{"a":1.0},"topic":"bpm","partition":3,"offset":9,'
        '"timestamp":1678489200000}'
    )
    found = archives.lines(spark, archives.find(spark, str(tmp_path)), "Europe/Paris")
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
