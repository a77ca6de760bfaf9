"""What the system itself must have: Python, Java, certificates, a downloader."""

import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gympulse.local.errors import LocalProblem

# Spark 4.2 runs on both; newer ones are untested with it.
FIT_JAVA = (17, 21)
JAVA_PACKAGE = "openjdk-17-jre-headless"
# Under one of these names a system has Chromium; the tests look at the dashboard in it.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The browser's text needs a font.
BROWSER_PACKAGES = ("chromium", "fonts-liberation")
# The tests run an emulator of Azure's storage, which comes by npm.
NODE = ("node", "npm")
NODE_PACKAGES = ("nodejs", "npm")


def check_python(version: Sequence[int] = sys.version_info) -> None:
    """Refuse a Python that the pinned packages do not support."""
    if not (3, 11) <= tuple(version[:2]) <= (3, 12):
        raise LocalProblem(
            f"This Python is {version[0]}.{version[1]}; 3.11 or 3.12 is needed. Install one "
            "and name it, as in `make PYTHON=python3.12 run`."
        )


def provide_java(tools: Path) -> Path:
    """Find or install a fit Java, and link it as ``java`` below ``tools``.

    Also installs, as root, the certificates, the downloader and the unpacker that set-up needs.

    Returns:
        The Java home that the platform's processes use.
    """
    home = find_java(os.environ.get("JAVA_HOME"))
    missing = ([] if home else [JAVA_PACKAGE]) + _missing_system_packages()
    if missing:
        _install(missing)
        home = home or find_java(None)
    if home is None:
        raise LocalProblem(f"{JAVA_PACKAGE} was installed, yet no Java 17 or 21 was found.")
    link = tools / "java"
    if not link.is_symlink() or link.resolve() != home:
        link.unlink(missing_ok=True)
        link.symlink_to(home)
    return home


def provide_test_tools() -> None:
    """Find or install what tests alone need: Chromium, and Node.js with npm."""
    missing = [] if any(map(shutil.which, BROWSERS)) else [*BROWSER_PACKAGES]
    missing += [] if all(map(shutil.which, NODE)) else NODE_PACKAGES
    if missing:
        _install(missing)


def find_java(java_home: str | None) -> Path | None:
    """Give the home of a fit Java: that of ``JAVA_HOME``, of the path, or an installed one.

    Raises:
        LocalProblem: ``JAVA_HOME`` is set and what it names does not fit.
    """
    if java_home:
        found = java_version(Path(java_home))
        if found not in FIT_JAVA:
            raise LocalProblem(
                f"JAVA_HOME is {java_home}, which holds {f'Java {found}' if found else 'no Java'}; "
                "Java 17 or 21 is needed. Unset JAVA_HOME, or point it at one of those."
            )
        return Path(java_home).resolve()
    on_path = shutil.which("java")
    homes = [Path(on_path).resolve().parents[1]] if on_path else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"))
    return next((home.resolve() for home in homes if java_version(home) in FIT_JAVA), None)


def java_version(home: Path) -> int | None:
    """Give the major version of the Java in a folder, or ``None`` where there is none."""
    try:
        asked = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return major_version(asked.stderr)


def major_version(told: str) -> int | None:
    """Read the major version from what ``java -version`` prints.

    >>> major_version('openjdk version "17.0.15" 2025-04-15')
    17
    >>> major_version('java version "1.8.0_392"')
    8
    """
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else None


def _missing_system_packages() -> list[str]:
    certificates = ssl.get_default_verify_paths()
    trusted = os.environ.get("SSL_CERT_FILE") or certificates.cafile
    folder = Path(certificates.capath) if certificates.capath else None
    missing = []
    if not trusted and not (folder and folder.is_dir() and any(folder.iterdir())):
        missing.append("ca-certificates")
    if not shutil.which("curl") and not shutil.which("wget"):
        missing.append("curl")
    # Without it the Maven wrapper fetches another archive than the one whose digest is known.
    if not shutil.which("unzip"):
        missing.append("unzip")
    return missing


def _install(packages: Sequence[str]) -> None:
    """Install Debian packages where that is allowed; say what to type where not."""
    wanted = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise LocalProblem(
            f"Missing on this machine: {wanted}. As root, type `apt-get install {wanted}` "
            "(or your system's equal), then the same command again."
        )
    print(f"Installing {wanted} with apt-get ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", *command], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            raise LocalProblem(
                f"`apt-get {' '.join(command)}` failed; the lines above say why. "
                "Correct that, then type the same command again."
            )
