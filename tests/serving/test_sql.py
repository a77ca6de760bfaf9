"""SQL over the lake: tables by name, as they are and as they were, and nothing but reading."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pexpect
import pytest
from deltalake import DeltaTable
from rich.console import Console

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.model import tables
from gympulse.serving.lake_sql import LakeSql
from gympulse.serving.shell import FIRST, FURTHER, Shell
from gympulse.serving.sql import run
from gympulse.serving.statements import StatementProblem, split
from serving.made_lake import append

OCCUPANCY = tables.GYM_OCCUPANCY
_WIDE = 10_000


@pytest.fixture
def source(lake: Lake) -> LakeSql:
    """The made lake, to be asked."""
    return LakeSql(lake)


def rows(source: LakeSql, statement: str) -> list[tuple]:
    """All rows of an answer, in any order."""
    with source.ask(statement) as answer:
        return sorted(answer.fetchall(), key=str)


def held(lake: Lake, name: str, version: int | None = None) -> list[tuple]:
    """The rows of a version as delta-rs gives them, in the same order."""
    told = DeltaTable(lake.path(tables.TABLES[name]), version=version).to_pyarrow_table()
    return sorted((tuple(row.values()) for row in told.to_pylist()), key=str)


def count(lake: Lake, version: int | None = None) -> int:
    """How many hours a version holds."""
    return len(held(lake, OCCUPANCY.name, version))


def said(lake: Lake, text: str, width: int = _WIDE) -> tuple[bool, str]:
    """What the shell prints for a text, and whether all went well."""
    told = StringIO()
    is_well = Shell(LakeSql(lake), Console(file=told, width=width, highlight=False)).run(text)
    return is_well, told.getvalue()


@pytest.mark.parametrize("name", tables.TABLES)
def test_every_table_is_there_by_name(source, lake, name):
    assert rows(source, f"FROM {name}") == held(lake, name)
    database, short = name.split(".")
    assert rows(source, f'SELECT count(*) FROM "{database}".{short.upper()} AS t') == [
        (len(held(lake, name)),)
    ]


@pytest.mark.parametrize("alias", ["", " AS t", " t"])
def test_a_table_as_it_was(source, lake, alias):
    """By a version's number, by an instant, and by any expression for them."""
    name, path = OCCUPANCY.name, lake.path(OCCUPANCY)
    for told in DeltaTable(path).history():
        at = told["version"]
        expected = held(lake, name, at)
        moments = [
            f"VERSION => {at}",
            f"version => 1 + {at - 1}",
            f"TIMESTAMP => epoch_ms({told['timestamp']})",
        ]
        for moment in moments:
            assert rows(source, f"SELECT * FROM {name}{alias} AT ({moment})") == expected, moment
    assert count(lake, 1) < count(lake)


def test_versions_side_by_side(source, lake):
    """One statement may name several, in joins, subqueries and common table expressions."""
    name = OCCUPANCY.name
    statement = f"""
        WITH first AS (FROM {name} AT (VERSION => 1)), -- not {name} AT (VERSION => 9)
             text AS (SELECT '{name} AT (VERSION => 9)' AS words)
        SELECT (SELECT count(*) FROM first), (SELECT count(*) FROM {name} b AT (VERSION => 2)),
               count(*), any_value(words)
        FROM {name} AS now, text
    """
    assert rows(source, statement) == [
        (count(lake, 1), count(lake, 2), count(lake), f"{name} AT (VERSION => 9)")
    ]


@pytest.mark.parametrize("start", ["DESCRIBE", "SUMMARIZE", "EXPLAIN FROM"])
@pytest.mark.parametrize("at", ["", " AT (VERSION => 1)"])
def test_what_tells_of_a_table(source, start, at):
    told = rows(source, f"{start} {OCCUPANCY.name}{at}")

    if start == "EXPLAIN FROM":
        assert len(told) == 1
    else:
        assert {row[0] for row in told} == set(OCCUPANCY.columns)


def test_what_was_committed_meanwhile_is_seen(own_lake):
    """A shell that stays open sees each commit."""
    source, name = LakeSql(own_lake), OCCUPANCY.name
    before = rows(source, f"FROM {name}")
    append(own_lake, OCCUPANCY, {"gym_id": [99]})

    assert len(rows(source, f"FROM {name}")) == len(before) + 1
    assert rows(source, f"SELECT count(*) FROM {name} WHERE gym_id = 99") == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO 'out.csv'",
        "COPY gold_db.gym_summary TO 'out.parquet'",
        "INSERT INTO gold_db.gym_summary SELECT * FROM gold_db.gym_summary",
        "DELETE FROM gold_db.gym_summary",
        "DROP VIEW gold_db.gym_summary",
        "CREATE TABLE copied AS FROM gold_db.gym_summary",
        "ATTACH 'other.duckdb'",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE 'everything'",
        "CALL pragma_version()",
        "SELECT 1; DROP VIEW gold_db.gym_summary",
        "FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
        "FROM read_text('/etc/passwd')",
        "FROM read_parquet('**/*.parquet')",
        "FROM glob('/*')",
        "FROM gold_db.gym_summary AT (VERSION => (SELECT 1 FROM read_text('/etc/passwd')))",
        "FROM gold_db.gym_summary AT (VERSION => 1); COPY (SELECT 1) TO 'out.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO 'out.csv'",
    ],
)
def test_nothing_but_the_tables_is_read_and_nothing_written(
    source, tmp_path, monkeypatch, statement
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StatementProblem), source.ask(statement) as answer:
        answer.fetchall()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT nothing FROM gold_db.gym_summary", 'column "nothing" not found'),
        ("FROM gym_summary", "Tables are named with their database: gold_db.gym_summary."),
        ("SELEC 1", "syntax error"),
        ("FROM gold_db.gym_summary AT (VERSION => 99)", "has no version 99; 4 is the newest."),
        ("FROM gold_db.gym_summary AT (VERSION => -1)", "-1 is no version."),
        ("FROM gold_db.gym_summary AT (VERSION => 'x')", "Could not convert"),
        (
            "FROM gold_db.gym_summary AT (TIMESTAMP => '2001-01-01')",
            "had no version yet at 2001-01-01 00:00:00; `.history gold_db.gym_summary` lists",
        ),
        ("FROM gold_db.gym_summary AT (DAY => 1)", "Of versions, AT (VERSION => 12) or"),
        ("FROM gold_db.gym_summary AT (VERSION => 1", "A parenthesis is not closed"),
        ("SHOW TABLES", ".tables lists the tables"),
        (".schema nothing", "'nothing' is no table"),
        (".nothing", ".nothing is no command"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(lake, statement, words):
    is_well, told = said(lake, statement)

    assert not is_well
    assert words in told
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1


def test_a_table_that_is_not_there(tmp_path):
    (tmp_path / "dev" / "gold_db.db").mkdir(parents=True)
    assert (
        "gold_db.gym_summary is not there yet"
        in said(Lake(str(tmp_path)), "FROM gold_db.gym_summary")[1]
    )
    with pytest.raises(BadSettings, match="There is no lake with tables of 'dev'"):
        run(Lake(str(tmp_path)), "SELECT 1")
    with pytest.raises(BadSettings, match="a path of this machine is needed"):
        run(Lake("abfss://a@b.c/d"), "SELECT 1")


def test_commands(lake):
    """Each says what its help promises."""
    listed = said(lake, ".tables")[1]
    assert [line.split()[0] for line in listed.splitlines()[3:] if line.strip()] == [*tables.TABLES]
    hours = next(line for line in listed.splitlines() if OCCUPANCY.name in line)
    assert hours.split()[:3] == [OCCUPANCY.name, "4", f"{count(lake):,}"]
    schema = said(lake, f".schema {OCCUPANCY.name}")[1].splitlines()[3:]
    assert [line.split()[:2] for line in schema if line.strip()] == [
        [*each] for each in OCCUPANCY.schema.items()
    ]
    versions = said(lake, f".history {OCCUPANCY.name}")[1].splitlines()[3:]
    assert [line.split()[0] for line in versions if line.strip()] == ["4", "3", "2", "1", "0"]
    assert all(word in said(lake, ".help")[1] for word in (".tables", ".history", "AT (VERSION"))


@pytest.mark.parametrize("width", [_WIDE, 30])
def test_rows_are_shown_for_the_width(lake, width):
    """As a grid, or one column a line; null is nothing, and no text commands the terminal."""
    is_well, told = said(lake, "SELECT 'bel' || chr(7) AS word, NULL AS no, [1, 2] AS l", width)
    lines = [line.split() for line in told.splitlines() if line.strip()]

    assert is_well
    grid = [["word", "no", "l"], ["bel\\x07", "[1,", "2]"], ["1", "row"]]
    assert [line for line in lines if not line[0].startswith("─")] == grid
    long = said(lake, "SELECT repeat('a', 20) AS first, repeat('b', 20) AS second", width)[1]
    assert ("row 1" in long) is (width == 30)


def test_long_answers_are_cut_and_counted(lake):
    told = said(lake, f"SELECT gym_id FROM {OCCUPANCY.name}")[1]

    assert f"{count(lake):,} rows, the first 100 are shown" in told
    assert len([line for line in told.splitlines() if line.strip() in ("1", "2", "3")]) == 100


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT 1", ([], "SELECT 1")),
        ("SELECT 1; SELECT ';' -- ;\n;", (["SELECT 1", "SELECT ';' -- ;"], "")),
        (";;  ", ([], "")),
        ("SELECT 'ä;ö'; SELECT", (["SELECT 'ä;ö'"], " SELECT")),
    ],
)
def test_where_statements_end(text, found):
    assert split(text) == found


def test_the_first_failure_ends_a_text(lake):
    is_well, told = said(lake, "SELECT 1 AS one; SELECT nothing; SELECT 2 AS two")

    assert not is_well
    assert "one" in told
    assert "two" not in told


def test_as_a_program(lake):
    """What is given or piped in is answered, and failures are in the exit code."""
    asked = f"SELECT count(*) AS n FROM {OCCUPANCY.name};"
    for arguments, piped in ((["-c", asked], ""), ([], asked)):
        told = subprocess.run(
            _program(lake, *arguments), input=piped, capture_output=True, text=True, check=True
        )
        assert [line.strip() for line in told.stdout.splitlines() if line.strip()][2] == str(
            count(lake)
        )
    failed = subprocess.run(
        _program(lake, "-c", "SELECT nothing"), capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr + failed.stdout


def test_a_conversation(lake, tmp_path):
    """On a terminal: a statement over two lines, a mistake, a command, the end; and it is kept."""
    history = tmp_path / "history"
    program, *arguments = _program(lake, "--history", str(history))
    with pexpect.spawn(program, arguments, encoding="utf-8", timeout=120) as shell:
        shell.expect_exact(FIRST)
        assert str(count(lake) + 41) in _told(
            shell, ("SELECT count(*) + 41 FROM", FURTHER), (f"{OCCUPANCY.name};", FIRST)
        )
        assert "syntax error" in _told(shell, ("SELEC 1;", FIRST))
        assert "leave, as Ctrl-D does" in _told(shell, (".help", FIRST))
        shell.sendline(".quit")
        shell.expect(pexpect.EOF)
        assert shell.wait() == 0

    assert f"{OCCUPANCY.name};" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


def _told(shell: pexpect.spawn, *typed: tuple[str, str]) -> str:
    """Type lines, each answered by a prompt; give all that was printed before the last one."""
    told = ""
    for line, prompt in typed:
        shell.sendline(line)
        shell.expect_exact(prompt)
        told += shell.before
    return told


def _program(lake: Lake, *arguments: str) -> list[str]:
    history = ["--history", str(Path(os.devnull))]
    return [
        *(sys.executable, "-m", "gympulse.serving.sql", "--lake", lake.root),
        *(arguments if "--history" in arguments else [*history, *arguments]),
    ]
