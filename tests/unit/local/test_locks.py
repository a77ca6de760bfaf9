"""What set-up fetches is locked with a digest, and refused where it is another file."""

import hashlib
import json
import re
import shutil
import tomllib

import pytest

from gympulse.local.bootstrap import jars, packages
from gympulse.local.errors import LocalProblem
from gympulse.local.java import java_home
from gympulse.local.settings import ROOT
from gympulse.local.supply.sbom import NPM_LOCK

LOCK = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
FETCHED = [package for package in LOCK if "registry" in package["source"]]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def files(package: dict) -> list[dict]:
    """The files of a locked package."""
    return [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]


def test_every_file_of_every_python_package_has_a_digest():
    without = [package["name"] for package in FETCHED if not files(package)]
    without += [f["url"] for p in FETCHED for f in files(p) if not f["hash"].startswith("sha256:")]

    assert len(FETCHED) == len(LOCK) - 1
    assert without == []


def test_what_builds_packages_without_a_wheel_is_locked():
    """Built by themselves they would be built by whatever is newest."""
    locked = {package["name"]: package.get("version") for package in LOCK}
    built = {package["name"] for package in LOCK if "wheels" not in package}
    builders = {re.split("[=<>]", each)[0] for each in PROJECT["dependency-groups"]["build"]}

    assert built == set(PROJECT["tool"]["uv"]["no-build-isolation-package"])
    assert PROJECT["build-system"]["requires"] == [f"hatchling=={locked['hatchling']}"]
    assert builders == {"editables", "hatchling", "setuptools"}
    assert builders <= set(locked)


def test_every_package_of_npm_has_a_digest():
    found = json.loads((ROOT / NPM_LOCK).read_text())["packages"]

    assert [path for path, each in found.items() if path and "integrity" not in each] == []


def test_another_uv_is_refused_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "_address_of", lambda name: name)
    monkeypatch.setattr(packages, "_fetch", lambda address: b"another")

    with pytest.raises(LocalProblem, match=rf"uv-{packages.UV_VERSION}-py3-none-\S+\.whl is not"):
        packages.provide_uv(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def project(tmp_path):
    """What set-up fetches jars by."""
    for name in ("pom.xml", "mvnw"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / ".mvn", tmp_path / ".mvn")
    return tmp_path


@pytest.mark.parametrize("kind", ["another", "unknown"])
def test_another_jar_is_refused_and_named(project, capfd, kind):
    """So is one that nobody has noted: a plugin of Maven's may bring it, too."""
    path = next(path for path in noted(project) if path.endswith("/delta-storage-4.4.0.jar"))
    digest = hashlib.sha256(b"another").hexdigest()
    change(project, path, f"{digest}  {path}\n" if kind == "another" else "")

    with pytest.raises(LocalProblem, match="not the one noted"):
        jars.fetch_jars(project, project / ".tools", java_home(), ["spark"])

    assert "io.delta:delta-storage:jar:4.4.0" in "".join(capfd.readouterr())
    assert not (project / ".tools" / "jars" / "spark").exists()


def noted(project) -> list[str]:
    """The files whose digests are noted."""
    return [line.split()[1] for line in (project / jars.CHECKSUMS).read_text().splitlines()]


def change(project, path: str, line: str) -> None:
    """Put another line for a file."""
    text = (project / jars.CHECKSUMS).read_text()
    changed = re.sub(rf"^\w+  {re.escape(path)}\n", line, text, flags=re.MULTILINE)
    assert changed != text
    (project / jars.CHECKSUMS).write_text(changed)


def test_another_maven_is_refused(project, monkeypatch, capfd):
    properties = project / ".mvn" / "wrapper" / "maven-wrapper.properties"
    found = re.search(r"^distributionUrl=(\S+)$", properties.read_text(), re.MULTILINE)
    served = project / "apache-maven-1-bin.zip"
    served.write_bytes(b"another")
    properties.write_text(properties.read_text().replace(found[1], served.as_uri()))
    monkeypatch.setenv("MAVEN_USER_HOME", str(project / "m2"))
    shim = project / "bin" / "wget"
    shim.parent.mkdir()
    # It fetches nothing but copies.
    shim.write_text('#!/bin/sh\ncp "${2#file://}" "$4"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=":")

    with pytest.raises(LocalProblem):
        jars.fetch_jars(project, project / ".tools", java_home(), ["spark"])

    assert "Failed to validate Maven distribution SHA-256" in capfd.readouterr().err


def test_jars_are_fetched_again_when_their_digests_change(project, monkeypatch):
    fetched = []
    monkeypatch.setattr(
        jars, "_copy_dependencies", lambda *told: fetched.append(told[1]) or told[2].mkdir()
    )
    (project / ".tools" / "jars").mkdir(parents=True)
    for change_before in (False, False, True):
        if change_before:
            change(project, noted(project)[0], "")
        jars.fetch_jars(project, project / ".tools", java_home(), ["spark"])

    assert fetched == ["spark", "spark"]
