"""The Python packages of ``uv.lock``, put into ``.venv`` by a pinned uv."""

import base64
import hashlib
import io
import json
import os
import platform
import shutil
import ssl
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

from gympulse.local.errors import LocalProblem

UV_VERSION = "0.13.9"
UV_WHEELS = {
    "x86_64": (
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    "aarch64": (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
}
DEFAULT_INDEX = "https://pypi.org/simple"


def sync_packages(root: Path, tools: Path) -> Path:
    """Make ``.venv`` hold exactly the packages of ``uv.lock``.

    A stamp tells that nothing changed since the last time; a mark left by an
    interrupted time tells that the folder cannot be trusted and is built anew.

    Returns:
        The environment's Python.
    """
    folder = root / ".venv"
    python, stamp, mark = folder / "bin" / "python", folder / ".synced", tools / ".syncing"
    state = _state_of(root)
    if not mark.exists() and python.exists() and stamp.exists() and stamp.read_text() == state:
        return python
    uv = provide_uv(tools)
    print("Installing the Python packages of uv.lock (minutes the first time) ...", flush=True)
    if mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
    mark.touch()
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    # The system's certificates, for a network that has its own.
    command = [uv, "sync", "--all-extras", "--system-certs", "--frozen", "--quiet"]
    command += ["--project", root, "--python", sys.executable]
    if subprocess.run(command, env=environment, check=False).returncode:
        raise LocalProblem(
            "The Python packages could not be installed; the lines above say why. "
            "Type the same command again: it goes on from what is already downloaded."
        )
    stamp.write_text(state)
    mark.unlink()
    return python


def _state_of(root: Path) -> str:
    content = (root / "uv.lock").read_bytes() + (root / "pyproject.toml").read_bytes()
    return f"{hashlib.sha256(content).hexdigest()} {sys.version_info[0]}.{sys.version_info[1]}"


def provide_uv(tools: Path) -> Path:
    """Unpack uv's wheel from the package index, checked against its pinned digest."""
    uv = tools / f"uv-{UV_VERSION}"
    if uv.exists():
        return uv
    print(f"Fetching uv {UV_VERSION} ...", flush=True)
    if platform.machine() not in UV_WHEELS:
        raise LocalProblem(f"This machine is a {platform.machine()}; x86_64 or aarch64 is needed.")
    tag, digest = UV_WHEELS[platform.machine()]
    name = f"uv-{UV_VERSION}-py3-none-{tag}.whl"
    wheel = _fetch(_address_of(name))
    if hashlib.sha256(wheel).hexdigest() != digest:
        raise LocalProblem(f"{name} is not the file that was pinned; check the package index.")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        program = archive.read(f"uv-{UV_VERSION}.data/scripts/uv")
    part = uv.with_suffix(".part")
    part.write_bytes(program)
    part.chmod(0o755)
    return part.rename(uv)


def _address_of(name: str) -> str:
    """Find a file's address on the package index (``PIP_INDEX_URL``, or the public one)."""
    index = os.environ.get("PIP_INDEX_URL", DEFAULT_INDEX).rstrip("/")
    page = f"{index}/uv/"
    listing = _fetch(page, accept="application/vnd.pypi.simple.v1+json, text/html;q=0.1")
    try:
        addresses = [file["url"] for file in json.loads(listing)["files"]]
    except ValueError:
        addresses = [part.split('"')[0] for part in listing.decode().split('href="')[1:]]
    for address in addresses:
        if urllib.parse.urlsplit(address).path.endswith(f"/{name}"):
            return urllib.parse.urljoin(page, address)
    raise LocalProblem(f"{name} is not on the package index; check PIP_INDEX_URL.")


def _fetch(address: str, accept: str = "*/*") -> bytes:
    parts = urllib.parse.urlsplit(address)
    request = urllib.request.Request(
        parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl(),
        headers={"Accept": accept},
    )
    if parts.username:
        pair = f"{parts.username}:{parts.password or ''}"
        secret = base64.b64encode(urllib.parse.unquote(pair).encode()).decode()
        request.add_header("Authorization", f"Basic {secret}")
    trust = ssl.create_default_context(cafile=os.environ.get("PIP_CERT"))
    try:
        with urllib.request.urlopen(request, timeout=60, context=trust) as answer:
            return answer.read()
    except OSError as error:
        raise LocalProblem(
            f"{parts.hostname} did not give {parts.path} ({error}). "
            "Check the network, then type the same command again."
        ) from error
