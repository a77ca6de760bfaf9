"""The jars of ``pom.xml``, fetched once by the Maven wrapper.

python -m gympulse.local.bootstrap.jars [--note | PROFILE...]

Maven holds all that it fetches, its own plugins too, against the digests of ``CHECKSUMS``, as
``.mvn/maven.config`` tells it; the wrapper does so with Maven.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from gympulse.local.bootstrap.machine import find_java
from gympulse.local.errors import LocalProblem

PROFILES = ("spark", "kafka", "connect")
# A line for each file: its SHA-256, and its path in a repository.
CHECKSUMS = Path(".mvn", "checksums", "checksums.sha256")
_NOTE = "-Daether.artifactResolver.postProcessor.trustedChecksums.record=true"


def fetch_jars(
    root: Path, tools: Path, java_home: Path, profiles: Sequence[str] = PROFILES
) -> None:
    """Fill a folder below ``tools/jars`` for each profile, each in one step.

    A folder appears under its name when all its jars are there, and carries the digest
    of the ``pom.xml`` and the digests it came from; an interrupted download leaves nothing
    under it.

    Raises:
        LocalProblem: Maven could not fetch them, or one is not the file that was noted.
    """
    content = (root / "pom.xml").read_bytes() + (root / CHECKSUMS).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    for profile in profiles:
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


def note_checksums(root: Path, java_home: Path) -> None:
    """Note the digests of all that ``pom.xml`` asks for, as Maven has or fetches it now.

    Replay: the same files give the same text.
    """
    (root / CHECKSUMS).unlink(missing_ok=True)
    for profile in PROFILES:
        with TemporaryDirectory() as folder:
            _copy_dependencies(root, profile, Path(folder), java_home, _NOTE)
    (root / CHECKSUMS).with_suffix(".sha256.bak").unlink(missing_ok=True)


def _copy_dependencies(
    root: Path, profile: str, folder: Path, java_home: Path, *options: str
) -> None:
    command = [root / "mvnw", "--quiet", "--batch-mode", "--no-transfer-progress"]
    command += ["--file", root / "pom.xml", "--activate-profiles", profile]
    command += ["dependency:copy-dependencies", "-DincludeScope=runtime"]
    command += [f"-DoutputDirectory={folder}", *options]
    environment = {**os.environ, "JAVA_HOME": str(java_home)}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise LocalProblem(
            f"The jars of {profile} could not be fetched; the lines above say why. Check the "
            "network, then type the same command again. After `trusted checksum` they name a "
            f"file that is not the one noted in {CHECKSUMS}: see *What it is built from* in the "
            "README."
        )


def main(words: Sequence[str]) -> int:
    """Fetch the jars of some profiles, below the folder of the project, or note all digests.

    Replay: what is there already stays.
    """
    root = Path(__file__).resolve().parents[4]
    try:
        java_home = find_java(os.environ.get("JAVA_HOME"))
        if java_home is None:
            raise LocalProblem("No Java 17 or 21 was found; install one, or set JAVA_HOME.")
        if list(words) == ["--note"]:
            note_checksums(root, java_home)
        else:
            fetch_jars(root, root / ".tools", java_home, words)
    except LocalProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
