"""Its place puts this folder on the path, so that tests import ``oracle``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gympulse.session import Session

SETTINGS = Path(__file__).parents[1] / ".tools" / "spark" / "spark-defaults.conf"


def _java_options() -> str:
    """The jobs' own options of Java."""
    lines = SETTINGS.read_text().splitlines()
    return next(line for line in lines if "extraJavaOptions" in line).partition(" ")[2]


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """Spark with the jobs' own settings, in this process, warm from test to test."""
    # Tests of the DAGs must not load PySpark.
    from gympulse.session import Session

    os.environ["PYSPARK_PYTHON"] = sys.executable
    # The quick compiler alone: a thousand small queries never repay the thorough one.
    quick = f"--driver-java-options '{_java_options()} -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m'"
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {SETTINGS} {quick} pyspark-shell"
    session = Session("tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def spark(session: Session) -> SparkSession:
    """The session's Spark."""
    return session()
