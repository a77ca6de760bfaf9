"""The data dictionary, computed from the model."""

from gympulse.model.fields import FIELDS
from gympulse.model.table import Table
from gympulse.model.tables import TABLES


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
