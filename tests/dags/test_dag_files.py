"""What parsing a DAG file costs and touches: no clock, no variable, nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda path: path.name)
def test_no_dag_file_looks_at_the_clock(path):
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    names = {ast.unparse(call.func).rpartition(".")[2] for call in calls}

    assert names.isdisjoint({"now", "today", "utcnow", "days_ago", "time"})


PARSE = """
import runpy, sys
from airflow.sdk import Variable
import airflow.sdk.execution_time.context as task_context

def refuse(*args, **kwargs):
    raise AssertionError("a DAG file read a variable or a connection")

Variable.get = refuse
task_context._get_variable = task_context._get_connection = refuse
for path in sys.argv[1:]:
    runpy.run_path(path)
heavy = {"pyspark", "deltalake", "pyarrow", "pandas"} & set(sys.modules)
assert not heavy, f"parsing imports {sorted(heavy)}"
"""


def test_parsing_is_light_and_reads_nothing(tmp_path):
    """Airflow parses DAG files all day, on machines that may not even have Spark."""
    files = sorted(map(str, (ROOT / "dags").glob("*.py")))
    environment = {"AIRFLOW_HOME": str(tmp_path), "PATH": ""}

    done = subprocess.run(
        [sys.executable, "-c", PARSE, *files], env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr[-2000:]


def test_plugin_modules_are_not_loaded_twice():
    """Airflow would load each file of the plugins folder as a top-level module."""
    from airflow.plugins_manager import _get_plugins

    _get_plugins()

    assert {"jobs", "assets", "sensors", "triggers"}.isdisjoint(sys.modules)
