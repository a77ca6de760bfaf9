"""Start a program once nothing is left of one that was killed, as ``kill -9`` leaves it.

Airflow's idle workers do not notice that their scheduler is gone, and would stay for ever; one
that is busy breaks at the next line it logs, which nobody reads any more.
"""

import os
import sys
from contextlib import suppress

import psutil


def main() -> None:
    """End what was left behind, then become the command that follows on the command line."""
    for process in left_behind():
        with suppress(psutil.NoSuchProcess):
            # Not asked: a worker has its scheduler's handlers, which leave the end to that.
            process.kill()
    os.execv(sys.argv[1], sys.argv[1:])


def left_behind() -> list[psutil.Process]:
    """Find what programs left that died, in the session of this process.

    The supervisor makes each program the leader of a process group, in a session of its own; a
    group that lost its leader is what is left of a program.
    """
    session = os.getsid(0)
    return [process for process in psutil.process_iter() if _has_lost_its_leader(process, session)]


def _has_lost_its_leader(process: psutil.Process, session: int) -> bool:
    with suppress(OSError):
        group = os.getpgid(process.pid)
        return os.getsid(process.pid) == session and not psutil.pid_exists(group)
    return False


if __name__ == "__main__":
    main()
