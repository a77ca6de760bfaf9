"""The README's parts that are computed: what is checked, and the data dictionary.

python -m gympulse.readme README.md
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from gympulse.model.dictionary import dictionary
from gympulse.recipes import RECIPE_OF
from gympulse.settings import Rules
from gympulse.transforms.bronze import stray_lines
from gympulse.transforms.expectations import Expectation
from gympulse.transforms.recipe import FromRecords
from gympulse.volume_rules import VOLUME_RULES


def expectations() -> str:
    """What is expected of each table's rows as Markdown, with the default thresholds."""
    lines = ["| of | expected | else | what comes of it |", "| --- | --- | --- | --- |"]
    lines += _rows("lines of archives", stray_lines.EXPECTATIONS)
    for table, recipe in RECIPE_OF.items():
        references = recipe.references if isinstance(recipe, FromRecords) else ()
        lines += _rows(
            f"`{table.short_name}`",
            (*recipe.expectations, *(reference.expectation for reference in references)),
        )
    lines += _rows("a run's sources", (rule.expectation for rule in VOLUME_RULES))
    return "\n".join(lines) + "\n"


def _rows(of: str, expected: Iterable[Expectation]) -> list[str]:
    rules = Rules()
    return [f"| {of} | {e.told(rules)} | `{e.name}` | {e.action_in(rules)} |" for e in expected]


PARTS = {"expectations": expectations, "tables": dictionary}


def with_parts(text: str) -> str:
    """A document with its computed parts, each between its marks, brought up to date."""
    for name, part in PARTS.items():
        text = with_part(text, name, part())
    return text


def with_part(text: str, name: str, part: str) -> str:
    """A document with one part put between its marks; as it is where it has no such marks."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, begins, rest = text.partition(begin)
    _, ends, after = rest.partition(end)
    return f"{before}{begin}\n\n{part}\n{end}{after}" if begins and ends else text


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(with_parts(document.read_text()))
