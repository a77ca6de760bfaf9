"""A disk that is full or read-only is said so, whichever of three languages found it out."""

import errno
import os
import re
import shutil
from collections import namedtuple

import pytest
from deltalake.exceptions import DeltaError
from pyspark.errors import PySparkException

from gympulse.errors import CannotWrite, Refused
from gympulse.io import disk
from gympulse.lake import Lake
from gympulse.runbook import Section

Room = namedtuple("Room", "total used free")
FULL = os.strerror(errno.ENOSPC)
READ_ONLY = os.strerror(errno.EROFS)


def spark(stack: str) -> PySparkException:
    """What Spark raises: a first line, and every cause behind it."""
    error = PySparkException("[TASK_WRITE_FAILED] Task failed while writing rows.")
    error._stackTrace = stack
    return error


def caused(by: Exception) -> Exception:
    error = ValueError("something went wrong")
    error.__cause__ = by
    return error


def said(lake: Lake, error: Exception) -> CannotWrite:
    with pytest.raises(CannotWrite) as caught, disk.said(lake):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.fixture
def lake(tmp_path) -> Lake:
    (tmp_path / "lake").mkdir()
    return Lake(str(tmp_path / "lake"))


ERRORS = {
    "Python's": lambda words, path: OSError(errno.ENOSPC, words, path),
    "Rust's": lambda words, path: DeltaError(
        f"Generic LocalFileSystem error: Unable to open file {path}: {words} (os error 28)"
    ),
    "Spark's": lambda words, path: spark(f"SparkException: …\nCaused by: IOException: {words}"),
    "another's cause": lambda words, path: caused(OSError(errno.ENOSPC, words, path)),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_a_full_disk_is_said(lake, monkeypatch, kind):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Room(8 << 30, 0, 3 << 20))

    error = said(lake, ERRORS[kind](FULL, f"{lake.root}/silver_db/x.parquet"))

    assert str(error) == (
        f"{lake.root} is full: 3 MB of 8,192 MB are free (No space left on device). Make room, for "
        "a run at least 1,024 MB, and start this job again: nothing is lost, and it goes on where "
        "it stopped."
    )
    assert error.section is Section.DISK


@pytest.mark.parametrize("kind", ERRORS)
def test_one_that_cannot_be_written_is_said(lake, kind):
    error = said(lake, ERRORS[kind](READ_ONLY, f"{lake.root}/silver_db/x.parquet"))

    assert re.match(rf"{lake.root} cannot be written \(Read-only file system\)\. Let ", str(error))


def test_the_disk_that_is_full_is_named(lake, monkeypatch, tmp_path):
    """It need not be the lake's."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    rooms = {scratch: Room(100, 99, 1)}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: rooms.get(path, Room(100, 10, 90)))
    monkeypatch.setattr(disk, "_is_on", lambda folder, other: folder == other)

    error = said(lake, spark(f"IOException: {FULL} at {scratch}/blockmgr-1/temp_shuffle_2"))

    assert error.path == str(scratch)


def test_a_lake_elsewhere_needs_scratch_here(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Room(100, 100, 0))

    error = said(Lake("abfss://a@b.dfs.core.windows.net/lake"), OSError(errno.ENOSPC, FULL))

    assert error.path == disk.tempfile.gettempdir()


def test_nor_need_an_error_say_why(lake, monkeypatch):
    """Java makes a folder, or does not."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Room(100, 0, 1 << 19))

    error = said(lake, OSError(f"Mkdirs failed to create {lake.root}/checkpoint_zone/users"))

    assert str(error).startswith(f"{lake.root} is full: 0 MB of 0 MB are free ({FULL}).")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ValueError("no"), id="another error"),
        pytest.param(Refused(FULL), id="a sentence already"),
        pytest.param(spark(f"gympulse.errors.CannotWrite: … ({FULL})"), id="a batch's sentence"),
    ],
)
def test_what_is_not_about_disks_stays_as_it_is(lake, error):
    with pytest.raises(type(error)) as caught, disk.said(lake):
        raise error

    assert caught.value is error
