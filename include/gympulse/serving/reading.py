"""Reads what is asked for: pages of tables, views, and how fresh all of it is."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from fastapi import Request
from fastapi.responses import Response
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from gympulse.lake import Lake
from gympulse.model.tables import GOLD, LAYERS
from gympulse.serving import files
from gympulse.serving.answers import Origin, answer, digest, response
from gympulse.serving.engine import Engine, relation
from gympulse.serving.filters import Condition, conditions, filters_of
from gympulse.serving.formats import Format
from gympulse.serving.limits import Limits
from gympulse.serving.pages import Cursor, order_of, page, read_cursor
from gympulse.serving.problems import Problem, bad_parameter
from gympulse.serving.resources import Resource
from gympulse.serving.versions import Version, Versions, paths
from gympulse.serving.view import View

_BOUND = re.compile(r"\$(\w+)")
_FRESHNESS = pa.schema(
    {
        "layer": pa.string(),
        "complete_through": pa.timestamp("us", "UTC"),
        "finished_at": pa.timestamp("us", "UTC"),
        "lag_seconds": pa.int64(),
    }
)


class Server:
    """What answers need: the tables' versions, and what answers questions to them."""

    def __init__(self, lake: Lake, limits: Limits) -> None:
        self.limits = limits
        self.versions = Versions(lake)
        self.engine = Engine(lake, limits)


def table_answer(
    server: Server,
    resource: Resource,
    request: Request,
    asked: Mapping[str, Any],
    by_path: Mapping[str, Any],
) -> Response:
    """Answer with a page of a table.

    Args:
        server: What answers.
        resource: The table as it is served.
        request: For its query and for what the client has already.
        asked: The query's parameters.
        by_path: Values of columns that the path chooses.
    """
    table = resource.table
    order = order_of(table, asked["sort"] or resource.sort)
    question = digest([{**asked, **dict.fromkeys(("cursor", "limit", "format"))}, by_path])
    cursor = read_cursor(asked["cursor"], question, table, order) if asked["cursor"] else None
    version = _version(server.versions, resource, asked["as_of"], cursor)
    origin = Origin((version,), server.versions.complete_through(version))
    wanted = [
        *(Condition(f'"{name}" = ${name}', {name: v}, name, v, v) for name, v in by_path.items()),
        *conditions(filters_of(table, resource.filtered), asked),
    ]

    def read() -> tuple[pa.Table, dict[str, Any]]:
        rows, place = page(
            server.engine,
            version,
            resource.served,
            wanted,
            order,
            cursor.after if cursor else None,
            asked["limit"],
        )
        if by_path and not cursor and not len(rows):
            raise Problem(404, "No such workout", "No such workout has readings.")
        following = Cursor(version.number, question, place).written() if place else None
        return rows, {"next": _query(request, following)}

    return answer(request, asked["format"], origin, read)


def view_answer(server: Server, view: View, request: Request, asked: Mapping[str, Any]) -> Response:
    """Answer with what a view shows."""
    versions = tuple(server.versions.newest(table) for table in view.tables)
    origin = Origin(versions, server.versions.complete_through(versions[0]))

    def read() -> tuple[pa.Table, dict[str, Any]]:
        rows = _view_rows(server, view, versions, asked)
        if len(rows) > server.limits.view_rows:
            most = f"{server.limits.view_rows:,}"
            raise Problem(422, "Too many rows", f"There are more than {most}; narrow the dates.")
        return rows, {}

    return answer(request, asked["format"], origin, read)


def view_rows(server: Server, view: View, asked: Mapping[str, Any]) -> pa.Table:
    """Give the rows of a view.

    Args:
        server: What answers.
        view: What is asked.
        asked: Values of its parameters; of those left out, the usual ones.

    Raises:
        Problem: A table is not there yet, or the answer would take too long.
    """
    usual = {name: field.default for name, (_, field) in view.parameters.items()}
    versions = tuple(server.versions.newest(table) for table in view.tables)
    return _view_rows(server, view, versions, usual | dict(asked))


def _view_rows(
    server: Server, view: View, versions: Sequence[Version], asked: Mapping[str, Any]
) -> pa.Table:
    return server.engine.ask(*_view_question(view, versions, asked))


def freshness_answer(server: Server, request: Request, kind: Format) -> Response:
    """Answer with how far each layer is, and which versions the gold tables have."""
    rows = freshness(server)
    through = dict(zip(*(rows[name].to_pylist() for name in _FRESHNESS.names[:2]), strict=True))
    origin = Origin(tuple(_there(server.versions)), through["gold"])
    return response(request, kind, origin, rows, {}, {"Cache-Control": "no-store"})


def freshness(server: Server) -> pa.Table:
    """Give how far each layer is, one row a layer; nulls where it has not run."""
    latest: dict[str, dict] = {}
    for run in server.versions.runs():
        known = latest.get(run["layer"])
        if known is None or run["finished_at"] > known["finished_at"]:
            latest[run["layer"]] = run
    now = datetime.now(UTC)
    rows = [_freshness(layer, latest.get(layer, {}), now) for layer in LAYERS]
    return pa.Table.from_pylist(rows, _FRESHNESS)


def _freshness(layer: str, run: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    through = run.get("complete_through")
    return {
        "layer": layer,
        "complete_through": through,
        "finished_at": run.get("finished_at"),
        "lag_seconds": int((now - through).total_seconds()) if through else None,
    }


def _there(versions: Versions) -> list[Version]:
    found = []
    for table in GOLD:
        try:
            found.append(versions.newest(table))
        except Problem:
            continue
    return found


def _version(
    versions: Versions, resource: Resource, as_of: str | None, cursor: Cursor | None
) -> Version:
    if cursor:
        return versions.at(resource.table, cursor.version)
    if as_of is None:
        return versions.newest(resource.table)
    if as_of.isdecimal() and as_of.isascii():
        if int(as_of) >= 2**63:
            raise bad_parameter("as_of", as_of, "the number of a version")
        return versions.at(resource.table, int(as_of))
    try:
        instant = TypeAdapter(AwareDatetime).validate_strings(as_of)
    except ValidationError as error:
        expected = "a version's number, or an instant with its zone as 2026-01-31T12:00:00Z,"
        raise bad_parameter("as_of", as_of, expected) from error
    return versions.as_of(resource.table, instant)


def _view_question(
    view: View, versions: Sequence[Version], asked: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    found = list(conditions(filters_of(view.tables[0], view.filters), asked))
    values = {name: value for name, value in asked.items() if not isinstance(value, list)}
    values |= {name: value for each in found for name, value in each.values.items()}
    places = {
        "where": " AND ".join(f"({each.sql})" for each in found) or "true",
        "by": f'"{asked.get("by")}"',
    }
    for version in versions:
        name = version.table.short_name
        held = paths(version, files.chosen(version.files, found))
        places[name] = relation(version.table, held, f"files_of_{name}")
        values[f"files_of_{name}"] = held or None
    question = view.question.format(**places)
    bound = set(_BOUND.findall(question))
    return question, {name: value for name, value in values.items() if name in bound}


def _query(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return "?" + urlencode([*kept, ("cursor", cursor)])
