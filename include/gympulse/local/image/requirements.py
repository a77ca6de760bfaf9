"""The image's ``requirements*.txt``, which say of each package what ``uv.lock`` says.

python -m gympulse.local.image.requirements
"""

import subprocess
import sys
from pathlib import Path

from gympulse.local.bootstrap.packages import provide_uv
from gympulse.local.errors import LocalProblem

ROOT = Path(__file__).resolve().parents[4]
FILE = ROOT / "requirements.txt"
# What builds packages that have no wheel.
BUILD_FILE = ROOT / "requirements-build.txt"
_HEADER = "# Written by `make requirements` from uv.lock; change pyproject.toml instead.\n"
# All that the platform needs, and nothing that only the local machine or the tests do.
_CHOSEN = {
    FILE: ("--all-extras", "--no-default-groups"),
    BUILD_FILE: ("--only-group", "build"),
}


def requirements(file: Path = FILE) -> str:
    """Give the text of a file, with the digests of every package.

    Raises:
        LocalProblem: uv could not be fetched, or refuses the lock file.
    """
    command = [provide_uv(ROOT / ".tools"), "export", "--frozen", *_CHOSEN[file]]
    command += ["--no-emit-project", "--no-header", "--no-annotate", "--quiet", "--project", ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalProblem(f"uv.lock could not be exported: {done.stderr.strip()}")
    return _HEADER + done.stdout


def main() -> int:
    """Write the files.

    Replay: the same lock file gives the same texts.
    """
    try:
        for file in _CHOSEN:
            file.write_text(requirements(file))
    except LocalProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
