"""Processes in a root file system of their own, which leave no mount behind."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# A namespace of mounts and one of processes, so that all ends with the first of them.
_ALONE = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child")
_HOMES = {"root": "/root", "astro": "/home/astro"}
_ENTER = """
set -e
root=$1 user=$2 folder=$3; shift 3
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do mkdir -p "$root$2"; mount --bind "$1" "$root$2"; shift 2; done
shift
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
"""


@dataclass(frozen=True)
class Mount:
    """A folder of this machine that a process sees elsewhere."""

    source: Path
    target: str


def run(
    root: Path,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: str = "/",
    user: str = "root",
    mounts: Sequence[Mount] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command in a root file system, and give what it said.

    Args:
        root: The file system.
        command: As the system within has it.
        environment: All that it is told.
        folder: Where it starts.
        user: By a name of the system within.
        mounts: Folders of this machine that it may use.
    """
    words = [*_ALONE, "sh", "-c", _ENTER, "sh", str(root), user, folder]
    for mount in mounts:
        mount.source.mkdir(parents=True, exist_ok=True)
        words += [str(mount.source), mount.target]
    return subprocess.run(
        [*words, "--", *command],
        env={"PATH": os.environ["PATH"], "HOME": _HOMES[user], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
