"""Requests of Airflow's API that change something, by its own description."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# What somebody keeps for himself, and filters that are too long for an address.
_OWN = ("/favorite", "/unfavorite", "/list")


def _bulk(**entity: object) -> dict[str, Any]:
    return {"actions": [{"action": "create", "entities": [entity]}]}


# By method and path, where whether one may depends on what one sends.
_BODIES = {
    ("PATCH", "/api/v2/connections"): _bulk(connection_id="a", conn_type="http"),
    ("PATCH", "/api/v2/pools"): _bulk(name="a", slots=1),
    ("PATCH", "/api/v2/variables"): _bulk(key="a", value="b"),
    ("POST", "/api/v2/connections/enqueue-test"): {"connection_id": "a", "conn_type": "http"},
}


@dataclass(frozen=True)
class Change:
    """One request.

    Attributes:
        method: Of HTTP.
        path: As it is described.
        address: With names of what there is.
        body: What is sent.
    """

    method: str
    path: str
    address: str
    body: Mapping[str, Any]


def changes(described: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Change]:
    """Give every request that would change something for others than who sends it.

    Args:
        described: The API's OpenAPI document.
        names: What to put in the paths, by the names there; 1 for others.
    """
    run = names["dag_run_id"]
    bodies = _BODIES | {
        ("PATCH", "/api/v2/dags/{dag_id}/dagRuns"): {
            "actions": [{"action": "delete", "entities": [run]}]
        },
        ("POST", "/api/v2/dags/{dag_id}/clearDagRuns"): {"dag_runs": [{"dag_run_id": run}]},
    }
    for path, methods in described["paths"].items():
        address = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: names.get(found[1], "1"), path)
        if path.startswith(("/api/", "/ui/")) and not path.endswith(_OWN):
            for method in {each.upper() for each in methods} - {"GET", "HEAD", "PARAMETERS"}:
                yield Change(method, path, address, bodies.get((method, path), {}))
