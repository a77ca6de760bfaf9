"""Landed files through Spark: each once, whatever its name."""

from datetime import UTC, datetime, timedelta
from os import utime

import pytest
from pyspark.sql import functions as F

from gympulse.io.bronze import landed_rows, landed_stream
from gympulse.io.streams import drain
from gympulse.lake import Lake
from gympulse.model.tables import GYM_LOGINS

NOW = datetime.now(UTC)
LINES = b"mac_address,gym,login,logout\nm,1,2,\n"
# Characters that a URL escapes, and that Hadoop splits at.
FOLDERS = {
    "plain names": ["a.csv", "b.csv", ".hidden.csv", "_hidden.csv"],
    "names that a URL escapes": ["a b.csv", "50%.csv", "a%20b.csv", "a+b#1.csv", "é.csv"],
    "an instant in the name": ["a.csv", "gym_logins-2025-06-01T12:00:00.csv"],
}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_file_is_read_once(spark, tmp_path, name):
    landing, taken = tmp_path / "landing", []
    landing.mkdir()
    for file in FOLDERS[name]:
        (landing / file).write_bytes(LINES)

    def write(batch, _):
        taken.extend(row["source_file"] for row in batch.select("source_file").collect())

    stream = landed_stream(spark, str(landing), GYM_LOGINS).writeStream.foreachBatch(write)
    checkpoint = str(tmp_path / "checkpoint")
    stream.option("checkpointLocation", checkpoint).trigger(
        availableNow=True
    ).start().awaitTermination()

    assert sorted(taken) == sorted(file for file in FOLDERS[name] if "hidden" not in file)


@pytest.fixture
def partitions(spark):
    """Change how many partitions rows are shuffled to, for one test."""
    name = "spark.sql.shuffle.partitions"
    usual = spark.conf.get(name)
    yield lambda number: spark.conf.set(name, number)
    spark.conf.set(name, usual)


def test_a_stream_that_moves_to_a_larger_cluster_uses_it(spark, tmp_path, partitions):
    """The number of partitions is that of each run, not that of the stream's first."""
    lake, seen = Lake(str(tmp_path)), []
    (tmp_path / "landing").mkdir()

    def write(batch, _, number):
        seen.append((number, batch.sparkSession.conf.get("spark.sql.shuffle.partitions")))

    for run, number in enumerate((3, 5)):
        partitions(number)
        (tmp_path / "landing" / f"{run}.csv").write_bytes(LINES)
        drain(landed_stream(spark, str(tmp_path / "landing"), GYM_LOGINS), lake, GYM_LOGINS, write)

    assert seen == [(0, "3"), (1, "5")]


def test_a_file_that_is_older_than_others_is_read(spark, tmp_path):
    """It may have been copied with its age, or the clock was put back since they came."""
    lake, landing, taken = Lake(str(tmp_path)), tmp_path / "landing", []
    landing.mkdir()

    def write(batch, _, number):
        taken.extend(row["source_file"] for row in batch.select("source_file").collect())

    for name, year in (("new.csv", 2026), ("old.csv", 2001)):
        (landing / name).write_bytes(LINES)
        at = datetime(year, 1, 1, tzinfo=UTC).timestamp()
        utime(landing / name, (at, at))
        drain(landed_stream(spark, str(landing), GYM_LOGINS), lake, GYM_LOGINS, write)

    assert taken == ["new.csv", "old.csv"]


def test_rows_enter_no_earlier_than_what_is_noted(spark, tmp_path):
    """Where the clock was put back since."""
    (tmp_path / "a.csv").write_bytes(LINES)
    files = spark.read.format("binaryFile").load(str(tmp_path)).withColumn("name", F.lit("a.csv"))
    noted, seconds = datetime(2100, 1, 1, tzinfo=UTC), F.unix_seconds("load_time")

    [later] = landed_rows(files, GYM_LOGINS, noted).select(seconds).collect()
    [now] = landed_rows(files, GYM_LOGINS, NOW - timedelta(days=1)).select(seconds).collect()

    assert later[0] == noted.timestamp()
    assert abs(now[0] - NOW.timestamp()) < 3600
