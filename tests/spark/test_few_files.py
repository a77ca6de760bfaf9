"""Few rows are written into few files, whatever shuffle they come from."""

from collections import Counter

import pytest
from deltalake import DeltaTable

from gympulse.io import delta, schema
from gympulse.lake import Lake
from gympulse.model.tables import HEART_RATE
from spark.frames import frame, noon


@pytest.mark.parametrize(
    ("among", "files"),
    [
        pytest.param(8, [1, 1], id="one for each date"),
        pytest.param(100, [2, 2], id="as many tasks as the kept rows are worth"),
        pytest.param(None, [4, 4], id="as the shuffle has them, where that is not known"),
    ],
)
def test_files_of_an_append(spark, tmp_path, monkeypatch, among, files):
    monkeypatch.setattr(delta, "_ROWS_WORTH_A_FILE", 50)
    lake = Lake(str(tmp_path))
    schema.create(lake, [HEART_RATE])
    instants = (noon(0), noon(86_400))
    rows = [(device, at, 60.0, at.date()) for at in instants for device in range(40)]
    parts = frame(spark, HEART_RATE, rows).repartition(4)

    if among is not None:
        parts = delta.in_files(parts, HEART_RATE, len(rows), None, among)
    delta.append(parts, lake, HEART_RATE)

    table = DeltaTable(lake.path(HEART_RATE))
    by_date = Counter(path.split("/")[-2] for path in table.file_uris())
    assert sorted(by_date.values()) == files
    assert table.count() == len(rows)
