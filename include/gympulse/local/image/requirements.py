"""The image's ``requirements.txt``, which says of each package what ``uv.lock`` says.

python -m gympulse.local.image.requirements
"""

import subprocess
import sys
from pathlib import Path

from gympulse.local.bootstrap.packages import provide_uv
from gympulse.local.errors import LocalProblem

ROOT = Path(__file__).resolve().parents[4]
FILE = ROOT / "requirements.txt"
_HEADER = "# Written by `make requirements` from uv.lock; change pyproject.toml instead.\n"
# All that the platform needs, and nothing that only the local machine or the tests do.
_EXPORT = ("export", "--frozen", "--all-extras", "--no-default-groups", "--no-emit-project")


def requirements() -> str:
    """Give the text of the file, with the digests of every package.

    Raises:
        LocalProblem: uv could not be fetched, or refuses the lock file.
    """
    command = [provide_uv(ROOT / ".tools"), *_EXPORT, "--no-header", "--no-annotate"]
    command += ["--quiet", "--project", ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalProblem(f"uv.lock could not be exported: {done.stderr.strip()}")
    return _HEADER + done.stdout


def main() -> int:
    """Write the file.

    Replay: the same lock file gives the same text.
    """
    try:
        FILE.write_text(requirements())
    except LocalProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
