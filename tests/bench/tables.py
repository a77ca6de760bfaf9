"""Tables of words: for the terminal, and for documents."""

from collections.abc import Iterable, Sequence

from rich.table import Table


def in_markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def on_screen(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> Table:
    """The same table for the terminal, where nothing is printed bold."""
    shown = Table(*columns, title=title or None)
    for row in rows:
        shown.add_row(*(cell.replace("**", "") for cell in row))
    return shown
