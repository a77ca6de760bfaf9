"""What is wrong with a request, or with what it asks for, as RFC 9457 has it."""

from collections.abc import Mapping, Sequence

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
_LONGEST_SHOWN = 100


class Problem(Exception):
    """An answer other than what was asked for; the message is for whoever asked.

    Attributes:
        status: HTTP's.
        title: The kind of problem, in words.
        kind: The kind, as the end of its ``type``; none where the status says it all.
        parameter: The parameter that cannot be used, where it is one.
        headers: What goes with the answer.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        kind: str = "",
        parameter: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.kind = status, title, kind
        self.parameter, self.headers = parameter, dict(headers or {})


def bad_parameter(parameter: str, found: object, expected: str) -> Problem:
    """Give the problem of a parameter that cannot be used."""
    detail = f"{parameter} is '{_shortened(found)}'; {expected} is needed."
    return Problem(422, "Unusable parameter", detail, "parameters", parameter)


def register(app: FastAPI) -> None:
    """Let an application answer every failure with a problem document."""
    app.add_exception_handler(Problem, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_parameters)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_nobody)


def _of_ours(_: Request, problem: Problem) -> Response:
    errors = [{"parameter": problem.parameter, "detail": str(problem)}] if problem.parameter else []
    return _document(
        problem.status, problem.title, str(problem), problem.kind, errors, problem.headers
    )


def _of_parameters(_: Request, invalid: RequestValidationError) -> Response:
    errors = [_of_parameter(each) for each in invalid.errors()]
    listed = "; ".join(f"{each['parameter']}: {each['detail']}" for each in errors)
    return _document(422, "Unusable parameters", listed, "parameters", errors)


def _of_parameter(error: Mapping) -> dict[str, str]:
    # Where it is: in the path or the query, the parameter, and which of its values.
    place = error["loc"]
    is_unknown = error["type"] == "extra_forbidden"
    wrong = "There is no such parameter" if is_unknown else error["msg"]
    return {
        "parameter": str(place[1] if len(place) > 1 else "request"),
        "detail": f"{wrong}; found '{_shortened(error.get('input'))}'",
    }


def _of_http(_: Request, error: HTTPException) -> Response:
    title = error.detail if isinstance(error.detail, str) else "Request refused"
    return _document(error.status_code, title, title, headers=error.headers)


def _of_nobody(_: Request, __: Exception) -> Response:
    """Tell nothing of what went wrong inside; the server's log has it."""
    return _document(500, "Internal error", "The server's log says what happened.")


def _document(
    status: int,
    title: str,
    detail: str,
    kind: str = "",
    errors: Sequence[Mapping] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    content = {
        "type": f"/problems/{kind}" if kind else "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = list(errors)
    return Response(
        msgspec.json.encode(content), status, dict(headers or {}), media_type=MEDIA_TYPE
    )


def _shortened(found: object) -> str:
    # A lone surrogate cannot be sent back.
    text = str(found).encode("utf-8", "replace").decode()
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
