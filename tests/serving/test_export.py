"""Tables as files: whole, of one moment, and in the place of the export before."""

import json
import signal
import subprocess
import sys
from itertools import count, groupby
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable
from filelock import FileLock

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.model import tables
from gympulse.serving import export as exporting
from gympulse.serving.export import export
from gympulse.serving.statements import StatementProblem
from serving.made_lake import append

GOLD = [table.name for table in tables.GOLD]
THROUGH = "2025-02-02T23:00:00+00:00"


# An export that ends at once, as with `kill -9`, before so many steps that change folders.
_DYING = """
import os, signal, sys
from pathlib import Path
from gympulse.lake import Lake
from gympulse.serving.export import export

left, lake, folder, name = int(sys.argv[1]), *sys.argv[2:]

def die(event, arguments):
    global left
    if event in ("os.mkdir", "os.rename", "shutil.rmtree") and "out" in str(arguments[0]):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die)
export(Lake(lake), Path(folder), names=[name])
"""


def held(lake: Lake, name: str, version: int | None = None) -> list[tuple]:
    """The rows of a version as delta-rs gives them."""
    told = DeltaTable(lake.path(tables.TABLES[name]), version=version).to_pyarrow_table()
    return sorted((tuple(row.values()) for row in told.to_pylist()), key=str)


def exported(folder: Path) -> dict[str, list[tuple]]:
    """The rows of each exported table, read by another program's eyes."""
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        if (folder / "gympulse.duckdb").exists():
            database.execute(f"ATTACH {_quoted(folder / 'gympulse.duckdb')} AS e (READ_ONLY)")
            found = database.execute(
                "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
            ).fetchall()
            sources = {name: f"e.{name}" for (name,) in found}
        else:
            files = folder.glob("*/*.parquet")
            sources = {f"{each.parent.name}.{each.stem}": _quoted(each) for each in files}
        return {
            name: sorted(database.execute(f"FROM {source}").fetchall(), key=str)
            for name, source in sources.items()
        }


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


@pytest.mark.parametrize("format", exporting.FORMATS)
def test_files_hold_the_tables(lake, tmp_path, capsys, format):
    folder = tmp_path / "a folder" / "of o'clock"
    export(lake, folder, format)

    assert exported(folder) == {name: held(lake, name) for name in GOLD}
    told = json.loads((folder / "export.json").read_text())
    assert told == [
        {"table": name, "version": 4, "complete_through": THROUGH, "rows": len(held(lake, name))}
        for name in GOLD
    ]
    said = capsys.readouterr().out
    assert all(f"{each['table']}: {each['rows']:,} rows of version 4" in said for each in told)
    assert f"Next: open {folder}" in said


def test_types_are_kept(lake, tmp_path):
    """Instants are instants, and lists lists."""
    export(lake, tmp_path / "out")
    with duckdb.connect() as database:
        kinds = {}
        for name in ("gym_summary", "workout_bpm_summary"):
            file = _quoted(tmp_path / "out" / "gold_db" / f"{name}.parquet")
            told = database.execute(f"DESCRIBE FROM {file}").fetchall()
            kinds |= {column: kind for column, kind, *_ in told}

    assert kinds["start_time"] == "TIMESTAMP WITH TIME ZONE"
    assert kinds["workouts"] == "BIGINT[]"
    assert kinds["date"] == "DATE"


def test_the_next_takes_the_place(own_lake, tmp_path):
    """Of the same or another format; nothing of the one before is left."""
    folder = tmp_path / "out"
    export(own_lake, folder, "parquet", ["silver_db.workout_bpm", *GOLD])
    append(own_lake, tables.GYM_OCCUPANCY, {"gym_id": [99]})
    export(own_lake, folder, "duckdb")

    assert exported(folder) == {name: held(own_lake, name) for name in GOLD}
    assert sorted(each.name for each in folder.iterdir()) == ["export.json", "gympulse.duckdb"]


def test_all_are_of_one_moment(own_lake, tmp_path, monkeypatch):
    """What is committed while the export goes on is not in it, nor is anything of it told."""
    before = {name: held(own_lake, name) for name in GOLD}
    write = exporting.FORMATS["parquet"]

    def beside(*args) -> None:
        for table in tables.GOLD:
            append(own_lake, table, {table.columns[0]: [99]})
        write(*args)

    monkeypatch.setitem(exporting.FORMATS, "parquet", beside)
    export(own_lake, tmp_path / "out")

    assert exported(tmp_path / "out") == before
    told = json.loads((tmp_path / "out" / "export.json").read_text())
    assert {each["table"]: each["rows"] for each in told} == {
        name: len(rows) for name, rows in before.items()
    }
    assert len(held(own_lake, GOLD[0])) == len(before[GOLD[0]]) + len(GOLD)


def test_killed_anywhere_the_next_export_is_whole(own_lake, tmp_path):
    """Whatever the step, there is all of one export or none; the next one clears up."""
    folder, name = tmp_path / "out", tables.GYM_OCCUPANCY.name
    export(own_lake, folder, names=[name])
    before = exported(folder)
    append(own_lake, tables.GYM_OCCUPANCY, {"gym_id": [99]})
    after, seen = {name: held(own_lake, name)}, []
    for step in count(1):
        program = [sys.executable, "-c", _DYING, str(step), own_lake.root, str(folder), name]
        ended = subprocess.run(program, capture_output=True, text=True, check=False)
        seen.append(exported(folder) if folder.exists() else None)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr

    assert [each for each, _ in groupby(seen)] == [before, None, after]
    assert sorted(each.name for each in tmp_path.iterdir() if "out" in each.name) == [
        ".out.lock",
        "out",
    ]


def test_an_export_that_fails_leaves_the_one_before(own_lake, tmp_path):
    folder = tmp_path / "out"
    export(own_lake, folder)
    before = exported(folder)
    file = next(Path(own_lake.path(tables.GYM_OCCUPANCY)).glob("*.parquet"))
    file.unlink()

    with pytest.raises(StatementProblem, match="Files of this version are no longer there"):
        export(own_lake, folder)
    assert exported(folder) == before


@pytest.mark.parametrize("format", exporting.FORMATS)
def test_what_is_no_export_is_left_alone(lake, tmp_path, format):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_bytes(b"precious")
    (tmp_path / "file").write_bytes(b"precious")
    for name in ("mine", "file"):
        with pytest.raises(BadSettings, match=f"{name} is there and is no export"):
            export(lake, tmp_path / name, format)

    assert (tmp_path / "mine" / "photo.jpg").read_bytes() == b"precious"
    assert (tmp_path / "file").read_bytes() == b"precious"


def test_one_at_a_time(lake, tmp_path):
    with (
        FileLock(tmp_path / ".out.lock"),
        pytest.raises(BadSettings, match="Another export to .* goes on"),
    ):
        export(lake, tmp_path / "out")


def test_what_is_wrong_is_said_in_a_sentence(lake, tmp_path):
    """By the program, with its exit code."""
    program = [sys.executable, "-m", "gympulse.serving.export", "--to", str(tmp_path / "out")]
    wrong = {
        ("--lake", str(tmp_path)): "There is no lake with tables of 'dev'",
        ("--lake", lake.root, "--tables", "gold_db.nothing"): "'gold_db.nothing' is no table",
        ("--lake", lake.root, "--format", "xlsx"): "invalid choice",
    }
    for arguments, words in wrong.items():
        told = subprocess.run([*program, *arguments], capture_output=True, text=True, check=False)
        assert told.returncode in (1, 2)
        assert words in told.stderr
        assert "Traceback" not in told.stderr
    assert not (tmp_path / "out").exists()
