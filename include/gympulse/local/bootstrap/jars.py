"""The jars of ``pom.xml``, fetched once by the Maven wrapper."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from gympulse.local.errors import LocalProblem

PROFILES = ("spark", "kafka", "connect")


def fetch_jars(root: Path, tools: Path, java_home: Path) -> None:
    """Fill a folder below ``tools/jars`` for each profile, each in one step.

    A folder appears under its name when all its jars are there, and carries the digest
    of the ``pom.xml`` it came from; an interrupted download leaves nothing under it.
    """
    digest = hashlib.sha256((root / "pom.xml").read_bytes()).hexdigest()
    for profile in PROFILES:
        folder = tools / "jars" / profile
        stamp = folder / "pom.sha256"
        if stamp.exists() and stamp.read_text() == digest:
            continue
        print(f"Fetching the jars of {profile} (once) ...", flush=True)
        part = folder.with_name(f"{profile}.part")
        shutil.rmtree(part, ignore_errors=True)
        _copy_dependencies(root, profile, part, java_home)
        (part / stamp.name).write_text(digest)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)


def _copy_dependencies(root: Path, profile: str, folder: Path, java_home: Path) -> None:
    command = [root / "mvnw", "--quiet", "--batch-mode", "--no-transfer-progress"]
    command += ["--file", root / "pom.xml", "--activate-profiles", profile]
    command += ["dependency:copy-dependencies", "-DincludeScope=runtime"]
    command += [f"-DoutputDirectory={folder}"]
    environment = {**os.environ, "JAVA_HOME": str(java_home)}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise LocalProblem(
            f"The jars of {profile} could not be fetched; the lines above say why. "
            "Check the network, then type the same command again."
        )
