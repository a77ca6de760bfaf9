"""Its place puts this folder on the path, so that tests import ``oracle``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gympulse.session import Session

# `make test` tries the same examples each time, `make test-long` others.
settings.register_profile("seeded", derandomize=True)
settings.load_profile("seeded")

SETTINGS = Path(__file__).parents[1] / ".tools" / "spark" / "small.conf"


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """Spark with the jobs' own settings, in this process, warm from test to test."""
    # Tests of the DAGs must not load PySpark.
    from gympulse.session import Session

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {SETTINGS} pyspark-shell"
    session = Session("tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def spark(session: Session) -> SparkSession:
    """The session's Spark."""
    return session()
