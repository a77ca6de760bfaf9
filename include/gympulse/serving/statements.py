"""SQL as people type it: where a statement ends, and which tables at which versions it names.

It is read by DuckDB's own tokenizer, so that what stands in strings, comments and quoted
identifiers is what DuckDB takes it for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import duckdb

from gympulse.errors import GympulseError
from gympulse.model.table import Table
from gympulse.model.tables import TABLES
from gympulse.runbook import Section

_AT = ("version", "timestamp")
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
AT_FORMS = "AT (VERSION => 12) or AT (TIMESTAMP => '2026-01-31 12:00:00')"


class StatementProblem(GympulseError):
    """A statement is not answered; the message says why."""

    section = Section.SERVING


@dataclass(frozen=True)
class Token:
    """One token: its text, where it is in the statement's bytes, and whether it is a name."""

    text: str
    start: int
    end: int
    is_name: bool


@dataclass(frozen=True)
class At:
    """A clause that says which version: by ``version`` or ``timestamp``, and an expression.

    Attributes:
        by: What the expression gives.
        moment: The expression, in SQL.
        start: Where the clause begins in the statement's bytes.
        end: Where it ends, exclusive.
    """

    by: str
    moment: str
    start: int
    end: int


@dataclass(frozen=True)
class Named:
    """A place where a statement names a table; without ``at`` the newest version is meant."""

    table: Table
    start: int
    at: At | None = None


def split(text: str) -> tuple[list[str], str]:
    """Give the statements that a semicolon ends, without it, and what follows the last."""
    sent, found, begin = text.encode(), [], 0
    for token in _tokens(text):
        if token.text == ";":
            found.append(sent[begin : token.start].decode().strip())
            begin = token.end
    rest = sent[begin:].decode()
    return [each for each in found if _tokens(each)], rest if _tokens(rest) else ""


def named(statement: str) -> list[Named]:
    """Give the places where a statement names a table of the lake, in order.

    Raises:
        StatementProblem: A clause AT after a table's name is none that is understood.
    """
    tokens, found = _tokens(statement), []
    for place in range(len(tokens) - 2):
        table = _table(tokens[place : place + 3])
        if table and not (place and tokens[place - 1].text == "."):
            found.append(Named(table, tokens[place].start, _at(statement, tokens, place + 3)))
    return found


def rewritten(statement: str, databases: Mapping[Named, str]) -> str:
    """Give a statement without its clauses AT, its tables being in those databases instead."""
    sent, parts, begin = statement.encode(), [], 0
    for each in named(statement):
        if each.at:
            prefix = f'"{databases[each]}".' if each in databases else ""
            parts += [sent[begin : each.start], prefix.encode(), sent[each.start : each.at.start]]
            begin = each.at.end
    return b"".join([*parts, sent[begin:]]).decode()


def must_read(statement: str) -> None:
    """Refuse a statement that is none that reads.

    Raises:
        StatementProblem: It is none, or no SQL.
    """
    try:
        with duckdb.connect() as parser:
            kinds = [each.type for each in parser.extract_statements(statement)]
    except duckdb.Error as error:
        raise StatementProblem(in_a_sentence(error)) from error
    if len(kinds) != 1 or kinds[0] not in _READING:
        raise StatementProblem(
            "Only statements that read are answered: SELECT, FROM, WITH, VALUES, DESCRIBE, "
            "SUMMARIZE and EXPLAIN."
        )


def in_a_sentence(error: BaseException) -> str:
    """Give the first line of what DuckDB says of a statement; the others point into it."""
    return str(error).partition("\n")[0]


def _tokens(statement: str) -> list[Token]:
    sent = statement.encode()
    marks = [*duckdb.tokenize(statement), (len(sent), None)]
    names = (duckdb.token_type.identifier, duckdb.token_type.keyword)
    found = []
    for (start, kind), (following, _) in pairwise(marks):
        if kind != duckdb.token_type.comment:
            text = sent[start:following].decode().rstrip()
            found.append(Token(text, start, start + len(text.encode()), kind in names))
    return found


def _table(tokens: Sequence[Token]) -> Table | None:
    database, dot, name = tokens
    if dot.text != "." or not (database.is_name and name.is_name):
        return None
    return TABLES.get(f"{_plain(database.text)}.{_plain(name.text)}")


def _plain(name: str) -> str:
    """Give a name as DuckDB compares it."""
    if name.startswith('"'):
        name = name[1:-1].replace('""', '"')
    return name.lower()


def _at(statement: str, tokens: Sequence[Token], place: int) -> At | None:
    """Give the clause AT of the table that is named before a place, if it has one."""
    begin = _after_alias(tokens, place)
    if [each.text.lower() for each in tokens[begin : begin + 2]] != ["at", "("]:
        return None
    end = _closing(tokens, begin + 1)
    inner = tokens[begin + 2 : end]
    if len(inner) < 3 or inner[0].text.lower() not in _AT or inner[1].text != "=>":
        raise StatementProblem(f"Of versions, {AT_FORMS} is understood.")
    moment = statement.encode()[inner[2].start : inner[-1].end].decode()
    return At(inner[0].text.lower(), moment, tokens[begin].start, tokens[end].end)


def _after_alias(tokens: Sequence[Token], place: int) -> int:
    """DuckDB has the alias before AT."""
    texts = [each.text.lower() for each in tokens[place : place + 2]]
    if texts[:1] == ["as"]:
        return place + 2
    is_alias = texts and tokens[place].is_name and texts[0] != "at" and texts[1:] == ["at"]
    return place + 1 if is_alias else place


def _closing(tokens: Sequence[Token], opening: int) -> int:
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        if not depth:
            return place
    raise StatementProblem(f"A parenthesis is not closed; {AT_FORMS} is understood.")
