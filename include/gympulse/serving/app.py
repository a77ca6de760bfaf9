"""The application: REST API, dashboard and their documentation, for those who may see them."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from gympulse.lake import Lake
from gympulse.serving import problems
from gympulse.serving.assets import PAGES, Assets
from gympulse.serving.formats import MEDIA_TYPES, Format
from gympulse.serving.limits import Limits, rate_limited
from gympulse.serving.queries import path_model, table_query, view_query
from gympulse.serving.reading import Server, freshness_answer, table_answer, view_answer
from gympulse.serving.resources import RESOURCES, Resource
from gympulse.serving.view import View
from gympulse.serving.views import VIEWS

# Only from here, but for the styles that charts give their parts.
_SAFE = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "frame-ancestors 'self'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_DESCRIPTION = (
    "What gyms and workouts come to, read from the lake's Delta tables. Instants are UTC, dates "
    "are in the business time zone. Every answer names the table versions it comes from and what "
    "they are complete through, in `Gympulse-Versions` and `Gympulse-Complete-Through` and, in "
    "JSON, beside the rows; failures are problem documents (RFC 9457)."
)
_PROBLEM = {
    "description": "What is wrong, as RFC 9457 has it.",
    "content": {problems.MEDIA_TYPE: {}},
}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def create_app(
    find_lake: Callable[[], Lake],
    authenticate: Callable[..., str],
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> FastAPI:
    """Make the application.

    Args:
        find_lake: Gives the lake; asked once, by the first request that needs it.
        authenticate: Dependency that gives the caller's name, or refuses.
        limits: What one answer may cost.
    """
    app = FastAPI(
        title="Gympulse", description=_DESCRIPTION, docs_url=None, redoc_url=None, openapi_url=None
    )
    problems.register(app)
    app.add_api_route("/health", _health, summary="Whether this server answers", tags=["health"])
    serving = cache(lambda: Server(find_lake(), limits))
    guarded = APIRouter(
        dependencies=[Depends(rate_limited(limits.rate, authenticate))],
        responses={"4XX": _PROBLEM, "5XX": _PROBLEM},
    )
    for resource in RESOURCES:
        _add_table(guarded, resource, serving, limits)
    _add_freshness(guarded, serving)
    for view in VIEWS:
        _add_view(guarded, view, serving)
    _add_pages(guarded, app)
    app.include_router(guarded)

    @app.middleware("http")
    async def safely(request: Request, answer: Callable) -> Response:
        response = await answer(request)
        response.headers.update(_SAFE)
        return response

    return app


def _health() -> dict[str, str]:
    return {"status": "ok"}


def _add_table(
    router: APIRouter, resource: Resource, serving: Callable[[], Server], limits: Limits
) -> None:
    asked_model, path = table_query(resource, limits), path_model(resource)

    def read(
        request: Request,
        asked: Annotated[asked_model, Query()],
        by_path: Annotated[dict, Depends(path)],
    ) -> Response:
        return table_answer(serving(), resource, request, asked.model_dump(), by_path)

    _add(router, resource.path, read, resource.summary, "tables")


def _add_view(router: APIRouter, view: View, serving: Callable[[], Server]) -> None:
    asked_model = view_query(view)

    def read(request: Request, asked: Annotated[asked_model, Query()]) -> Response:
        return view_answer(serving(), view, request, asked.model_dump())

    _add(router, f"/views/{view.name}", read, view.summary, "views")


def _add_freshness(router: APIRouter, serving: Callable[[], Server]) -> None:
    def read(request: Request, format: Format = "json") -> Response:
        return freshness_answer(serving(), request, format)

    _add(router, "/freshness", read, "How far each layer is", "freshness")


def _add(router: APIRouter, path: str, read: Callable, summary: str, tag: str) -> None:
    content = {media_type: {} for media_type in MEDIA_TYPES.values()}
    router.add_api_route(
        path,
        read,
        summary=summary,
        tags=[tag],
        name=path.strip("/").replace("/", "-"),
        response_class=Response,
        responses={200: {"description": summary, "content": content}},
    )


def _add_pages(router: APIRouter, app: FastAPI) -> None:
    assets = Assets()
    hidden = APIRouter(include_in_schema=False)

    @hidden.get("/")
    @hidden.get("/dashboard")
    def dashboard(request: Request) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/dashboard/{PAGES[0]}")

    @hidden.get("/dashboard/{page}")
    async def page(request: Request, page: Literal[PAGES]) -> Response:
        return await assets.answer(f"{page}.html", request)

    @hidden.get("/docs")
    async def docs(request: Request) -> Response:
        return await assets.answer("docs.html", request)

    @hidden.get("/openapi.json")
    def schema(request: Request) -> dict[str, Any]:
        return app.openapi() | {"servers": [{"url": request.scope.get("root_path") or "/"}]}

    @hidden.get("/static/{name}")
    async def static(request: Request, name: str) -> Response:
        return await assets.answer(name, request)

    @hidden.api_route("/{path:path}", methods=_METHODS)
    def nothing(request: Request) -> Response:
        known = request.method in ("GET", "HEAD")
        raise HTTPException(404 if known else 405, "Not found" if known else "Only GET is allowed")

    router.include_router(hidden)
