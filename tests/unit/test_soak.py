"""What a soak finds of made measurements."""

import json
from dataclasses import replace

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tests.soak import measuring, notes, report
from tests.soak.judging import DAY, EARLY, EARLY_DAYS, LAST, are_enough, is_judged, judge
from tests.soak.life import HOUR, PAST, Life
from tests.soak.measuring import Size, Taken, Work

RUNS = EARLY_DAYS[-1] + len(EARLY_DAYS) + LAST // 2
LAST_DAYS = RUNS - EARLY_DAYS[-1]
MARKS = ("<!-- soak -->", "<!-- /soak -->")
OF = ("silver_db.heart_rate", "silver_db.users")


def size(rows: int, fullest: int = 20, beyond: int = 100) -> Size:
    """A table of a day of a hundred rows, with so many bytes beyond each row's."""
    kept = rows * (50 + beyond)
    return Size(rows, rows // 100 + 1, rows // 50, fullest, rows * 50, 80, 40, kept)


def run(number: int) -> Taken:
    """A run as it should be: the lake grows, and what is measured does not."""
    work = Work(10.0, 15.0, 4.0)
    sizes, jobs = dict.fromkeys(OF, size(number * 10)), dict.fromkeys(("bronze", "silver"), work)
    return Taken(number, 3600.0 * number, jobs, sizes, 300, 90_000)


def altered(runs: list[Taken], change, last: int = LAST) -> list[Taken]:
    """The same with the last runs changed."""
    return [*runs[:-last], *map(change, runs[-last:])]


def working(**changed: float):
    """Change what each job takes."""

    def change(run: Taken) -> Taken:
        return replace(run, jobs={name: replace(w, **changed) for name, w in run.jobs.items()})

    return change


def sized(**changed: int):
    """Change what one table has."""

    def change(run: Taken) -> Taken:
        of = size(run.number * 10, **changed)
        return replace(run, tables={**run.tables, OF[1]: of})

    return change


SOUND = [run(number) for number in range(1, RUNS + 1)]


@pytest.mark.parametrize(
    ("runs", "missed"),
    [
        pytest.param(SOUND, [], id="nothing grows but the data"),
        pytest.param(altered(SOUND, working(seconds=11.5)), [], id="just at the limit"),
        pytest.param(altered(SOUND, working(seconds=99), last=9), [], id="a few slow runs"),
        pytest.param(altered(SOUND, sized(fullest=23)), [], id="files at the limit"),
        pytest.param(
            altered(SOUND, working(seconds=11.6)), ["time of the jobs"], id="runs take longer"
        ),
        pytest.param(
            altered(SOUND, working(cpu_seconds=18)),
            ["processor time of the jobs"],
            id="runs work more",
        ),
        pytest.param(
            altered(SOUND, working(startup_seconds=5)), ["start-up of the jobs"], id="a slow start"
        ),
        pytest.param(
            altered(SOUND, sized(fullest=24)), [f"files of a partition of {OF[1]}"], id="files"
        ),
        pytest.param(
            altered(SOUND, sized(beyond=120), last=LAST_DAYS),
            [f"bytes beyond the data of {OF[1]}"],
            id="bytes",
        ),
        pytest.param(
            altered(SOUND, lambda run: replace(run, checkpoint_files=400)),
            ["files of all checkpoints"],
            id="checkpoints",
        ),
    ],
)
def test_what_exceeds_its_limit_is_named(runs, missed):
    assert [each.measure for each in judge(runs, SOUND) if not each.is_held] == missed


def test_a_table_that_is_new_or_has_a_few_files_is_left_alone():
    late = altered(SOUND, lambda run: replace(run, tables={**run.tables, "new": size(9, 9)}))
    few = [replace(each, tables={OF[1]: size(each.number * 10, 1)}) for each in SOUND]

    assert all(each.is_held for each in judge(late, SOUND))
    assert all(each.is_held for each in judge(altered(few, sized(fullest=9)), SOUND))
    assert not all(each.is_held for each in judge(altered(few, sized(fullest=11)), SOUND))


def test_it_is_said_in_a_sentence():
    (missed,) = (
        each for each in judge(altered(SOUND, working(seconds=20)), SOUND) if not each.is_held
    )

    assert str(missed) == (
        "time of the jobs: 40 s in runs 183 to 202, 20 s in runs 5 to 25 of a young lake, in "
        "turn, 2.00 times as much; at most 1.15 times is expected."
    )


def test_the_last_runs_are_no_early_ones():
    assert [are_enough(EARLY[-1] + LAST - missing) for missing in (1, 0)] == [False, True]


def bytes_of(runs: list[Taken]) -> dict[str, float]:
    """By table, how many times as many bytes there are beyond the data."""
    return {each.table: each.ratio for each in judge(runs, SOUND) if each.what.startswith("bytes")}


def test_bytes_are_judged_by_three_days_beside_three_others():
    assert bytes_of(SOUND[: EARLY_DAYS[-1] + len(EARLY_DAYS) - 1]) == {}
    assert bytes_of(altered(SOUND, sized(beyond=400), last=RUNS % DAY)) == dict.fromkeys(OF, 1.0)
    assert bytes_of(altered(SOUND, sized(beyond=400), last=RUNS % DAY + DAY)) == {
        OF[0]: 1.0,
        OF[1]: 2.0,
    }


def test_where_the_young_lake_is_not_grown_up_time_is_not_judged():
    measures = {each.what for each in judge(SOUND, SOUND[: EARLY[-1] - 1])}

    assert not [measure for measure in measures if measure.endswith("of the jobs")]


def test_time_is_held_against_the_young_lakes():
    slow = altered(SOUND[: EARLY[-1]], working(seconds=20), last=EARLY[-1])

    assert {each.ratio for each in judge(SOUND, slow) if each.what == "time of the jobs"} == {0.5}


def test_of_a_table_that_lost_rows_bytes_are_of_as_many_as_it_had():
    early = size(round(10 * sum(EARLY_DAYS) / len(EARLY_DAYS)))
    less = {OF[1]: replace(early, rows=20, data_bytes=0, kept_bytes=early.rows * 115)}
    lost = altered(SOUND, lambda run: replace(run, tables={**run.tables, **less}), last=LAST_DAYS)

    assert bytes_of(lost) == {OF[0]: 1.0, OF[1]: 1.15}


def test_of_hours_whose_time_was_not_measured_the_rest_is_judged():
    untimed = [replace(run, jobs={}) for run in SOUND]

    assert {each.measure.partition(" of ")[0] for each in judge(untimed, SOUND)} == {
        "bytes beyond the data",
        "files",
    }
    assert [number for number in range(1, 201) if is_judged(number, 200)] == [
        *range(181, 201),
    ]
    assert not any(is_judged(number, 44) for number in range(1, 45))


def test_all_that_was_measured_is_reported(tmp_path):
    runs = [*SOUND[:3], *(replace(run, jobs={}) for run in SOUND[3:])]
    verdicts = judge(SOUND, SOUND)

    table, text, chart = report.write(tmp_path, runs, verdicts, SOUND[:2])

    assert len(table.read_text().splitlines()) == 1 + 5 * 2 * 3 + (RUNS + 2) * (2 * 8 + 2)
    assert (
        "| time of the jobs | 20 s in runs 5 to 25 of a young lake, in turn "
        "| 20 s in runs 183 to 202 | 1.00 × | held |"
    ) in text.read_text()
    assert "plotly" in chart.read_text()
    assert report.line(runs[0]) == (
        "run 1: 20.0 s (bronze 10.0, silver 10.0), processor 30.0 s, start-up 8.0 s, 0 files, "
        "0.0 MB"
    )


def test_the_readme_has_of_all_tables_the_one_that_grew_most(tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- soak -->\nold\n<!-- /soak -->\nafter\n")
    monkeypatch.setattr(report, "README", readme)
    monkeypatch.setattr(report, "machine", lambda: "A machine.")

    taken = [replace(run, jobs={}) if run.number < 5 else run for run in SOUND]
    report.write_readme(taken, judge(altered(SOUND, sized(fullest=24)), SOUND))

    before, *lines, after = readme.read_text().splitlines()
    assert (before, lines[0], lines[-1], after) == ("before", *MARKS, "after")
    assert lines[2].startswith("Measured by `make soak` on ")
    assert lines[2].endswith(
        ", 202 hours, 4 of them in one process; at most 1.15 times as much is expected."
    )
    assert lines[3] == "A machine."
    assert [line.split(" | ")[0].strip("| ") for line in lines[7:-2]] == [
        "time of the jobs",
        "processor time of the jobs",
        "start-up of the jobs",
        f"files of a partition of {OF[1]}; of 2 tables the one that grew most",
        f"bytes beyond the data of {OF[0]}; of 2 tables the one that grew most",
        "files of all checkpoints",
    ]
    assert lines[10].endswith(
        "| 20 files in runs 5 to 25 | 24 files in runs 183 to 202 | 1.20 × | **missed** |"
    )


def test_a_tables_files_are_counted_by_partition(tmp_path):
    path = str(tmp_path / "lake" / "table")
    for day in (1, 2, 2):
        rows = pa.table({"day": [day] * 10, "x": range(10)})
        write_deltalake(path, rows, partition_by=["day"], mode="append")
    DeltaTable(path).delete("day = 1")

    found = measuring.size(path)

    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    log = [file for file in files if file.parent.name == "_delta_log"]
    assert replace(found, data_bytes=0) == Size(
        rows=20,
        partitions=1,
        files=2,
        fullest=2,
        data_bytes=0,
        kept_files=len(log) + 3,
        log_files=len(log),
        kept_bytes=sum(file.stat().st_size for file in files),
    )
    assert found.data_bytes == sum(file.stat().st_size for file in files if "day=2" in str(file))


def a_day_late(hour) -> int:
    """Of an hour's readings, how many are older than the first by more than a day."""
    times = [json.loads(value)["time"] for topic, _, value in hour if topic == "bpm"]
    return sum(time < times[0] - 24 * HOUR for time in times)


def test_an_hour_of_life_is_as_the_other_but_for_what_comes_late():
    life = Life(bands=1)
    hours = [life.hour(number) for number in range(200)]

    readings = [sum(record[0] == "bpm" for record in hour) for hour in hours]
    assert sum(readings) == life.readings + len(hours)
    assert 3600 * PAST < readings[0] < 3600 * (PAST + 1)
    assert all(3540 < count < 3640 for count in readings[1:])
    # As many that come a day late or more in the fifth to the twenty-fifth hour as in the last.
    old = [a_day_late(hour) for hour in hours]
    assert 0.8 < sum(old[-20:]) / 20 / (sum(old[4:25]) / 21) < 1.25
    keys = [
        (key, json.loads(value)["time"])
        for hour in hours
        for topic, key, value in hour
        if topic == "bpm"
    ]
    assert len(keys) == len(set(keys))


def test_a_soak_that_was_ended_goes_on(tmp_path):
    """From its last whole run on; a note that a kill has torn counts for none."""
    maintained = replace(SOUND[1], maintenance=Work(9.0, 3.0, None))
    for each in (SOUND[0], maintained):
        notes.keep(tmp_path, each)
    with (tmp_path / "taken.jsonl").open("a") as torn:
        torn.write('{"number": 3, "beg')

    assert notes.kept(tmp_path) == [SOUND[0], maintained]
    notes.keep(tmp_path, SOUND[2])
    assert notes.kept(tmp_path) == [SOUND[0], maintained, SOUND[2]]
