"""Tell whether the parts of Airflow that run in this container are healthy.

    python -m gympulse.local.image.health

The image's HEALTHCHECK asks it every half minute, so it loads the standard library alone.
"""

import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

# A part of Airflow, and its name in the answer of Airflow's own health check. The API server
# has no heartbeat: it is healthy if it answers and reaches its database.
PARTS = {
    "api-server": "metadatabase",
    "dag-processor": "dag_processor",
    "scheduler": "scheduler",
    "triggerer": "triggerer",
}
# As it was typed, or as Airflow has renamed the process.
_PART = re.compile(rf"\bairflow ({'|'.join(PARTS)})\b")
_PATIENCE_SECONDS = 5
_HEALTH = "/api/v2/monitor/health"


def main() -> int:
    """Print a line for each part; the exit code is 0 if all are healthy."""
    parts = running_parts(_commands())
    if not parts:
        print("No part of Airflow runs here.")
        return 0
    states = {part: _state(part, os.environ) for part in parts}
    for part, state in states.items():
        print(f"{part}: {state}")
    return 0 if set(states.values()) == {"healthy"} else 1


def running_parts(commands: Iterable[str]) -> list[str]:
    """Name the parts of Airflow among command lines, in alphabetical order.

    >>> running_parts(["tini -- /entrypoint airflow scheduler", "airflow api_server -- host:::"])
    ['api-server', 'scheduler']
    """
    found = (_PART.search(command.replace("_", "-")) for command in commands)
    return sorted({match[1] for match in found if match})


def address(part: str, environment: Mapping[str, str]) -> str:
    """Where to ask for a part: the API server its own port, the others where it serves them.

    >>> address("scheduler", {"AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "http://a:1/execution/"})
    'http://a:1/api/v2/monitor/health'
    """
    own = f"http://localhost:{environment.get('AIRFLOW__API__PORT', '8080')}"
    server = environment.get("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", own)
    if part == "api-server":
        server = own
    return server.rstrip("/").removesuffix("/execution") + _HEALTH


def _commands() -> Iterator[str]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            # It has ended meanwhile.
            continue


def _state(part: str, environment: Mapping[str, str]) -> str:
    url = address(part, environment)
    # A proxy leads out of here; this is a neighbour.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_PATIENCE_SECONDS) as answer:
            told = json.load(answer)
    except (OSError, ValueError) as error:
        return f"{url} does not answer ({error})"
    return str((told.get(PARTS[part]) or {}).get("status"))


if __name__ == "__main__":
    sys.exit(main())
