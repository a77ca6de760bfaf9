"""A stand-in for the Astro Runtime that the Dockerfile begins with, which cannot be had here.

Of the runtime it has what the Dockerfile uses: Debian, `python` and `uv` for all users, user
`astro`. Airflow itself comes with requirements.txt, of the version that the runtime has. Its
Python is Debian's, which uv.lock supports too.
"""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from image.build import Image
from image.rooted import run

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PACKAGES = "ca-certificates,python3"
_CERTIFICATES = "usr/local/share/ca-certificates"
_SET_UP = """
set -e
update-ca-certificates
ln -s /usr/bin/python3 /usr/local/bin/python
rm /usr/lib/python3*/EXTERNALLY-MANAGED
useradd --uid 50000 --create-home astro
install -d -o astro -g 0 -m 775 /usr/local/airflow
"""


def make(root: Path, uv: Path) -> Image:
    """Make the stand-in; it trusts the certificates that this machine trusts.

    Args:
        root: Folder to make.
        uv: The program that the image gets.

    Raises:
        AssertionError: Debian's packages could not be had.
    """
    command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm"]
    done = subprocess.run([*command, root, _mirror()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    # A container knows its own name where no name server is; Spark asks for it.
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
    for file in Path("/etc/apt/apt.conf.d").iterdir():
        if "Acquire::" in file.read_text():
            shutil.copy(file, root / "etc/apt/apt.conf.d")
    if Path("/", _CERTIFICATES).is_dir():
        shutil.copytree(Path("/", _CERTIFICATES), root / _CERTIFICATES, dirs_exist_ok=True)
    shutil.copy(uv, root / "usr/local/bin/uv")
    environment = {"PATH": _PATH, "AIRFLOW_HOME": "/usr/local/airflow"}
    done = run(root, ["/bin/sh", "-c", _SET_UP], environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return Image(root, environment, folder="/usr/local/airflow", user="astro")


def _mirror() -> str:
    """Where this machine has Debian's packages from."""
    files = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*.sources")]
    text = "\n".join(file.read_text() for file in files if file.exists())
    found = re.search(r"^(?:URIs:|deb(?: \[.*?\])?)\s+(\S+/debian/?)$", text, re.MULTILINE)
    return found[1] if found else "http://deb.debian.org/debian"


def build_arguments() -> dict[str, str]:
    """What a person would give a builder on this machine so that it reaches the indexes."""
    names = ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "SSL_CERT_FILE")
    proxies = ("http_proxy", "https_proxy", "no_proxy")
    return {
        name: value
        for name, value in os.environ.items()
        if name in names or name.lower() in proxies
    }
