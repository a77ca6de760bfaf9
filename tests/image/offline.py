"""Run the image's smoke test where no network leads out.

    unshare --net --mount --pid --fork --kill-child python -m image.offline ROOT FOLDER

A broker and a PostgreSQL server of this machine run beside it, reached by loopback, which is
all that there is.
"""

import fcntl
import json
import socket
import struct
import sys
from pathlib import Path

from gympulse.local.platform import running
from gympulse.local.secrets_file import local_secrets
from gympulse.local.settings import HOST
from image.rooted import run

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


def main(root: Path, folder: Path) -> int:
    """Start what the test reads from, and run it; print what it says.

    Args:
        root: The image's file system, with its ``image.json`` beside it.
        folder: For the state of broker and server.
    """
    _raise_loopback()
    print("Interfaces:", *(name for _, name in socket.if_nameindex()))
    told = json.loads(root.with_suffix(".json").read_text())
    with running(folder, "postgres", "kafka") as settings:
        password = local_secrets(settings.folders.state)["registration_database"]
        login = f"registration:{password}@{HOST}:{settings.ports.postgres}"
        connections = {
            "AIRFLOW_CONN_REGISTRATION_DB": f"postgres://{login}/registration",
            "AIRFLOW_VAR_GYMPULSE_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        }
        done = run(
            root,
            ["python", "-m", "gympulse.local.image.smoke"],
            environment=told["environment"] | connections,
            folder=told["folder"],
            user=told["user"],
        )
    print(done.stdout)
    print(done.stderr, file=sys.stderr)
    return done.returncode


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        flags = struct.pack("16sh14x", b"lo", _IFF_UP)
        fcntl.ioctl(asked, _SIOCSIFFLAGS, flags)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
