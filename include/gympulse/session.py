"""The Spark session of a job, started only when there is something to do."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from py4j.java_gateway import JavaGateway
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from gympulse import spark_scratch
from gympulse.azure_settings import azure_settings
from gympulse.runtime import is_databricks
from gympulse.shipping import ship

_SCRATCH = "spark.local.dir"
_OF_EXECUTORS = "spark.executor.extraJavaOptions"


class Session:
    """Starts Spark at the first call, from whichever thread it comes.

    Args:
        name: The job's.
        properties: System properties that its Java processes need.
    """

    def __init__(self, name: str, properties: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._properties = properties or {}
        self._lock = Lock()
        self._spark: SparkSession | None = None

    def __call__(self) -> SparkSession:
        """The session; settings come from ``spark-defaults.conf``, or are the cluster's."""
        with self._lock:
            if self._spark is None:
                builder = SparkSession.builder.appName(f"gympulse {self.name}")
                self._spark = builder.config(map=self._own()).getOrCreate()
                ship(self._spark)
            return self._spark

    def _own(self) -> dict[str, str]:
        """Settings that are known only here."""
        own = {}
        # On Databricks, external locations sign in by themselves, and scratch is the cluster's.
        if not is_databricks():
            own = azure_settings(os.environ)
            # What ``spark-defaults.conf`` says is known once Java is there. Who says there where
            # scratch is sees to what is left of it himself.
            SparkContext._ensure_initialized()
            if not SparkConf().contains(_SCRATCH):
                own[_SCRATCH] = spark_scratch.folder()
        if self._properties:
            own[_OF_EXECUTORS] = self._with_properties()
        return own

    def _with_properties(self) -> str:
        """Set the properties in this Java process, and give the options of the executors'."""
        for name, value in self._properties.items():
            self.gateway.jvm.java.lang.System.setProperty(name, value)
        told = (f"-D{name}={value}" for name, value in self._properties.items())
        return " ".join([SparkConf().get(_OF_EXECUTORS, ""), *told]).strip()

    @property
    def gateway(self) -> JavaGateway:
        """The Java process, which is there before any session is."""
        SparkContext._ensure_initialized()
        return SparkContext._gateway

    def stop(self) -> None:
        """Stop Spark if it was started here."""
        if self._spark is not None and not is_databricks():
            self._spark.stop()


@contextmanager
def session(name: str, properties: Mapping[str, str] | None = None) -> Iterator[Session]:
    """A session that is stopped at the end."""
    spark = Session(name, properties)
    try:
        yield spark
    finally:
        spark.stop()
