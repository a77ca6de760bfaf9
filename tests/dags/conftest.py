"""An Airflow of the tests' own: configuration and logs in a folder that is thrown away."""

import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


def _import_airflow() -> None:
    """Import Airflow with the tests' settings, and leave the environment as it was.

    Airflow reads where its home is when it is first imported; other tests start real
    Airflows, which would inherit what stayed behind.
    """
    told = {
        "AIRFLOW_HOME": tempfile.mkdtemp(prefix="gympulse-airflow-"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    }
    before = dict(os.environ)
    os.environ.update(told)
    try:
        import airflow.settings  # noqa: F401
    finally:
        os.environ.clear()
        os.environ.update(before)


_import_airflow()


@pytest.fixture(scope="session")
def dags():
    """The project's DAGs by their ids, as Airflow's DAG processor reads them."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(ROOT / "dags")
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture
def finish_run(tmp_path):
    """Record finished runs, as the jobs do: ``finish_run(layer, complete_through)``."""
    import pyarrow as pa
    from deltalake import write_deltalake

    from gympulse.lake import Lake
    from gympulse.model.tables import LAYER_RUNS

    instant = pa.timestamp("us", tz="UTC")
    schema = pa.schema(
        [
            (name, instant if type_ == "timestamp" else pa.string())
            for name, type_ in LAYER_RUNS.schema.items()
        ]
    )

    def finish(layer: str, through: datetime | None) -> None:
        row = dict.fromkeys(LAYER_RUNS.columns) | {"layer": layer, "complete_through": through}
        rows = pa.Table.from_pylist([row], schema=schema)
        write_deltalake(Lake(str(tmp_path)).path(LAYER_RUNS), rows, mode="append")

    return finish


@pytest.fixture
def hook(tmp_path, monkeypatch):
    """Make the hook of a task whose ``spark-submit`` is the given shell script."""

    from gympulse_airflow.spark import JobHook

    def make(script: str, host: str = "local[2]", port: int | None = None, **extra) -> JobHook:
        binary = tmp_path / "bin" / "spark-submit"
        binary.parent.mkdir()
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(0o755)
        monkeypatch.setattr(sys, "prefix", str(tmp_path))
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        extra = {"deploy-mode": "client"} | extra
        connection = SimpleNamespace(conn_type="spark", host=host, port=port, extra_dejson=extra)
        monkeypatch.setattr(JobHook, "get_connection", lambda *_: connection)
        return JobHook(
            conn_id="spark", name="gympulse silver", application_args=["--lake", "/lake"]
        )

    return make
