"""The dashboard and the REST API inside Airflow's own web server, for Airflow's own users."""

from functools import cache
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

PREFIX = "/gympulse"
# Page and what Airflow's navigation calls it.
PAGES = {"gyms": "Gyms", "workouts": "Workouts", "health": "Health", "platform": "Platform"}
VIEWS = [
    {
        "name": name,
        "href": f"{PREFIX}/dashboard/{page}",
        "destination": "nav",
        "category": "Gympulse",
        "url_route": f"gympulse-{page}",
    }
    for page, name in PAGES.items()
]


async def serve(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Answer a request; every process of Airflow loads plugins, only one of them ever serves."""
    await _application()(scope, receive, send)


@cache
def _application() -> "FastAPI":
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
    from airflow.api_fastapi.core_api.security import get_user
    from airflow.models import Variable
    from fastapi import Depends

    from gympulse.lake import Lake
    from gympulse.serving.app import create_app

    def find_lake() -> Lake:
        env = Variable.get("gympulse_env", default_var="dev")
        return Lake(Variable.get("gympulse_lake"), env)

    def caller(user: Annotated[BaseUser, Depends(get_user)]) -> str:
        return str(user.get_id())

    return create_app(find_lake, caller)
