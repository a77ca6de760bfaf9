"""An unfit Java or Python is named before anything starts."""

from pathlib import Path

import pytest

from gympulse.local.bootstrap.machine import check_python, find_java, major_version
from gympulse.local.errors import LocalProblem


def java_home(folder: Path, version: str) -> Path:
    """Make a Java home whose ``java`` claims a version."""
    program = folder / version / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return program.parents[1]


@pytest.mark.parametrize(
    ("told", "version"),
    [
        pytest.param('openjdk version "17.0.15" 2025-04-15', 17, id="17"),
        pytest.param('openjdk version "21" 2023-09-19', 21, id="a first release"),
        pytest.param('java version "1.8.0_392"', 8, id="the old form"),
        pytest.param("sh: java: not found", None, id="no Java"),
    ],
)
def test_major_version(told, version):
    assert major_version(told) == version


@pytest.mark.parametrize("version", ["17.0.1", "21.0.2"])
def test_a_fit_java_home_is_taken(tmp_path, version):
    home = java_home(tmp_path, version)

    assert find_java(str(home)) == home


@pytest.mark.parametrize("version", ["11.0.2", "18.0.1", "25"])
def test_an_unfit_java_home_is_named(tmp_path, version):
    home = java_home(tmp_path, version)

    with pytest.raises(LocalProblem, match=f"holds Java {version.split('.')[0]}; Java 17 or 21"):
        find_java(str(home))


def test_a_java_home_without_java_is_named(tmp_path):
    with pytest.raises(LocalProblem, match="holds no Java"):
        find_java(str(tmp_path))


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_a_fit_python_is_taken(version):
    check_python(version)


@pytest.mark.parametrize("version", [(3, 10), (3, 13)])
def test_an_unfit_python_is_named(version):
    with pytest.raises(LocalProblem, match="3.11 or 3.12 is needed"):
        check_python(version)
