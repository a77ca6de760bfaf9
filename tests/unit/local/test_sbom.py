"""The bill of materials names all that is fetched, and is written the same each time."""

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from gympulse.local.bootstrap.jars import CHECKSUMS, PROFILES
from gympulse.local.errors import LocalProblem
from gympulse.local.settings import ROOT
from gympulse.local.supply import jars
from gympulse.local.supply.audit import packages
from gympulse.local.supply.sbom import NPM_LOCK, bill, every, written
from unit.local.test_locks import FETCHED


@pytest.fixture(scope="module")
def whole():
    """The bill."""
    return bill()


def names(whole, kind: str) -> set[tuple]:
    """Name and version of all components of a kind."""
    found = (each for each in every(whole.components) if each.purl and each.purl.type == kind)
    return {(each.name, each.version) for each in found}


def test_it_is_valid_and_the_same_each_time(whole):
    text = written(whole)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == written(bill())


def test_it_names_every_python_package(whole):
    locked = {(package["name"], package["version"]) for package in FETCHED}

    assert names(whole, "pypi") - {("uv", "0.13.9")} == locked


def test_it_names_every_jar(whole):
    fetched = {
        jar.name
        for profile in PROFILES
        for jar in (ROOT / ".tools" / "jars" / profile).glob("*.jar")
    }
    told = {Path(str(each.bom_ref)).name for each in every(whole.components)}

    assert len(fetched) > 100
    assert fetched <= told
    assert "spark-core_2.13-4.2.0.jar" in told


def test_it_names_every_package_of_npm(whole):
    count = len(json.loads((ROOT / NPM_LOCK).read_text())["packages"]) - 1

    assert 0 < len(names(whole, "npm")) <= count


def test_it_names_what_comes_otherwise(whole):
    told = {each.name for each in every(whole.components)}

    assert {"openjdk", "postgresql", "apache-maven", "runtime"} <= told


def test_vulnerabilities_are_asked_for_of_every_kind(whole):
    asked = packages(whole)

    assert {purl.partition("/")[0] for purl in asked} == {"pkg:maven", "pkg:npm", "pkg:pypi"}
    assert "pkg:maven/org.apache.kafka/kafka_2.13@4.1.0" in asked


def test_all_but_what_a_system_brings_has_a_digest(whole):
    without = {
        each.name
        for each in every(whole.components)
        if not each.hashes and not any(link.hashes for link in each.external_references)
    }

    assert without == {"openjdk", "postgresql", "runtime"}


def test_another_jar_than_was_noted_is_named(tmp_path):
    (tmp_path / CHECKSUMS).parent.mkdir(parents=True)
    (tmp_path / CHECKSUMS).write_text(f"{'0' * 64}  org/some/1/some-1.jar\n")
    jar = tmp_path / ".tools" / "jars" / "kafka" / "some-1.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"another")

    with pytest.raises(LocalProblem, match=r"kafka/some-1\.jar is not the file that was noted"):
        jars.fetched_jars(tmp_path)
