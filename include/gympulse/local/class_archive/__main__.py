"""Make the archive of ready-parsed classes that a job starts from.

python -m gympulse.local.class_archive SPARK_FOLDER

Java keeps the classes that a process has loaded in a file that later ones only map; see
https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html. An archive of other
jars or of another Java is ignored by Java, so nothing can break by it.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from gympulse.lake import Lake
from gympulse.local.class_archive import all_layers
from gympulse.local.java import java_command
from gympulse.local.platform import kafka_broker
from gympulse.local.simulator.dense import dense_hour
from gympulse.local.simulator.events import COLUMNS, landing_csv
from gympulse.local.simulator.profiles import USER_INFO, flattened
from gympulse.local.simulator.sinks import TOPICS, KafkaSink

_START = 1_741_600_800


def make(folder: Path) -> None:
    """Write ``spark.jsa``, unless it is there and of these settings.

    A failure costs jobs some seconds at their start, and nothing else: it is only told.

    Replay: nothing to do.
    """
    archive, stamp = folder / "spark.jsa", folder / "spark.jsa.made-of"
    made_of = _digest(folder)
    if archive.exists() and stamp.exists() and stamp.read_text() == made_of:
        return
    print("Preparing Spark's classes for quicker starts (once, about a minute) ...", flush=True)
    began = time.monotonic()
    archive.unlink(missing_ok=True)
    with TemporaryDirectory(prefix="gympulse-training-") as scratch:
        told = _train(Path(scratch), folder, archive)
    if archive.exists():
        stamp.write_text(made_of)
        print(f"Prepared in {time.monotonic() - began:.0f} s.", flush=True)
    else:
        print(f"Not prepared: jobs start some seconds slower. {told}", flush=True)


def _train(scratch: Path, folder: Path, archive: Path) -> str:
    """Run the training with Java told to keep what it loads; give the last it said."""
    settings, kept = scratch / "training.conf", scratch / "spark.jsa"
    usual, keeping = f"-XX:SharedArchiveFile={archive}", f"-XX:ArchiveClassesAtExit={kept}"
    settings.write_text((folder / "small.conf").read_text().replace(usual, keeping))
    lake = Lake(str(scratch / "lake"))
    with kafka_broker(scratch) as servers:
        _send(lake, servers)
        command = [Path(sys.prefix, "bin", "spark-submit"), "--properties-file", settings]
        command += [all_layers.__file__, lake.root, servers]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.returncode and kept.exists():
        # Whole or not at all, and on the same disk for the last step.
        shutil.move(kept, archive.with_suffix(".new"))
        archive.with_suffix(".new").rename(archive)
    return "\n".join((done.stdout + done.stderr).splitlines()[-3:])


def _send(lake: Lake, servers: str) -> None:
    """Let an hour of two members arrive."""
    records = flattened(dense_hour(2, start=_START))
    sink = KafkaSink(servers)
    for topic in (*TOPICS, USER_INFO):
        sink.send(topic, [record for record in records if record[0] == topic])
    sink.flush()
    for table in COLUMNS:
        landing = Path(lake.landing(table))
        landing.mkdir(parents=True)
        (landing / "hour.csv").write_text(landing_csv(table, records))


def _digest(folder: Path) -> str:
    """What an archive is made of: Java, the jars as Java tells them apart, and the settings."""
    java = subprocess.run([java_command(), "-version"], capture_output=True, check=True).stderr
    settings = (folder / "small.conf").read_bytes()
    # Java takes a jar of another size or date for another, and then no archive at all.
    jars = [f"{jar} {jar.stat().st_size} {jar.stat().st_mtime_ns}" for jar in _jars(folder)]
    return hashlib.sha256(java + settings + "\n".join(jars).encode()).hexdigest()


def _jars(folder: Path) -> list[Path]:
    places = Path(str(files("pyspark"))) / "jars", folder.parent / "jars" / "spark"
    return sorted(jar for place in places for jar in place.glob("*.jar"))


if __name__ == "__main__":
    make(Path(sys.argv[1]).resolve())
