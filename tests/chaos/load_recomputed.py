"""Large lakes held against their own bronze and Kafka, by sums that DuckDB makes."""

from collections.abc import Sequence

import duckdb
from deltalake import DeltaTable

from chaos.load_arriving import Hour
from gympulse.io.kafka import end_offsets
from gympulse.lake import Lake
from gympulse.model.tables import (
    HEART_RATE,
    KAFKA_MULTIPLEX,
    REGISTERED_USERS,
    WORKOUT_BPM_SUMMARY,
)
from gympulse.settings import Kafka

_TABLES = {
    "bronze": KAFKA_MULTIPLEX,
    "registered": REGISTERED_USERS,
    "heart_rate": HEART_RATE,
    "summary": WORKOUT_BPM_SUMMARY,
}
_PARTITIONS = """
SELECT topic, "partition", count(*), count(DISTINCT "offset"), max("offset") + 1
FROM bronze GROUP BY ALL
"""
_READINGS = """
CREATE TEMP TABLE readings AS
SELECT told[1]::BIGINT AS device_id, told[2]::BIGINT AS second, told[3]::DOUBLE AS heartrate
FROM (
    SELECT json_extract_string(value, ['$.device_id', '$.time', '$.heartrate']) AS told
    FROM bronze WHERE topic = 'bpm'
)
"""
_SUMS = (
    "SELECT count(*), sum(hash(device_id, second, heartrate)) FROM readings",
    """
    SELECT count(*), sum(hash(device_id, epoch_us("time") // 1000000, heartrate))
    FROM heart_rate
    """,
)
# Every member has one workout in an hour, and lies within it.
_DIFFERENT = """
WITH worn AS (
    SELECT DISTINCT user_id::BIGINT AS user_id, device_id::BIGINT AS device_id FROM registered
), moments AS (
    SELECT told[1]::BIGINT AS user_id, told[2]::BIGINT AS workout_id,
           told[3]::BIGINT AS session_id, told[4]::BIGINT AS second
    FROM (
        SELECT json_extract_string(
            value, ['$.user_id', '$.workout_id', '$.session_id', '$.timestamp']
        ) AS told
        FROM bronze WHERE topic = 'workout'
    )
), sessions AS (
    SELECT user_id, workout_id, session_id, min(second) AS start, max(second) AS stop
    FROM moments GROUP BY user_id, workout_id, session_id, second // 3600
), wanted AS (
    SELECT user_id, workout_id, session_id, start, count(*) AS num_records,
           min(heartrate) AS min_bpm, avg(heartrate) AS avg_bpm, max(heartrate) AS max_bpm
    FROM readings JOIN worn USING (device_id) JOIN sessions USING (user_id)
    WHERE second // 3600 = start // 3600 AND second > start AND second <= stop
    GROUP BY user_id, workout_id, session_id, start
), found AS (
    SELECT user_id, workout_id, session_id, epoch_us(start_time) // 1000000 AS start,
           num_records, min_bpm, avg_bpm, max_bpm
    FROM summary
)
SELECT count(*) FROM wanted FULL JOIN found USING (user_id, workout_id, session_id, start)
WHERE wanted.num_records IS DISTINCT FROM found.num_records
   OR wanted.min_bpm <> found.min_bpm OR wanted.max_bpm <> found.max_bpm
   OR abs(wanted.avg_bpm - found.avg_bpm) > 1e-9
"""


def bronze_is_kafka(lake: Lake, servers: str) -> str:
    """Bronze has each record of Kafka once."""
    with _asking(lake) as asked:
        found = {tuple(row[:2]): row[2:] for row in asked.execute(_PARTITIONS).fetchall()}
    total = 0
    for topic, ends in end_offsets(Kafka(servers)).items():
        for partition, end in ends.items():
            rows = found.get((topic, partition), (0, 0, 0))
            assert rows == (end, end, end), (
                f"bronze has {rows[0]:,} rows of {rows[1]:,} offsets of {topic}/{partition}, "
                f"where Kafka has {end:,} records"
            )
            total += end
    return f"{total:,} records of Kafka are in bronze, each once"


def silver_is_bronze(lake: Lake, hours: Sequence[Hour]) -> str:
    """Each reading that was sent is in silver once, with its heart rate."""
    with _asking(lake) as asked:
        asked.execute(_READINGS)
        wanted, found = (asked.execute(sums).fetchone() for sums in _SUMS)
    sent = sum(hour.readings for hour in hours)
    assert found[0] == sent, f"silver has {found[0]:,} readings of {sent:,}"
    assert found == wanted, "the readings of silver are not those of bronze"
    return f"{sent:,} readings were sent and are in silver, each once"


def gold_is_bronze(lake: Lake, hours: Sequence[Hour]) -> str:
    """Each workout is in gold once, with the count and the heart rates of its readings."""
    with _asking(lake) as asked:
        asked.execute(_READINGS)
        different = asked.execute(_DIFFERENT).fetchone()[0]
        rows = asked.execute("SELECT count(*) FROM summary").fetchone()[0]
    held = sum(hour.bands for hour in hours)
    assert not different, f"{different:,} workouts of gold are not as bronze has them"
    assert rows == held, f"gold has {rows:,} workouts of {held:,}"
    return f"{rows:,} workouts are in gold, each as its readings in bronze say"


def _asking(lake: Lake) -> duckdb.DuckDBPyConnection:
    asked = duckdb.connect(config={"memory_limit": "4GB"})
    asked.execute(f"SET temp_directory = '{lake.root}.sums'")
    for name, table in _TABLES.items():
        asked.register(name, DeltaTable(lake.path(table)).to_pyarrow_dataset())
    return asked
