"""Answers: rows with the table versions and the completeness they come from."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
from fastapi import Request
from fastapi.responses import Response

from gympulse.serving.formats import MEDIA_TYPES, Format, written
from gympulse.serving.versions import Version


@dataclass(frozen=True)
class Origin:
    """Where an answer comes from.

    Attributes:
        versions: The versions that are read.
        complete_through: What the first of them is complete through.
    """

    versions: tuple[Version, ...]
    complete_through: datetime | None

    def told(self) -> dict[str, Any]:
        """What an answer in JSON says of it."""
        sources = [{"table": each.table.name, "version": each.number} for each in self.versions]
        return {"sources": sources, "complete_through": self.complete_through}

    def headers(self) -> dict[str, str]:
        """What every answer's headers say of it."""
        listed = ", ".join(f"{each.table.name}={each.number}" for each in self.versions)
        through = instant(self.complete_through) if self.complete_through else ""
        return {"Gympulse-Versions": listed, "Gympulse-Complete-Through": through}


def answer(
    request: Request,
    kind: Format,
    origin: Origin,
    read: Callable[[], tuple[pa.Table, dict[str, Any]]],
) -> Response:
    """Answer, or say that the client has it already: the same versions, asked the same.

    Args:
        request: For what is asked, and for what the client has.
        kind: The format.
        origin: Where the rows come from.
        read: Reads the rows, and what else an answer in JSON tells.
    """
    etag = f'"{digest([origin.told(), request.url.path, request.url.query])}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    held = request.headers.get("If-None-Match", "")
    if etag in (each.strip().removeprefix("W/") for each in held.split(",")):
        return Response(status_code=304, headers=headers | origin.headers())
    rows, further = read()
    return response(request, kind, origin, rows, further, headers)


def response(
    request: Request,
    kind: Format,
    origin: Origin,
    rows: pa.Table,
    further: Mapping[str, Any],
    headers: Mapping[str, str],
) -> Response:
    """Give rows as an answer, with where they come from and, if there is one, the next page."""
    content = written(kind, rows, {**origin.told(), **further})
    told = dict(headers) | origin.headers()
    if further.get("next"):
        told["Link"] = f'<{further["next"]}>; rel="next"'
    if kind == "csv":
        name = request.url.path.strip("/").replace("/", "-").replace(":", "")
        told["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return Response(content, headers=told, media_type=MEDIA_TYPES[kind])


def digest(of: Any) -> str:
    """A short name for what can be written as JSON."""
    return hashlib.sha256(msgspec.json.encode(of)).hexdigest()[:32]


def instant(at: datetime) -> str:
    return msgspec.json.encode(at).decode().strip('"')
