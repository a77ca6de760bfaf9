"""Spark in a process that stays for an hour or longer."""

import os
import shlex
import sys

from gympulse.local.settings import ROOT
from gympulse.spark_settings import COMPILER

_SETTINGS = ROOT / ".tools" / "spark" / "small.conf"
_JAVA = "spark.driver.extraJavaOptions"


def prepare(*words: str) -> None:
    """Have this process's Spark start as a small job's, but compiled by C2 too, which pays here.

    Args:
        words: Told to it besides.
    """
    java = shlex.quote(f"{_JAVA}={_java()}")
    told = " ".join(["--properties-file", str(_SETTINGS), "--conf", java, *words])
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"{told} pyspark-shell"


def _java() -> str:
    """What Java is told, but to compile quickly: that pays where a process is short."""
    [told] = [line for line in _SETTINGS.read_text().splitlines() if line.startswith(_JAVA)]
    options = told.removeprefix(_JAVA).split()
    return " ".join(option for option in options if option not in COMPILER["small"])
