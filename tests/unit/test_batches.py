"""How much a micro-batch holds."""

import pyarrow as pa
from pyarrow import parquet

from gympulse.io import bronze, streams
from gympulse.local.simulator.dense import dense_hour
from gympulse.local.simulator.events import BPM


def test_a_batch_of_silver_holds_about_as_many_readings_as_one_of_bronze(tmp_path):
    """Of a day's backlog it would otherwise hold all, however many batches bronze has made."""
    start = 1_740_787_200
    readings = [each for each in dense_hour(100, start=start, opening=False) if each[0] == BPM]
    rows = pa.table(
        {
            "key": [key.decode() for _, key, _ in readings],
            "value": [value.decode() for _, _, value in readings],
            "offset": range(len(readings)),
        }
    )
    parquet.write_table(rows, tmp_path / "bronze", compression="zstd")
    by_row = (tmp_path / "bronze").stat().st_size / len(readings)
    most = int(streams._BYTES_PER_BATCH.removesuffix("m")) * 2**20 / by_row

    assert bronze._OFFSETS_PER_BATCH / 2 < most < bronze._OFFSETS_PER_BATCH * 2
