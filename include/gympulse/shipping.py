"""Send the library to executors, whose Python does not have it."""

from pathlib import Path
from zipfile import ZipFile

from pyspark import SparkFiles
from pyspark.sql import SparkSession

import gympulse


def ship(spark: SparkSession) -> None:
    """Let executors import ``gympulse``, where settings say that they are on other machines.

    What runs there imports no more than pyarrow and PySpark beside it.

    Args:
        spark: A session of which nothing was asked yet.

    Replay: not meant for it; a session is shipped to once.
    """
    if spark.conf.get("spark.gympulse.shipLibrary", "false") == "true":
        # In Spark's own folder, which it serves to executors and removes with the job.
        archive = Path(SparkFiles.getRootDirectory(), "gympulse.zip")
        _pack(archive)
        spark.sparkContext.addPyFile(str(archive))


def _pack(archive: Path) -> None:
    package = Path(gympulse.__file__).parent
    with ZipFile(archive, "w") as packing:
        for path in sorted(package.rglob("*.py")):
            packing.write(path, path.relative_to(package.parent))
