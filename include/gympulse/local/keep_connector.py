"""Start again what of the connector has failed, for as long as the worker runs.

Connect itself never does: a task that failed stays so, as one does that a worker starts while
its database is away. What it had to read waits in the database's log meanwhile.
"""

import logging
import time

from gympulse.local.connect_api import CONNECTOR, ConnectApi
from gympulse.local.errors import LocalProblem
from gympulse.local.settings import read_settings

log = logging.getLogger(__name__)

# A failure that lasts is tried as rarely as the patience with a database that restarts allows.
_SECONDS = 5


def main() -> None:
    """Look every few seconds; what was found, and that the worker is away, is logged once."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    known = ""
    with ConnectApi(read_settings()) as connect:
        while True:
            try:
                found = connect.restart_failed(CONNECTOR)
            except LocalProblem as problem:
                found = str(problem)
            if found and found != known:
                log.info(found)
            known = found
            time.sleep(_SECONDS)


if __name__ == "__main__":
    main()
