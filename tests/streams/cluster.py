"""A standalone Spark cluster of a master and two workers, whose Python has not our library."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import psutil

from gympulse.local.java import java_home
from gympulse.local.ports import free_ports
from gympulse.local.services import NotReady, Program, Service, until_ready
from gympulse.local.settings import HOST
from gympulse.local.supervision import Supervisor

WORKERS = ("worker-1", "worker-2")
# What README asks of a worker's Python, with what these need.
_PACKAGES = ("pyarrow", "pandas", "numpy", "python-dateutil", "six", "pytz", "tzdata")
_SPARK = Path(find_spec("pyspark").origin).parent


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs.

    Attributes:
        master: Its address for ``spark-submit``.
        conf: The properties of a job that fits it.
        folder: Where each worker keeps its applications.
    """

    master: str
    conf: dict[str, str]
    folder: Path
    supervisor: Supervisor
    web: str

    @property
    def words(self) -> list[str]:
        """What tells ``spark-submit`` to run a job there."""
        told = [word for name, value in self.conf.items() for word in ("--conf", f"{name}={value}")]
        return ["--master", self.master, *told]

    def state(self) -> dict:
        """What the master knows of workers and applications."""
        with urllib.request.urlopen(f"{self.web}/json/", timeout=5) as answer:
            return json.load(answer)

    def shipped_to(self) -> set[str]:
        """Workers at which an application got the library."""
        return {path.parts[-4] for path in self.folder.glob("*/app-*/*/gympulse.zip")}

    def kill(self, worker: str) -> None:
        """End a worker and its executors with ``kill -9``; the supervisor starts it anew."""
        process = psutil.Process(self.supervisor.states()[worker]["pid"])
        for each in (process, *process.children(recursive=True)):
            each.kill()


@contextmanager
def spark_cluster(folder: Path) -> Iterator[Cluster]:
    """Run a cluster below a folder on free ports, and end it after use."""
    # Of the six that are free, two.
    ports = free_ports()
    supervisor = Supervisor(folder)
    master, web = f"spark://{HOST}:{ports.airflow}", f"http://{HOST}:{ports.kafka}"
    conf = {
        "spark.pyspark.python": str(_python(folder / "python")),
        # Room for four jobs, one after the other on the machine's cores.
        "spark.executor.cores": "1",
        "spark.executor.memory": "1g",
        "spark.cores.max": "2",
        "spark.sql.shuffle.partitions": "4",
    }
    cluster = Cluster(master, conf, folder / "work", supervisor, web)
    service = Service("cluster", _programs(cluster, ports.airflow, ports.kafka))
    try:
        supervisor.launch([service])
        supervisor.start(service)
        until_ready(60, _ask, cluster)
        yield cluster
    finally:
        supervisor.shut_down()


def _programs(cluster: Cluster, port: int, web: int) -> list[Program]:
    environment = {
        "SPARK_HOME": str(_SPARK),
        "SPARK_CONF_DIR": str(cluster.folder),
        "SPARK_DAEMON_MEMORY": "384m",
        "SPARK_LOCAL_IP": HOST,
        "JAVA_HOME": str(java_home()),
    }
    begin = [str(_SPARK / "bin" / "spark-class"), "org.apache.spark.deploy"]
    master = [f"{begin[1]}.master.Master", "--port", str(port), "--webui-port", str(web)]
    programs = {"spark-master": master}
    for name in WORKERS:
        words = ["--cores", "4", "--memory", "4g", "--work-dir", str(cluster.folder / name)]
        programs[name] = [f"{begin[1]}.worker.Worker", *words, "--webui-port", "0", cluster.master]
    return [
        Program(name, [begin[0], words[0], "--host", HOST, *words[1:]], environment)
        for name, words in programs.items()
    ]


def _ask(cluster: Cluster) -> None:
    try:
        workers = cluster.state()["workers"]
    except (OSError, ValueError) as error:
        raise NotReady("the master does not answer yet") from error
    if sum(worker["state"] == "ALIVE" for worker in workers) < len(WORKERS):
        raise NotReady(f"workers: {workers}")


def _python(folder: Path) -> Path:
    """An environment with what a worker's Python has to have, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (there,) = folder.glob("lib/*/site-packages")
    for package in _PACKAGES:
        found = distribution(package)
        for name in {file.parts[0] for file in found.files if ".." not in file.parts}:
            if name != "__pycache__" and not (there / name).exists():
                os.symlink(found.locate_file(name), there / name)
    return folder / "bin" / "python"
