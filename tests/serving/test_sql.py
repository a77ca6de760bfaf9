"""SQL over the lake: tables by name, as they are and as they were, and nothing but reading."""

import pytest
from deltalake import DeltaTable

from gympulse.errors import BadSettings
from gympulse.lake import Lake
from gympulse.model import tables
from gympulse.serving.lake_sql import LakeSql
from gympulse.serving.sql import run
from gympulse.serving.statements import StatementProblem, split
from serving.in_sql import OCCUPANCY, count, held, rows, said
from serving.made_lake import append


@pytest.fixture
def source(lake: Lake) -> LakeSql:
    """The made lake, to be asked."""
    return LakeSql(lake)


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
    with pytest.raises(BadSettings, match="a local path or abfss://CONTAINER@ACCOUNT"):
        run(Lake("abfss://a@b.c/d"), "SELECT 1")


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
