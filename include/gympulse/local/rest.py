"""Ask a local service's REST API; what goes wrong is said in a sentence."""

from typing import Any

import httpx

from gympulse.local.errors import LocalProblem


def ask(client: httpx.Client, service: str, method: str, path: str, **content: Any) -> Any:
    """Give what a service answers, None where it answers nothing.

    Raises:
        LocalProblem: It refuses, or does not answer.
    """
    try:
        answer = client.request(method, path, **content)
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise LocalProblem(
            f"{service} refused {method} {path} ({error.response.status_code}): "
            f"{error.response.text[:600]}"
        ) from error
    except httpx.HTTPError as error:
        raise LocalProblem(
            f"{service} does not answer at {client.base_url} ({error}). "
            "Type `make status` to see what runs."
        ) from error
    return answer.json() if answer.content else None
