"""An archive of classes is made anew when anything it was made of is another."""

import os
from pathlib import Path

import pytest

from gympulse.local.class_archive import __main__ as class_archive


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    """A jar beside Spark's own."""
    (tmp_path / "spark").mkdir()
    (tmp_path / "spark" / "small.conf").write_text("spark.driver.memory 3g\n")
    (tmp_path / "jars" / "spark").mkdir(parents=True)
    jar = tmp_path / "jars" / "spark" / "delta.jar"
    jar.write_bytes(b"delta")
    return jar


def changed_settings(jar: Path) -> None:
    jar.parents[2].joinpath("spark", "small.conf").write_text("spark.driver.memory 4g\n")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(changed_settings, id="settings"),
        pytest.param(lambda jar: jar.write_bytes(b"other delta"), id="a jar"),
        pytest.param(lambda jar: os.utime(jar, (1, 1)), id="a jar installed anew"),
        pytest.param(lambda jar: jar.rename(jar.with_name("delta-2.jar")), id="a jar's name"),
    ],
)
def test_of_what_an_archive_is_made(jar, change):
    folder = jar.parents[2] / "spark"
    before = class_archive._digest(folder)

    assert class_archive._digest(folder) == before
    change(jar)
    assert class_archive._digest(folder) != before


def test_an_archive_that_is_there_stays(jar, monkeypatch):
    folder, trained = jar.parents[2] / "spark", []

    def train(scratch: Path, folder: Path, archive: Path) -> str:
        archive.write_bytes(b"classes")
        trained.append(archive)
        return ""

    monkeypatch.setattr(class_archive, "_train", train)
    class_archive.make(folder)
    class_archive.make(folder)
    assert len(trained) == 1
    os.utime(jar, (1, 1))
    class_archive.make(folder)
    assert len(trained) == 2
