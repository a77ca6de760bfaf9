"""The ledger's entries: every row has one outcome, and a batch is entered once."""

from pathlib import Path

import pytest
from deltalake import DeltaTable

from gympulse.errors import Unbalanced
from gympulse.io import ops, schema
from gympulse.io.ops import Entry
from gympulse.lake import Lake
from gympulse.model.tables import LEDGER


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param((0, 0, 0, 0, 0), id="an empty batch"),
        pytest.param((10, 4, 3, 2, 1), id="every outcome"),
        pytest.param((4, 4, 0, 0, 0), id="one outcome"),
    ],
)
def test_outcomes_that_add_up_are_an_entry(counts):
    entry = Entry("heart_rate", "a-stream", 7, *counts)

    assert entry.rows_read == sum(counts[1:])


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param(
            (1000, 4, 3, 2, 1),
            "rows read 1,000, inserted 4, superseding 3, duplicate 2, quarantined 1",
            id="rows are missing",
        ),
        pytest.param(
            (9, 4, 3, 2, 1),
            "rows read 9, inserted 4, superseding 3, duplicate 2, quarantined 1",
            id="rows are too many",
        ),
        pytest.param(
            (4, 5, 0, -1, 0),
            "rows read 4, inserted 5, superseding 0, duplicate -1, quarantined 0",
            id="a negative outcome that makes up for another",
        ),
    ],
)
def test_others_are_none(counts, said):
    with pytest.raises(Unbalanced) as caught:
        Entry("heart_rate", "a-stream", 7, *counts)

    assert str(caught.value) == (
        "heart_rate, stream a-stream, batch 7: the rows read are not all accounted for "
        f"({said}). The batch was not entered in the ledger and will be repeated. This is an "
        "error of the program: bronze keeps every record; mend it, then run verify."
    )


def test_a_batch_is_entered_once(tmp_path: Path):
    """Replayed, it stays as it was first recorded: its records would count as duplicates."""
    lake = Lake(str(tmp_path))
    schema.create(lake, [LEDGER])
    first = Entry(
        "heart_rate",
        "a-stream",
        7,
        *(10, 4, 3, 2, 1),
        deleted=5,
        position_from='{"a": 1}',
        position_to='{"a": 2}',
        version=3,
        seconds=1.5,
        airflow_run="silver/scheduled",
    )
    ops.record(lake, "run", "silver", first)
    ops.record(lake, "again", "silver", Entry("heart_rate", "a-stream", 7, 10, 0, 0, 9, 1))
    (row,) = DeltaTable(lake.path(LEDGER)).to_pyarrow_table().to_pylist()

    assert row.pop("finished_at")
    assert row == {
        "run_id": "run",
        "layer": "silver",
        "table": "heart_rate",
        "stream": "a-stream",
        "batch_id": 7,
        "rows_read": 10,
        "inserted": 4,
        "superseding": 3,
        "duplicate": 2,
        "quarantined": 1,
        "position_from": '{"a": 1}',
        "position_to": '{"a": 2}',
        "deleted": 5,
        "version": 3,
        "seconds": 1.5,
        "airflow_run": "silver/scheduled",
    }
