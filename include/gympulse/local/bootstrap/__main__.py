"""Check the machine, then fetch what is missing: Java, Python packages, jars.

python -m gympulse.local.bootstrap [--with-test-tools]
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gympulse.local.bootstrap.jars import fetch_jars
from gympulse.local.bootstrap.machine import check_python, provide_java, provide_test_tools
from gympulse.local.bootstrap.packages import sync_packages
from gympulse.local.errors import LocalProblem

ROOT = Path(__file__).resolve().parents[4]


def main() -> int:
    """Set the machine up.

    Replay: what is already there is left alone; what an interruption left half done
    is done again.
    """
    tools = ROOT / ".tools"
    try:
        check_python()
        with _alone(tools):
            java_home = provide_java(tools)
            python = sync_packages(ROOT, tools)
            fetch_jars(ROOT, tools, java_home)
            _prepare_spark(python, tools, java_home)
            if "--with-test-tools" in sys.argv[1:]:
                provide_test_tools()
    except LocalProblem as problem:
        print(f"Set-up stopped. {problem.explained}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up was interrupted; type the same command to go on.", file=sys.stderr)
        return 130
    return 0


@contextmanager
def _alone(tools: Path) -> Iterator[None]:
    """Let two set-ups of one folder run one after the other."""
    tools.mkdir(exist_ok=True)
    with (tools / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare_spark(python: Path, tools: Path, java_home: Path) -> None:
    command = [str(python), "-m", "gympulse.local.spark_home", str(tools / "jars" / "spark")]
    environment = {**os.environ, "JAVA_HOME": str(java_home)}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise LocalProblem("Spark's settings could not be written; the lines above say why.")


if __name__ == "__main__":
    sys.exit(main())
