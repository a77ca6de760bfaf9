"""One question of several rows, or tables, at once: the form that every view has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gympulse.model.table import Table


@dataclass(frozen=True)
class View:
    """One question.

    Attributes:
        name: Its name, in the path.
        summary: What one row is, for the API's documentation.
        tables: The tables that it asks, the one that filters apply to first.
        question: SQL; ``{table}`` stands for a table's rows, ``{where}`` for the conditions that
            filters make, ``{by}`` for a column that a parameter names.
        filters: Columns that choose rows.
        parameters: Further parameters, by name, as a query's model has them; bound as ``$name``.
    """

    name: str
    summary: str
    tables: tuple[Table, ...]
    question: str
    filters: tuple[str, ...] = ()
    parameters: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
