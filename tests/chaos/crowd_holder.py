"""Take every kind of lock of a lake, say so, and keep them.

spark-submit crowd_holder.py LAKE [busy]
"""

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

sys.path.insert(0, str(Path(__file__).parents[1]))

from chaos.crowd_locks import takings  # noqa: E402
from gympulse.lake import Lake  # noqa: E402
from gympulse.session import Session  # noqa: E402


def hold(root: str, is_busy: bool) -> None:
    """Hold all until the process ends, or its Java does."""
    session = Session("holder")
    gateway = session.gateway
    if is_busy:
        numbers = session().range(10**12).selectExpr("sum(id % 7)")
        Thread(target=numbers.collect, daemon=True).start()
    with ExitStack() as taken:
        for taking in takings(Lake(root), gateway).values():
            taken.enter_context(taking())
        java = gateway.jvm.java.lang.ProcessHandle.current().pid()
        print(f"held {java} {os.getpid()}", flush=True)
        while True:
            # As a job does, which asks Java for one thing after another.
            gateway.jvm.java.lang.System.currentTimeMillis()
            time.sleep(0.2)


if __name__ == "__main__":
    hold(sys.argv[1], "busy" in sys.argv[2:])
