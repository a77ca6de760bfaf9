"""The dashboard's files, and those of the two libraries that draw charts and documentation."""

from importlib.util import find_spec
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

PAGES = ("gyms", "workouts", "health", "platform")
_OWN = Path(__file__).with_name("static")
# Packages that bring a file for browsers, and the folder in each.
_OF_OTHERS = {
    "plotly.min.js": ("plotly", "package_data"),
    "swagger-ui-bundle.js": ("fastapi_offline", "static"),
    "swagger-ui.css": ("fastapi_offline", "static"),
}


class Assets:
    """Files by name; no path leads out of their folders."""

    def __init__(self) -> None:
        self._folders = dict.fromkeys((file.name for file in _OWN.iterdir()), _files(_OWN))
        for name, (package, folder) in _OF_OTHERS.items():
            # Found, not imported: these packages' Python is of no use here.
            home = Path(find_spec(package).submodule_search_locations[0])
            self._folders[name] = _files(home / folder)

    async def answer(self, name: str, request: Request) -> Response:
        """Answer with a file, or that it has not changed since the client took it."""
        if name not in self._folders:
            raise HTTPException(404, "Not found")
        response = await self._folders[name].get_response(name, request.scope)
        response.headers["Cache-Control"] = "private, no-cache"
        return response


def _files(folder: Path) -> StaticFiles:
    return StaticFiles(directory=folder)
