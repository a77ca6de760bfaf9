"""The README's data dictionary, computed from the model.

python -m gympulse.model.dictionary README.md
"""

import sys
from pathlib import Path

from gympulse.model.fields import FIELDS
from gympulse.model.table import Table
from gympulse.model.tables import TABLES

BEGIN, END = "<!-- tables -->", "<!-- /tables -->"


def dictionary() -> str:
    """All tables as Markdown: grain, then a line per column, keys in bold."""
    return "\n".join(_described(table) for table in TABLES.values())


def _described(table: Table) -> str:
    lines = [f"### {table.name}", "", f"One row is {table.grain}.", ""]
    lines += ["| column | type | meaning |", "| --- | --- | --- |"]
    for name, type_ in table.schema.items():
        field = FIELDS[name]
        shown = f"**{name}**" if name in table.key else name
        unit = f" ({field.unit})" if field.unit else ""
        lines.append(f"| {shown} | {type_} | {field.description}{unit} |")
    return "\n".join(lines) + "\n"


def with_dictionary(text: str) -> str:
    """A document with its dictionary, between its two marks, brought up to date."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{dictionary()}\n{END}{after}"


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(with_dictionary(document.read_text()))
