"""The shell for SQL: its commands, what it prints, and a conversation on a terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from gympulse.lake import Lake
from gympulse.model import tables
from gympulse.serving.shell import FIRST, FURTHER
from serving.in_sql import OCCUPANCY, WIDE, count, said


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


@pytest.mark.parametrize("width", [WIDE, 30])
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
