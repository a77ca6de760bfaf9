"""Landed files through Spark: each once, whatever its name."""

import pytest

from gympulse.io.bronze import landed_stream
from gympulse.model.tables import GYM_LOGINS

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
