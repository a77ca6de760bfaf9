"""What a cluster's driver does for a Python wheel task: a process of its own.

driver.py TASK RESULT: the task as JSON, and the file for what became of it.
"""

import json
import sys
import traceback
from importlib import metadata
from pathlib import Path

from pyspark.sql import SparkSession


def call(package: str, entry_point: str, words: list[str]) -> None:
    """Call a package's entry point by its name, whatever its group, without arguments."""
    found = [
        each for each in metadata.distribution(package).entry_points if each.name == entry_point
    ]
    if not found:
        raise LookupError(f"{package} has no entry point {entry_point}")
    sys.argv = [entry_point, *words]
    found[0].load()()


def main(task: dict, result: Path) -> None:
    """Run the task beside a session that was there before, and is there after."""
    spark = SparkSession.builder.appName("Databricks Shell").getOrCreate()
    told = {"error": None, "trace": None}
    try:
        call(task["package_name"], task["entry_point"], task["parameters"])
        spark.range(1).count()
        import gympulse

        told["package"] = gympulse.__path__[0]
    # Also an exit, which there is no process to end for.
    except BaseException as error:
        told = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    result.write_text(json.dumps(told))
    spark.stop()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
