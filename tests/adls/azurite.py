"""Azurite, the storage emulator, as a process of this machine."""

import base64
import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from azure.storage.blob import BlobServiceClient
from filelock import FileLock

ACCOUNT = "gymlake"
KEY = base64.b64encode(random.Random(7).randbytes(64)).decode()
_PACKAGES = ("package.json", "package-lock.json")
_HOME = Path(__file__).parents[2] / ".tools" / "azurite"


@contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """Run it on a free port, with one account and nothing in it; gives its address."""
    program = _installed() / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    # The clients speak versions that are newer than the emulator.
    options = ["--blobPort", "0", "--inMemoryPersistence", "--silent", "--skipApiVersionCheck"]
    emulator = subprocess.Popen(
        ["node", program, *options, "--disableTelemetry"],
        cwd=folder,
        env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        told = next((line for line in emulator.stdout if "successfully listens on" in line), "")
        assert told, "Azurite did not start; its output is above."
        yield told.split()[-1]
    finally:
        emulator.terminate()
        emulator.wait()
        emulator.stdout.close()


def make_container(address: str, name: str) -> str:
    """Make a container; gives its address as the platform names it."""
    credential = {"account_name": ACCOUNT, "account_key": KEY}
    with BlobServiceClient(f"{address}/{ACCOUNT}", credential=credential) as service:
        service.create_container(name)
    return f"abfss://{name}@{ACCOUNT}.dfs.core.windows.net"


def environment(address: str) -> dict[str, str]:
    """What tells delta-rs, obstore and the platform of the emulator."""
    return {
        "AZURE_STORAGE_USE_EMULATOR": "true",
        "AZURITE_BLOB_STORAGE_URL": address,
        "AZURE_STORAGE_ACCOUNT_KEY": KEY,
    }


def _installed() -> Path:
    """The folder that holds the packages of the lock file; they are fetched once."""
    here = Path(__file__).parent
    digest = hashlib.sha256(b"".join((here / name).read_bytes() for name in _PACKAGES)).hexdigest()
    stamp = _HOME / "stamp"
    with FileLock(_HOME.with_suffix(".lock")):
        if not stamp.exists() or stamp.read_text() != digest:
            shutil.rmtree(_HOME, ignore_errors=True)
            _HOME.mkdir(parents=True)
            for name in _PACKAGES:
                shutil.copy(here / name, _HOME)
            options = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
            subprocess.run(["npm", "ci", *options], cwd=_HOME, check=True)
            stamp.write_text(digest)
    return _HOME
