"""Entries of the ledger, and records of operations, as datasets that were read and written."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from gympulse.datasets import Dataset, Lineage, folder, of_copy, table
from gympulse.io import operations
from gympulse.io.lineage import of_run
from gympulse.lake import Lake
from gympulse.model.tables import OPERATIONS, TABLES
from gympulse.operations.lineage import of_operation
from made_ledger import NOON, RUN, commit, empty_lake, enter, entry

BRONZE, EVENTS = "bronze_db.kafka_multiplex", "silver_db.user_profile_events"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose tables are there and empty."""
    return empty_lake(tmp_path)


def found(lake: Lake, lineage: Lineage) -> dict[str, set[tuple]]:
    """What was read and written: the names below the lake, versions and rows."""

    def told(each: Dataset) -> tuple:
        root = f"{lake.root}/"
        place = each.name.removeprefix(root) if each.namespace == "file" else each.namespace
        name = each.table.name if each.table else place
        return name, each.version, each.rows

    assert len({(each.namespace, each.name) for each in lineage.inputs}) == len(lineage.inputs)
    return {"read": set(map(told, lineage.inputs)), "written": set(map(told, lineage.outputs))}


def at(**offsets: list[int]) -> dict:
    """A position in topics."""
    return {name: dict(zip("01", of, strict=True)) for name, of in offsets.items()}


CASES = {
    "nothing was done": ([], [], [], []),
    "another run's entries are passed over": (
        [],
        [entry("kafka_multiplex", (5, 5, 0, 0, 0), airflow_run="bronze/other")],
        [],
        [],
    ),
    "a topic by its offsets, one without records left out": (
        [],
        [
            entry("kafka_multiplex", (4, 4, 0, 0, 0), at(bpm=[0, 5], workout=[1, 1]), end)
            for end in [at(bpm=[3, 6], workout=[1, 1])]
        ],
        [("kafka://kafka:9092", '{"0": 3, "1": 6}', 4)],
        [(BRONZE, "1", 4)],
    ),
    "batches of one run are added up": (
        [],
        [
            entry(
                *("kafka_multiplex", (3, 3, 0, 0, 0), at(bpm=[2, 0]), at(bpm=[4, 1])),
                batch_id=1,
                version=2,
            ),
            entry("kafka_multiplex", (2, 2, 0, 0, 0), at(bpm=[0, 0]), at(bpm=[2, 0])),
        ],
        [("kafka://kafka:9092", '{"0": 4, "1": 1}', 5)],
        [(BRONZE, "2", 5)],
    ),
    "landed files by their folder": (
        [],
        [entry("gym_logins", (7, 7, 0, 0, 0))],
        [("sbit-unmanaged-dev/data_zone/gym_logins", None, 7)],
        [("bronze_db.gym_logins", "1", 7)],
    ),
    "records count where they are read, by their topics; what is set aside is written too": (
        [],
        [
            entry("heart_rate", (5, 2, 1, 1, 1), {BRONZE: 0}, {BRONZE: 3}, version=2),
            entry("workouts", (4, 0, 0, 4, 0), {BRONZE: 0}, {BRONZE: 3}),
        ],
        [(BRONZE, "2", 9)],
        [("silver_db.heart_rate", "2", 3), ("ops_db.quarantine", "0", 1)],
    ),
    "rows of a table by its own log, read by two": (
        [
            (EVENTS, {"numOutputRows": 4}),
            (EVENTS, {"numTargetRowsInserted": 2, "numTargetRowsUpdated": 1, "numOutputRows": 9}),
            (EVENTS, {"numTargetRowsDeleted": 1}),
            (EVENTS, {"numOutputRows": 50}),
        ],
        [
            entry("user_profile", (3, 1, 2, 0, 0), {EVENTS: 2}, {EVENTS: 4}, deleted=1),
            entry("user_profile_history", (9, 0, 0, 9, 0), {EVENTS: 3}, {EVENTS: 4}),
        ],
        [(EVENTS, "3", 4)],
        [("silver_db.user_profile", "1", 3)],
    ),
    "a source of which nothing had changed": (
        [],
        [
            entry(
                *("gym_occupancy", (2, 2, 0, 0, 0)),
                {"silver_db.gym_logs": 0, "silver_db.completed_workouts": 1},
                {"silver_db.gym_logs": 1, "silver_db.completed_workouts": 1},
            )
        ],
        [
            ("silver_db.gym_logs", "0", 0),
            ("silver_db.completed_workouts", "0", 0),
            ("silver_db.registrations", None, None),
        ],
        [("gold_db.gym_occupancy", "1", 2)],
    ),
    "a version of which some files are taken": (
        [(EVENTS, {"numOutputRows": 4})],
        [entry("user_profile", (1, 1, 0, 0, 0), {EVENTS: 0}, {EVENTS: {"version": 1, "file": 2}})],
        [(EVENTS, "1", 4)],
        [("silver_db.user_profile", "1", 1)],
    ),
    "a checkpoint that could not be read": (
        [],
        [entry("heart_rate", (5, 5, 0, 0, 0))],
        [(BRONZE, None, 5)],
        [("silver_db.heart_rate", "1", 5)],
    ),
    "lines that an operation sets aside are read and written by nobody else": (
        [],
        [entry("kafka_multiplex", (2, 0, 0, 0, 2), layer="silver")],
        [],
        [("ops_db.quarantine", "0", 2)],
    ),
}


@pytest.mark.parametrize(("commits", "entries", "read", "written"), CASES.values(), ids=CASES)
def test_a_runs_entries(lake, commits, entries, read, written):
    for name, metrics in commits:
        commit(lake, name, **metrics)
    enter(lake, *entries)

    lineage = of_run(lake, RUN, "kafka:9092, other:9092")

    assert found(lake, lineage) == {"read": set(read), "written": set(written)}


def test_entries_from_before_the_run_are_not_looked_at(lake):
    enter(lake, entry("gym_logins", (7, 7, 0, 0, 0)))

    assert of_run(lake, RUN, "", NOON + timedelta(seconds=1)) == Lineage()
    assert of_run(lake, RUN, "", NOON).outputs


def test_a_log_that_no_longer_has_the_versions(lake):
    commit(lake, EVENTS, numOutputRows=1)
    path = Path(lake.path(TABLES[EVENTS]))
    commit(lake, EVENTS, numOutputRows=1)
    DeltaTable(path).create_checkpoint()
    (path / "_delta_log" / f"{1:020}.json").unlink()
    enter(lake, entry("user_profile", (1, 1, 0, 0, 0), {EVENTS: 0}, {EVENTS: 3}))

    assert found(lake, of_run(lake, RUN, ""))["read"] == {(EVENTS, "2", None)}


def test_before_the_first_run_there_is_nothing(tmp_path):
    assert of_run(Lake(str(tmp_path)), RUN, "") == Lineage()


@pytest.mark.parametrize(
    ("path", "namespace", "name"),
    [
        ("/data/lake/a", "file", "/data/lake/a"),
        ("abfss://c@a.dfs.core.windows.net/l/t", "abfss://c@a.dfs.core.windows.net", "l/t"),
    ],
)
def test_folders_have_openlineages_names(path, namespace, name):
    assert folder(path) == Dataset(namespace, name)


def record(lake: Lake, job: str, tables: list[dict], **others: object) -> None:
    """Record what came of an operation."""
    told = {"operation_id": RUN, "phase": "result", "job": job, "options": "{}", **others}
    shared = {"operation_id": RUN, "phase": "result"}
    rows = [{**shared, **row} for row in tables]
    operations.record(lake, dict.fromkeys(OPERATIONS.columns) | told, rows)


def test_an_operation_says_what_it_has_written(lake):
    commit(lake, "gold_db.gym_summary", numOutputRows=9)
    rows = [
        {"table": "gym_summary", "missing": 4, "different": 3, "extra": 2},
        {"table": "gym_occupancy", "missing": 0, "different": 0, "extra": None},
    ]
    record(lake, "gold_rebuild", rows)

    assert found(lake, of_operation(lake, "gold_rebuild", RUN)) == {
        "read": {
            ("silver_db.completed_workouts", "0", None),
            ("silver_db.gym_logs", "0", None),
            ("silver_db.registrations", "0", None),
        },
        "written": {("gold_db.gym_summary", "1", 9)},
    }


def test_a_load_reads_its_archives(lake):
    options = json.dumps({"archive_path": "data_zone/kfk-mx/"})
    told = {"mode": "load_archives", "options": options, "rows_to_read": 30}
    record(lake, "backfill", [], **told)

    assert found(lake, of_operation(lake, "backfill", RUN)) == {
        "read": {("sbit-unmanaged-dev/data_zone/kfk-mx", None, 30)},
        "written": set(),
    }


def test_a_verification_reads_alone(lake):
    record(lake, "verify", [{"table": "gym_summary", "rows_expected": 5, "missing": 1}])

    lineage = of_operation(lake, "verify", RUN)

    assert found(lake, lineage) == {"read": {("gold_db.gym_summary", "0", 5)}, "written": set()}


def test_an_operation_that_is_not_done_says_nothing(lake):
    assert of_operation(lake, "verify", RUN) == Lineage()


def test_of_what_two_know_of_the_one_that_knows_of_more_counts(lake):
    few = replace(table(lake, TABLES["gold_db.gym_summary"]), version="3", rows=2)
    many = replace(few, version="4", rows=7)

    assert Lineage((few,)) + Lineage((many,)) == Lineage((replace(few, rows=7),))


def test_a_copy_without_rows_writes_nothing():
    source = Dataset("postgres://db:5432", "registration.public.gym_logins")

    assert of_copy(source, "/lake/gym_logins", 0, 0).outputs == ()
    assert of_copy(source, "/lake/gym_logins", 3, 1) == Lineage(
        (Dataset(source.namespace, source.name, rows=3),),
        (Dataset("file", "/lake/gym_logins", rows=3, files=1),),
    )
