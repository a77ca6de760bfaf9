"""What Spark spills goes with the process that has spilled it, however that ends."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

import pytest

_OWNER = """
import sys
from pathlib import Path
from gympulse import spark_scratch
folder = Path(spark_scratch.folder())
assert spark_scratch.folder() == str(folder)
(folder / "blockmgr-1").mkdir()
(folder / "blockmgr-1" / "temp_shuffle_2").write_bytes(bytes(1000))
print(folder, flush=True)
sys.stdin.read()
"""


class Owner:
    """A process that has spilled something, and lives until it is told to end."""

    def __init__(self, temporary: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWNER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(temporary)},
        )

    @cached_property
    def folder(self) -> Path:
        """Its folder, as soon as there is one."""
        return Path(self.process.stdout.readline().strip())

    def end(self) -> None:
        """Let it end as a job that is done."""
        assert self.process.communicate()[0] == ""
        assert self.process.returncode == 0

    def kill(self) -> None:
        """End it by ``kill -9``."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def owner(tmp_path) -> Iterator[Callable[[], Owner]]:
    with ExitStack() as ending:

        def begun() -> Owner:
            owner = Owner(tmp_path)
            ending.callback(owner.kill)
            return owner

        yield begun


def left(tmp_path: Path) -> set[Path]:
    """The folders that are there."""
    return {each for each in tmp_path.glob("gympulse-*-spark/*") if each.is_dir()}


def test_a_job_that_ends_takes_its_scratch_along(owner, tmp_path):
    job = owner()
    assert {job.folder} == left(tmp_path)

    job.end()

    assert [each.name for each in tmp_path.glob("*/*")] == ["looking.lock"]


def test_the_next_job_removes_what_a_killed_one_has_left(owner, tmp_path):
    killed, living = owner(), owner()
    folders = killed.folder, living.folder
    killed.kill()
    assert left(tmp_path) == set(folders)

    following = owner()

    assert {folders[1], following.folder} == left(tmp_path)


def test_jobs_that_begin_at_once_leave_each_other_theirs(owner, tmp_path):
    killed = owner()
    assert killed.folder in left(tmp_path)
    killed.kill()

    folders = [job.folder for job in [owner() for _ in range(8)]]

    assert len(set(folders)) == 8
    assert left(tmp_path) == set(folders)
