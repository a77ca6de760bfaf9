"""A conversation in SQL: what is typed, and what is printed for it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from deltalake import DeltaTable
from rich.console import Console, RenderableType
from rich.text import Text

from gympulse.model.fields import FIELDS
from gympulse.model.table import Table
from gympulse.model.tables import TABLES
from gympulse.serving.lake_sql import LakeSql, failures_said
from gympulse.serving.showing import grid, rows_shown
from gympulse.serving.statements import AT_FORMS, StatementProblem, split

HELP = f"""Statements end with a semicolon, and may take several lines.
Tables are named with their database, as gold_db.gym_summary, and are as they are now.
After a table's name (and alias), {AT_FORMS}
gives it as it was; without a zone, instants are UTC.

.tables           every table with its newest version, its rows and what one row is
.schema TABLE     its columns and what they mean
.history TABLE    its versions, when they were committed and by what
.help             this
.quit             leave, as Ctrl-D does; Ctrl-C ends a statement"""
FIRST, FURTHER = "gympulse> ", "      ... "
_CHUNK = 10_000


class Shell:
    """Answers what is typed, on a console."""

    def __init__(self, tables: LakeSql, console: Console, rows: int = 100) -> None:
        self._tables, self._console, self._rows = tables, console, rows

    def converse(self) -> None:
        """Read and answer until the end of what is typed."""
        self._console.print("Tables: .tables, help: .help, the end: Ctrl-D", markup=False)
        typed = ""
        while True:
            try:
                typed += input(FURTHER if typed else FIRST) + "\n"
                if not typed.lstrip().startswith("."):
                    ended, typed = split(typed)
                    for statement in ended:
                        self.answer(statement)
                elif self.answer(typed.strip()):
                    typed = ""
                else:
                    return
            except KeyboardInterrupt:
                self._console.print("\nCancelled.")
                typed = ""
            except EOFError:
                self._console.print()
                return

    def run(self, text: str) -> bool:
        """Answer a text until something of it goes wrong; whether nothing did.

        The last statement needs no semicolon.
        """
        if text.lstrip().startswith("."):
            return self._answered(text.strip())
        ended, rest = split(text)
        return all(self._answered(each) for each in (*ended, rest) if each)

    def answer(self, typed: str) -> bool:
        """Answer a statement or a command, a failure being an answer too; false for the end."""
        if typed.rstrip(";") == ".quit":
            return False
        self._answered(typed)
        return True

    def _answered(self, typed: str) -> bool:
        try:
            if typed.startswith("."):
                self._command(*typed.rstrip(";").split())
            else:
                self._statement(typed)
        except StatementProblem as problem:
            self._console.print(Text(str(problem), style="red"))
            return False
        return True

    def _statement(self, statement: str) -> None:
        if statement.split()[:1] and statement.split()[0].lower() == "show":
            raise StatementProblem(".tables lists the tables, and .schema a table's columns.")
        with self._tables.ask(statement) as answer:
            columns = [name for name, *_ in answer.description]
            shown = answer.fetchmany(self._rows)
            count = len(shown)
            while len(shown) == self._rows and (more := answer.fetchmany(_CHUNK)):
                count += len(more)
        self._print(rows_shown(columns, shown, self._console.width))
        some = f", the first {len(shown):,} are shown" if len(shown) < count else ""
        self._print(f"{count:,} {'row' if count == 1 else 'rows'}{some}")

    def _command(self, name: str, *names: str) -> None:
        if name == ".help":
            self._print(HELP)
        elif name == ".tables":
            self._print(grid(("table", "version", "rows", "one row is"), self._listed()))
        elif name in (".schema", ".history"):
            table = _table(names)
            self._print(_schema(table) if name == ".schema" else self._history(table))
        else:
            raise StatementProblem(f"{name} is no command; .help lists them.")

    def _print(self, shown: RenderableType) -> None:
        self._console.print(shown, markup=False)

    def _listed(self) -> list[Sequence[object]]:
        rows = []
        for table in TABLES.values():
            try:
                version = self._tables.newest(table)
                count = sum(version.files["num_records"].to_pylist())
                rows.append((table.name, version.number, f"{count:,}", table.grain))
            except StatementProblem:
                rows.append((table.name, "not there yet", "", table.grain))
        return rows

    def _history(self, table: Table) -> RenderableType:
        with failures_said():
            told = DeltaTable(self._tables.newest(table).root).history()
        rows = [
            (
                each["version"],
                f"{datetime.fromtimestamp(each['timestamp'] / 1000, UTC):%Y-%m-%d %H:%M:%S.%f}"[
                    :-3
                ],
                each.get("operation"),
            )
            for each in told
        ]
        return grid(("version", "committed (UTC)", "operation"), rows)


def _schema(table: Table) -> RenderableType:
    rows = []
    for name, kind in table.schema.items():
        unit = f" ({FIELDS[name].unit})" if FIELDS[name].unit else ""
        is_key = "key" if name in table.key else ""
        rows.append((name, kind, is_key, f"{FIELDS[name].description}{unit}"))
    return grid(("column", "type", "", "meaning"), rows)


def _table(names: Sequence[str]) -> Table:
    found = TABLES.get(names[0].lower()) if len(names) == 1 else None
    if not found:
        raise StatementProblem(
            f"'{' '.join(names)}' is no table; one is named as gold_db.gym_summary, and .tables "
            "lists them."
        )
    return found
