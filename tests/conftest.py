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
    from streams.cluster import Cluster

# `make test` tries the same examples each time, `make test-long` others.
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.register_profile("unseeded", deadline=None)
settings.load_profile("seeded")

SETTINGS = Path(__file__).parents[1] / ".tools" / "spark" / "small.conf"


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """Spark with the jobs' own settings, in this process, warm from test to test."""
    # Tests of the DAGs must not load PySpark.
    from gympulse.session import Session

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # What ``streams/test_on_cluster.py`` says, which runs tests of this session elsewhere.
    words = os.environ.get("TESTS_SPARK", f"--properties-file {SETTINGS}")
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"{words} pyspark-shell"
    session = Session("tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def spark(session: Session) -> SparkSession:
    """The session's Spark."""
    return session()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A standalone Spark cluster for the tests of a module."""
    from streams.cluster import spark_cluster

    with spark_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster
