"""A job's cluster: one process with Spark, made by what the request says of it."""

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from databricks.sdk.service.compute import ClusterSpec
from databricks.sdk.service.jobs import SubmitTask

ROOT = Path(__file__).parents[2]
_DRIVER = Path(__file__).with_name("driver.py")
_REFERENCE = re.compile(r"\{\{secrets/([^/}]+)/([^/}]+)\}\}")
# What a Databricks runtime brings by itself, and this machine has to be told.
_BROUGHT = (
    "spark.driver.bindAddress",
    "spark.driver.extraClassPath",
    "spark.driver.extraJavaOptions",
    "spark.driver.host",
    "spark.driver.memory",
    "spark.hadoop.fs.AbstractFileSystem.file.impl",
    "spark.hadoop.fs.file.impl",
    "spark.sql.catalog.spark_catalog",
    "spark.sql.extensions",
    "spark.sql.shuffle.partitions",
    "spark.ui.enabled",
)


class NotStarted(Exception):
    """The cluster could not be made; the message says why."""


class Cluster:
    """One process that runs one task.

    Args:
        task: As it was submitted.
        folder: Where its files go.
        files: Wheels by their path in the workspace.
        secrets: By scope and key.

    Raises:
        NotStarted: A library or a secret is not there.
    """

    def __init__(
        self,
        task: SubmitTask,
        folder: Path,
        files: Mapping[str, Path],
        secrets: Mapping[tuple[str, str], str],
    ) -> None:
        folder.mkdir()
        self.log, self._result = folder / "driver.log", folder / "result.json"
        packages = _installed(task, folder / "packages", files)
        conf = folder / "spark.conf"
        conf.write_text(_conf(task.new_cluster.spark_conf or {}))
        self.environment = _environment(task.new_cluster, packages, conf, secrets)
        wheel_task = json.dumps(task.python_wheel_task.as_dict())
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", _DRIVER, wheel_task, self._result],
                env=self.environment,
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, seconds: float | None) -> dict[str, Any]:
        """What became of the task.

        Raises:
            subprocess.TimeoutExpired: It takes longer.
        """
        self.process.wait(seconds)
        if self._result.exists():
            return json.loads(self._result.read_text())
        return {"error": f"The driver ended with {self.process.returncode}", "trace": None}

    def end(self) -> None:
        """End the process with its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _installed(task: SubmitTask, folder: Path, files: Mapping[str, Path]) -> Path:
    for library in task.libraries or []:
        if library.whl not in files:
            raise NotStarted(f"Library installation failed: {library.whl} is not there.")
        with zipfile.ZipFile(files[library.whl]) as wheel:
            wheel.extractall(folder)
    return folder


def _environment(
    spec: ClusterSpec, packages: Path, conf: Path, secrets: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    told = {name: _resolved(text, secrets) for name, text in (spec.spark_env_vars or {}).items()}
    return {
        "PATH": os.environ["PATH"],
        "JAVA_HOME": os.environ.get("JAVA_HOME", str(ROOT / ".tools/java")),
        "PYTHONPATH": str(packages),
        "DATABRICKS_RUNTIME_VERSION": ".".join(spec.spark_version.split(".")[:2]),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"--properties-file {conf} pyspark-shell",
        **told,
    }


def _resolved(text: str, secrets: Mapping[tuple[str, str], str]) -> str:
    def secret(reference: re.Match) -> str:
        try:
            return secrets[reference[1], reference[2]]
        except KeyError:
            raise NotStarted(f"Secret {reference[0]} does not exist.") from None

    return _REFERENCE.sub(secret, text)


def _conf(asked: Mapping[str, str]) -> str:
    here = dict(
        line.split(" ", 1) for line in (ROOT / ".tools/spark/small.conf").read_text().splitlines()
    )
    conf = {name: here[name] for name in _BROUGHT}
    java = "spark.driver.extraJavaOptions"
    conf |= dict(asked) | {java: f"{conf[java]} {asked.get(java, '')}"}
    return "".join(f"{name} {value}\n" for name, value in conf.items())
