"""Jars: those of ``pom.xml``, and those that PySpark carries."""

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZipFile

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.component import Component, ComponentScope
from packageurl import PackageURL

from gympulse.local.bootstrap.jars import CHECKSUMS, PROFILES
from gympulse.local.errors import LocalProblem
from gympulse.local.supply.packages import named_licenses

# The profile that the platform's jobs run with; the others are the local machine's.
_OF_JOBS = "spark"
_NAMED = re.compile(r"META-INF/maven/([^/]+)/([^/]+)/pom.properties")
_NAME = re.compile(r"(?P<name>.+?)-(?P<version>\d.*)")
_POM = "{http://maven.apache.org/POM/4.0.0}"
_MANIFEST = "META-INF/MANIFEST.MF"
_BUNDLE = re.compile(r"^Bundle-License: ([^,;\n]+)", re.MULTILINE)


def fetched_jars(root: Path) -> list[Component]:
    """Give the jars that set-up has fetched, each held against the digest noted.

    Raises:
        LocalProblem: One is missing there, or is another file.
    """
    noted = {Path(path).name: (digest, path) for digest, path in checksums(root)}
    found: dict[str, Component] = {}
    for profile in PROFILES:
        for jar in sorted((root / ".tools" / "jars" / profile).glob("*.jar")):
            digest, path = noted.get(jar.name, ("", ""))
            if digest != sha256(jar):
                raise LocalProblem(f"{jar} is not the file that was noted in {CHECKSUMS}.")
            *group, name, version, _ = Path(path).parts
            found.setdefault(path, _component(jar, ".".join(group), name, version, profile, path))
    return list(found.values())


def checksums(root: Path) -> Iterator[tuple[str, str]]:
    """Give the digests noted, each with its file's path in a repository."""
    for line in (root / CHECKSUMS).read_text().splitlines():
        digest, path = line.split()
        yield digest, path


def carried_jars(folder: Path) -> list[Component]:
    """Give the jars of a folder by what they say of themselves, or else by their names."""
    return [_carried(jar) for jar in sorted(folder.glob("*.jar"))]


def sha256(file: Path) -> str:
    """Give a file's digest."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _carried(jar: Path) -> Component:
    named = _NAME.fullmatch(jar.stem)
    name, version = (named["name"], named["version"]) if named else (jar.stem, None)
    with ZipFile(jar) as content:
        owners = [match for each in content.namelist() if (match := _NAMED.fullmatch(each))]
    # A jar may carry others within it.
    group = next((match[1] for match in owners if match[2] == name), "")
    return _component(jar, group, name, version, _OF_JOBS, f"{jar.parent.name}/{jar.name}")


def _component(
    jar: Path, group: str, name: str, version: str | None, profile: str, place: str
) -> Component:
    purl = PackageURL("maven", group, name, version) if group else None
    return Component(
        name=name,
        group=group or None,
        version=version,
        purl=purl,
        # Two places may have the same jar.
        bom_ref=place,
        scope=ComponentScope.REQUIRED if profile == _OF_JOBS else ComponentScope.EXCLUDED,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256(jar))],
        licenses=named_licenses(_licenses(jar, name)),
    )


def _licenses(jar: Path, name: str) -> Iterable[str]:
    """The licences that a jar names in its pom, or else in its manifest; none where in neither."""
    with ZipFile(jar) as content:
        names = content.namelist()
        poms = [each for each in names if _is_pom(each, name)]
        told = [ET.fromstring(content.read(each)) for each in poms]
        manifest = content.read(_MANIFEST).decode() if _MANIFEST in names else ""
    found = [each.text for pom in told for each in pom.findall(f"{_POM}licenses/*/{_POM}name")]
    # A line of a manifest goes on in the next, after a space.
    found = found or _BUNDLE.findall(manifest.replace("\r", "").replace("\n ", ""))
    return {" ".join(text.split()) for text in found if text}


def _is_pom(path: str, name: str) -> bool:
    return path.startswith("META-INF/maven/") and path.endswith(f"/{name}/pom.xml")
