"""Run a Spark application as a cold process, and measure what it takes."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from gympulse.lake import Lake
from gympulse.local.errors import LocalProblem
from gympulse.local.java import java_home
from gympulse.local.settings import ROOT
from gympulse.model.tables import LAYERS

HERE = Path(__file__).parent
_SPARK_HOME = Path(find_spec("pyspark").origin).parent
_JARS = ROOT / ".tools" / "jars" / "spark"
_KAFKA_JARS = (
    "spark-sql-kafka-*",
    "spark-token-provider-kafka-*",
    "kafka-clients-*",
    "commons-pool2-*",
)
# As Delta's own guide tells people to start Spark.
_DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Cost:
    """What one or more processes took.

    Attributes:
        seconds: From start to end.
        peak_bytes: The most memory that it and its Python held at once.
        cpu_seconds: Of all its processes.
    """

    seconds: float = 0.0
    peak_bytes: int = 0
    cpu_seconds: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.seconds + other.seconds,
            max(self.peak_bytes, other.peak_bytes),
            self.cpu_seconds + other.cpu_seconds,
        )


class _Sampler(threading.Thread):
    """Watches a process and its children until told to stop."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process, self._over = psutil.Process(pid), threading.Event()
        self.peak_bytes = 0

    def run(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            # The process may end between two looks at it.
            with suppress(psutil.Error, OSError):
                self._look()

    def _look(self) -> None:
        # spark-submit becomes the Java process, under the number it was started with. A child
        # that is still the same program is about to run another, and has its parent's memory.
        held, program = self._process.memory_info().rss, _program(self._process)
        for child in self._process.children(recursive=True):
            with suppress(psutil.Error, OSError):
                held += child.memory_info().rss if _program(child) != program else 0
        self.peak_bytes = max(self.peak_bytes, held)

    def stop(self) -> None:
        """Stop watching."""
        self._over.set()
        self.join()


def _program(process: psutil.Process) -> str:
    # Asked anew: psutil would remember what it was started as.
    return os.readlink(f"/proc/{process.pid}/exe")


def job(
    layer: str, lake: Lake, servers: str, log: Path, *options: str, told: Sequence[str] = ()
) -> Cost:
    """Run one of the platform's jobs, as a person would.

    Args:
        layer: The job.
        lake: The lake it is for.
        servers: The broker's address.
        log: Takes what it prints.
        *options: Words for ``spark-submit``.
        told: More words for the job.
    """
    words = ["--lake", lake.root, "--env", lake.env, *told]
    if layer == "bronze":
        words += ["--kafka-bootstrap-servers", servers]
    return submit(ROOT / "spark_jobs" / f"{layer}.py", words, log, *options)


def jobs_without_rules(lake: Lake, servers: str, log: Path) -> dict[str, Cost]:
    """Run the three jobs, silver with nothing expected of any record."""
    bronze = job("bronze", lake, servers, log)
    silver = submit(HERE / "without_rules.py", ["--lake", lake.root, "--env", lake.env], log)
    return {"bronze": bronze, "silver": silver, "gold": job("gold", lake, servers, log)}


def jobs(lake: Lake, servers: str, log: Path, *options: str) -> dict[str, Cost]:
    """Run the three jobs, one after another."""
    return {layer: job(layer, lake, servers, log, *options) for layer in LAYERS}


def total(costs: Mapping[str, Cost]) -> Cost:
    """Add up the costs of jobs that ran one after another."""
    return sum(costs.values(), Cost())


def submit(
    script: Path,
    words: Sequence[str],
    log: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run a script by the project's ``spark-submit``, with the project's settings."""
    command = [str(Path(sys.prefix, "bin", "spark-submit")), *options, str(script), *words]
    return measured(command, log, environment)


def noting(folder: Path) -> list[str]:
    """Options that let Spark note in a folder what its tasks read."""
    folder.mkdir(parents=True, exist_ok=True)
    conf = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.as_uri(),
        "spark.eventLog.compress": "false",
        # What is read in several places at once is not counted.
        "spark.hadoop.parquet.hadoop.vectored.io.enabled": "false",
    }
    return [f"--conf={name}={value}" for name, value in conf.items()]


def bytes_of_tables(folder: Path) -> int:
    """Add up what tasks have read of files, as noted; what they passed to each other is none."""
    read = 0
    for notes in folder.rglob("*"):
        for line in notes.read_text().splitlines() if notes.is_file() else ():
            metrics = (
                json.loads(line).get("Task Metrics") if "SparkListenerTaskEnd" in line else None
            )
            read += metrics["Input Metrics"]["Bytes Read"] if metrics else 0
    return read


def bare(script: str, words: Sequence[str], log: Path) -> Cost:
    """Run a script of this folder by PySpark's own ``spark-submit``, without our settings."""
    return _stock(script, words, log, _KAFKA_JARS, {})


def bare_with_delta(script: str, words: Sequence[str], log: Path) -> Cost:
    """Run a script as ``bare`` does, with Delta and as much memory as our jobs have."""
    return _stock(script, words, log, ("*",), _DELTA)


def _stock(
    script: str, words: Sequence[str], log: Path, patterns: Sequence[str], conf: Mapping[str, str]
) -> Cost:
    jars = [str(jar) for pattern in patterns for jar in sorted(_JARS.glob(f"{pattern}.jar"))]
    command = [str(_SPARK_HOME / "bin" / "spark-submit"), "--driver-memory", "3g"]
    command += [f"--conf={name}={value}" for name, value in conf.items()]
    command += ["--driver-class-path", ":".join(jars), str(HERE / script), *words]
    return measured(
        command, log, {"SPARK_HOME": str(_SPARK_HOME), "PYSPARK_PYTHON": sys.executable}
    )


def measured(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end; its lines are added to a log.

    Raises:
        LocalProblem: It failed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    told = {"JAVA_HOME": str(java_home()), "PYTHONUNBUFFERED": "1", **(environment or {})}
    began, spent = time.monotonic(), _cpu_seconds()
    with log.open("a") as writing:
        process = subprocess.Popen(
            command,
            env=os.environ | told,
            cwd=log.parent,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
    sampler = _Sampler(process.pid)
    code = _watch(process, sampler)
    seconds = time.monotonic() - began
    if code:
        last = "\n".join(log.read_text().splitlines()[-15:])
        raise LocalProblem(f"{' '.join(command[:2])} failed ({code}):\n{last}")
    return Cost(seconds, sampler.peak_bytes, _cpu_seconds() - spent)


def _cpu_seconds() -> float:
    """What all processes have taken that this one has waited for, and their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(process: subprocess.Popen, sampler: _Sampler) -> int:
    """Wait for a process, sampling it; end it with its children where the wait is broken off."""
    sampler.start()
    try:
        return process.wait()
    except BaseException:
        # Ctrl-C does not reach a session of its own.
        os.killpg(process.pid, signal.SIGKILL)
        raise
    finally:
        sampler.stop()
