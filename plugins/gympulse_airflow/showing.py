"""An operation's plan, and what a verification found, in the form that people read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from operator import methodcaller
from typing import Any

# Columns of ops_db.comparisons with their headings: the first is text, the others are
# numbers and dates.
PLAN = {
    "table": "table",
    "missing": "to insert",
    "different": "to change",
    "extra": "to delete",
    "first_date": "first day",
    "last_date": "last day",
}
RESTORE = {
    "table": "table",
    "version_now": "version",
    "version_then": "version then",
    "rows_expected": "rows then",
    "missing": "to insert",
    "different": "to change",
    "extra": "to delete",
    "first_date": "first day",
    "last_date": "last day",
}
RESULT = {
    "table": "table",
    "rows_expected": "expected",
    "missing": "missing",
    "different": "different",
    "extra": "extra",
    "first_date": "first day",
    "last_date": "last day",
}
REVIEW = {
    "table": "source",
    "chosen": "chosen",
    "passing": "would pass",
    "failing": "would not",
}
_AMOUNTS = {"files_to_read": "files", "rows_to_read": "rows", "bytes_to_read": "bytes"}


def plan_headings(found: Mapping[str, Any]) -> Mapping[str, str]:
    """Give the headings of a plan: those of its job, or ``PLAN``."""
    return {"quarantine_review": REVIEW, "restore": RESTORE}.get(found["operation"]["job"], PLAN)


def plain(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was recorded in JSON's types, dates and instants in ISO format."""
    return json.loads(json.dumps(found, default=methodcaller("isoformat")))


def as_text(found: Mapping[str, Any], headings: Mapping[str, str]) -> list[str]:
    """Give the lines for a log, one a table, their columns aligned.

    Args:
        found: An operation and its tables, as ``plain`` gives them.
        headings: ``PLAN``, ``RESTORE``, ``REVIEW`` or ``RESULT``.
    """
    rows = [list(headings.values()), *_rows(found, headings)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [*_sentences(found["operation"]), *_aligned(rows, widths), *_examples(found["tables"])]


def as_markdown(found: Mapping[str, Any], headings: Mapping[str, str]) -> str:
    """Give what ``as_text`` gives, with a table that the UI draws."""
    rules = [":--", *["--:"] * (len(headings) - 1)]
    rows = [headings.values(), rules, *_rows(found, headings)]
    grid = [f"| {' | '.join(row)} |" for row in rows]
    # Four spaces keep the examples as they are.
    examples = [f"    {line}" for line in _examples(found["tables"])]
    paragraphs = [*_sentences(found["operation"]), "\n".join(grid), "\n".join(examples)]
    return "\n\n".join(filter(None, paragraphs))


def _sentences(operation: Mapping[str, Any]) -> list[str]:
    what = [operation["job"], operation["mode"], _days(operation)]
    sentences = [f"{', '.join(filter(None, what))}: {operation['outcome']}."]
    amounts = [
        f"{operation[name]:,} {unit}"
        for name, unit in _AMOUNTS.items()
        if operation[name] is not None
    ]
    if amounts:
        sentences.append(f"To read: {', '.join(amounts)}.")
    if operation["reason"]:
        sentences.append(f"Reason: {operation['reason']}")
    if operation["operator"]:
        sentences.append(f"Asked for by: {operation['operator']}")
    given = json.loads(operation["options"] or "{}")
    if said := {name: value for name, value in given.items() if value not in (None, [], {})}:
        sentences.append(f"Options: {json.dumps(said, ensure_ascii=False)}")
    return sentences


def _days(operation: Mapping[str, Any]) -> str:
    first, last = operation["from_date"], operation["to_date"]
    if first and last:
        return f"{first} to {last}, both inclusive"
    if first:
        return f"from {first} on"
    return f"up to {last}, inclusive" if last else "every day"


def _rows(found: Mapping[str, Any], columns: Mapping[str, str]) -> list[list[str]]:
    return [[_cell(table[name]) for name in columns] for table in found["tables"]]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _aligned(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    for name, *values in rows:
        cells = (value.rjust(width) for value, width in zip(values, widths[1:], strict=True))
        yield "  ".join((name.ljust(widths[0]), *cells)).rstrip()


def _examples(tables: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for table in tables:
        for example in json.loads(table["examples"] or "[]"):
            yield f"{table['table']}: {json.dumps(example, ensure_ascii=False)}"
