"""Which compiler a job is launched with, by what it has to work off."""

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake
from lake_history import LATER

from gympulse import lag
from gympulse.io import ops, schema, trimming
from gympulse.lake import Lake
from gympulse.model.tables import BRONZE, HEART_RATE, KAFKA_MULTIPLEX, LAYERS


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake whose bronze table gained two, three and four rows, where six rows are many."""
    monkeypatch.setattr(lag, "LARGE_FROM_ROWS", dict.fromkeys(LAYERS, 6))
    monkeypatch.setattr(lag, "end_offsets", lambda kafka: {"bpm": {0: 4, 1: 5}})
    lake = Lake(str(tmp_path))
    schema.create(lake, BRONZE)
    for version, rows in enumerate((2, 3, 4), start=1):
        commit = {
            "timestamp": 0,
            "operation": "WRITE",
            "operationMetrics": {"numOutputRows": f"{rows}"},
        }
        log = Path(lake.path(KAFKA_MULTIPLEX), "_delta_log", f"{version:020}.json")
        log.write_text(json.dumps({"commitInfo": commit}))
    return lake


def read_up_to(lake: Lake, table: str, *offsets: dict) -> None:
    """Write a checkpoint as a stream does that has finished its first batch."""
    checkpoint = Path(lake.checkpoint(table))
    for name, lines in {
        "offsets": ["v1", "{}", *map(json.dumps, offsets)],
        "commits": ["v1", "{}"],
    }.items():
        (checkpoint / name).mkdir(parents=True)
        (checkpoint / name / "0").write_text("\n".join(lines))


def silver(lake: Lake) -> str:
    return lag.size(["spark_jobs/silver.py", "--lake", lake.root])


def bronze(lake: Lake) -> str:
    return lag.size(["bronze.py", "--lake", lake.root, "--kafka-bootstrap-servers", "h:1"])


def test_all_rows_of_a_source_never_read_are_ahead(lake):
    assert silver(lake) == "large"


@pytest.mark.parametrize(("next_version", "expected"), [(2, "large"), (3, "small"), (4, "small")])
def test_rows_of_versions_that_were_read_are_not(lake, next_version, expected):
    table = DeltaTable(lake.path(KAFKA_MULTIPLEX))
    offset = {"reservoirId": table.metadata().id, "reservoirVersion": next_version, "index": -1}
    for name in (table.short_name for table in LAYERS["silver"]):
        read_up_to(lake, name, offset)

    assert silver(lake) == expected


def test_the_table_furthest_behind_counts(lake):
    table = DeltaTable(lake.path(KAFKA_MULTIPLEX))
    offset = {"reservoirId": table.metadata().id, "reservoirVersion": 4, "index": -1}
    read_up_to(lake, HEART_RATE.short_name, offset)

    assert silver(lake) == "large"


@pytest.mark.parametrize(
    ("read", "expected"), [([0, 0], "large"), ([2, 2], "small"), ([1, 2], "large")]
)
def test_bronze_asks_the_broker(lake, read, expected):
    offsets = {"bpm": {str(partition): offset for partition, offset in enumerate(read)}}
    read_up_to(lake, KAFKA_MULTIPLEX.short_name, offsets)

    assert bronze(lake) == expected


@pytest.mark.parametrize(("rows", "expected"), [(5, "small"), (6, "history")])
def test_a_review_may_look_at_all_of_bronze(lake, rows, expected):
    found = ops.rows_of(KAFKA_MULTIPLEX, [{"topic": "bpm"}] * rows)
    write_deltalake(lake.path(KAFKA_MULTIPLEX), found, mode="append")
    told = ["--lake", lake.root, "--reason=why", "--cures={}", "--by=Ann"]

    assert lag.size(["quarantine_review.py", *told]) == expected


def test_what_cannot_be_known_is_small(tmp_path, capsys):
    """The job itself says what is wrong."""
    sizes = [
        lag.size(["silver.py"]),
        lag.size(["silver.py", "--lake", str(tmp_path / "none")]),
        lag.size(["bronze.py", "--lake", str(tmp_path), "--no-such-option"]),
        lag.size(["bronze.py", "--help"]),
    ]

    assert sizes == ["small"] * 4
    assert tuple(capsys.readouterr()) == ("", "")


def test_other_scripts_are_large():
    assert lag.size(["any.py", "--lake", "x"]) == "large"
    assert lag.size([]) == "large"


def test_an_operation_over_many_rows_goes_through_history(tmp_path):
    archives = tmp_path / "archives"
    archives.mkdir()
    words = ["backfill.py", "--lake", str(tmp_path), "--reason", "r"]
    words += ["--archive-path", str(archives)]
    for rows, expected in ((999_999, "small"), (1_000_000, "history")):
        with (archives / "a.json").open("wb") as file:
            file.truncate(rows * 120)
        assert lag.size(words) == expected


def test_the_script_is_found_behind_the_options_that_airflow_gives(lake):
    options = ["--master", "local[*]", "--name", "silver", "--conf", "a=b", "--verbose"]
    arguments = ["/opt/spark_jobs/silver.py", "--lake", lake.root]

    assert lag.size([*options, *arguments]) == "large"
    everywhere_small = dict.fromkeys(LAYERS, 10)
    lag.LARGE_FROM_ROWS.update(everywhere_small)
    assert lag.size([*options, *arguments]) == "small"


def test_of_a_log_that_was_cut_the_rows_that_are_there_count(tmp_path, monkeypatch):
    """Commits that it no longer has would count for nothing."""
    monkeypatch.setattr(lag, "LARGE_FROM_ROWS", dict.fromkeys(LAYERS, 6))
    lake = Lake(str(tmp_path))
    schema.create(lake, BRONZE)
    path = lake.path(KAFKA_MULTIPLEX)
    rows = [dict.fromkeys(KAFKA_MULTIPLEX.columns)] * 6
    write_deltalake(path, ops.rows_of(KAFKA_MULTIPLEX, rows), mode="append")
    # delta-rs does not tell how many rows a commit has.
    assert silver(lake) == "small"

    trimming.cut_log(path, 1, LATER)
    assert silver(lake) == "large"
