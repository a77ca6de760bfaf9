"""The query parameters of each path, as models that check and document them."""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, create_model

from gympulse.model.fields import FIELDS
from gympulse.serving.filters import TYPES, filters_of, parameters_of
from gympulse.serving.formats import Format
from gympulse.serving.limits import Limits
from gympulse.serving.resources import Resource
from gympulse.serving.view import View

_STRICT = ConfigDict(extra="forbid")
_FORMAT = (Format, Field("json", description="`json`, `csv`, or an `arrow` stream."))
_USUAL_ROWS = 100
_LONGEST_CURSOR = 4000


def table_query(resource: Resource, limits: Limits) -> type[BaseModel]:
    """Give the model of the query for pages of a table."""
    most = resource.page_rows or limits.page_rows
    usual = resource.page_rows or min(_USUAL_ROWS, most)
    fields = parameters_of(resource.table, filters_of(resource.table, resource.filtered))
    fields |= {
        "sort": (
            str | None,
            Field(
                None,
                max_length=500,
                description=f"Columns, separated by commas, `-` before those descending; "
                f"`{resource.sort}` unless said. Unknown values come last.",
            ),
        ),
        "limit": (int, Field(usual, ge=1, le=most, description="Rows of a page, at most.")),
        "cursor": (
            str | None,
            Field(
                None,
                max_length=_LONGEST_CURSOR,
                description="Where the page begins: what `next` of the page before says.",
            ),
        ),
        "as_of": (
            str | None,
            Field(
                None,
                max_length=40,
                description="The table as it was: a version's number, or an instant with its "
                "zone, as `2026-01-31T12:00:00Z`.",
            ),
        ),
        "format": _FORMAT,
    }
    return _model(resource.table.short_name, fields)


def view_query(view: View) -> type[BaseModel]:
    """Give the model of a view's query."""
    filters = filters_of(view.tables[0], view.filters)
    fields = parameters_of(view.tables[0], filters) if filters else {}
    return _model(view.name, {**fields, **view.parameters, "format": _FORMAT})


def path_model(resource: Resource) -> Callable[..., dict[str, Any]]:
    """Give the dependency that reads the columns which a path chooses."""
    table = resource.table
    names = [name for name in table.columns if f"{{{name}}}" in resource.path]

    def by_path(**values: Any) -> dict[str, Any]:
        return values

    by_path.__signature__ = Signature(
        [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                annotation=Annotated[
                    TYPES[table.schema[name]], Path(description=FIELDS[name].description)
                ],
            )
            for name in names
        ]
    )
    return by_path


def _model(name: str, fields: dict[str, tuple]) -> type[BaseModel]:
    return create_model(f"{name}_query", __config__=_STRICT, **fields)
