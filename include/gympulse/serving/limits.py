"""How much one may ask for, and who may ask at all."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import (
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
)
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from gympulse.errors import BadSettings
from gympulse.serving.problems import Problem

KEY_VARIABLE = "GYMPULSE_API_KEY"
_SHORTEST_KEY = 16
_bearer = HTTPBearer(auto_error=False, description=f"The API key that {KEY_VARIABLE} holds.")
_basic = HTTPBasic(auto_error=False, description="Any user name, with the API key as password.")


@dataclass(frozen=True)
class Limits:
    """What one answer may cost.

    Attributes:
        rate: Requests of one caller, as the package ``limits`` writes it.
        page_rows: Rows of one page.
        view_rows: Rows of one answer that has no pages.
        query_seconds: How long a question to the tables may take.
        queries: Questions worked on at one time; others wait as long as one may take.
        memory: What all of them may take.
        threads: Processors for all of them.
    """

    rate: str = "1200/minute"
    page_rows: int = 1000
    view_rows: int = 50_000
    query_seconds: float = 10.0
    queries: int = 4
    memory: str = "1GB"
    threads: int = 2


def rate_limited(rate: str, authenticate: Callable[..., str]) -> Callable[..., str]:
    """Give the dependency that lets a known caller in, unless they ask too often.

    Args:
        rate: Requests of one caller, as ``1200/minute``.
        authenticate: Dependency that gives the caller's name, or refuses.
    """
    allowed, limiter = parse(rate), SlidingWindowCounterRateLimiter(MemoryStorage())

    def admitted(caller: Annotated[str, Depends(authenticate)]) -> str:
        if not limiter.hit(allowed, caller):
            raise Problem(
                429,
                "Too many requests",
                f"More than {allowed} were sent. Wait a little, and ask for larger pages.",
                headers={"Retry-After": str(allowed.get_expiry() // 60 or 1)},
            )
        return caller

    return admitted


def key_from(environment: Mapping[str, str] = os.environ) -> str:
    """Take the API key from the environment.

    Raises:
        BadSettings: There is none, or it could be guessed.
    """
    key = environment.get(KEY_VARIABLE, "")
    if len(key) < _SHORTEST_KEY:
        found = f"holds {len(key)} characters" if key else "is missing"
        raise BadSettings(
            [
                f"{KEY_VARIABLE} {found}; a secret of at least {_SHORTEST_KEY} characters is "
                f"needed, as `export {KEY_VARIABLE}=$(openssl rand -hex 24)` makes one."
            ]
        )
    return key


def by_key(key: str) -> Callable[..., str]:
    """Give the dependency that lets in who sends the key, as a bearer token or a password."""

    def authenticate(
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        basic: Annotated[HTTPBasicCredentials | None, Depends(_basic)],
    ) -> str:
        sent = bearer.credentials if bearer else basic.password if basic else ""
        if not secrets.compare_digest(sent.encode(), key.encode()):
            raise Problem(
                401,
                "Not authenticated",
                "Send the API key as a bearer token, or as the password of basic authentication.",
                headers={"WWW-Authenticate": 'Basic realm="Gympulse", charset="UTF-8"'},
            )
        return request.client.host if request.client else ""

    return authenticate
