"""Imports point one way: what a folder may not import, it does not."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYSPARK = ("pyspark", "delta", "py4j")
AIRFLOW = ("airflow", "gympulse_airflow")

# folder: what nothing below it may import
FORBIDDEN = {
    "include/gympulse/model": (*PYSPARK, *AIRFLOW, "deltalake", "pyarrow"),
    "include/gympulse/transforms": (*AIRFLOW, "gympulse.io", "gympulse.local", "deltalake"),
    "include/gympulse/serving": (*PYSPARK, "gympulse.transforms", "gympulse.operations"),
    "include/gympulse": ("gympulse_airflow", "gympulse.local", "airflow"),
    "plugins/gympulse_airflow": (*PYSPARK, "gympulse.local"),
    "dags": (
        *PYSPARK,
        "dags",
        "gympulse.io",
        "gympulse.local",
        "gympulse.operations",
        "gympulse.transforms",
    ),
    "spark_jobs": (*AIRFLOW, "gympulse.local"),
}
# The local machine is one folder that nothing imports; it may use what is its own, and
# loads Airflow's settings.
LOCAL = ROOT / "include/gympulse/local"


def _files() -> list[tuple[str, Path]]:
    return [
        (folder, path)
        for folder in FORBIDDEN
        for path in sorted((ROOT / folder).rglob("*.py"))
        if LOCAL not in path.parents
    ]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively; a module has one name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_under(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_there_is_something_to_look_at():
    """Folders that moved would pass the other tests here."""
    assert {folder for folder, _ in _files()} == set(FORBIDDEN)


@pytest.mark.parametrize(
    ("folder", "path"), [pytest.param(*each, id=f"{each[0]}: {each[1].name}") for each in _files()]
)
def test_imports_point_one_way(folder, path):
    wrong = [
        name
        for name in _imported(path)
        if any(_is_under(name, package) for package in FORBIDDEN[folder])
    ]

    assert wrong == []


def test_what_serves_loads_no_spark():
    """Neither by itself nor by what it imports: people wait for its first answer."""
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, gympulse.serving.app; print([m for m in sys.modules if m == 'pyspark'])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.strip() == "[]"


IN_WORKERS = """
import sys, pyarrow, pyspark.sql
before = set(sys.modules)
import gympulse.transforms.bronze.batches, gympulse.transforms.cures
gained = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(gained - sys.stdlib_module_names))
"""


def test_what_runs_in_sparks_python_workers_needs_little():
    """The modules of functions given to Spark import what README asks of a cluster's workers."""
    loaded = subprocess.run(
        [sys.executable, "-c", IN_WORKERS], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "['gympulse']"
