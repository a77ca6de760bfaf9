"""The packages of lock files: Python's and those of npm."""

import base64
import json
import subprocess
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope
from cyclonedx.model.license import License
from packageurl import PackageURL

from gympulse.local.bootstrap.packages import provide_uv
from gympulse.local.errors import LocalProblem

_EXPORT = ("export", "--format", "cyclonedx1.5", "--preview-features", "sbom-export", "--frozen")
_CLASSIFIER = "License :: OSI Approved :: "
# Whoever gives a licence's whole text in place of its name has told no name.
_LONGEST_NAME = 64

_licenses = LicenseFactory()


def python_packages(root: Path) -> Bom:
    """Give the packages of ``uv.lock`` with their files' digests, and which needs which.

    Those that the platform runs with are required; what only sets up a machine or tests it is
    excluded. Licences are those that installed packages tell.

    Raises:
        LocalProblem: uv could not be fetched, or refuses the lock file.
    """
    whole = Bom.from_json(_exported(root, "--all-extras", "--all-groups"))
    needed = Bom.from_json(_exported(root, "--all-extras", "--no-default-groups"))
    names = {component.name for component in needed.components}
    told = {_normal(each.metadata["Name"]): licenses_of(each) for each in distributions()}
    for component in whole.components:
        is_needed = component.name in names
        component.scope = ComponentScope.REQUIRED if is_needed else ComponentScope.EXCLUDED
        component.licenses.update(told.get(component.name, ()))
    return whole


def _exported(root: Path, *chosen: str) -> dict:
    command = [provide_uv(root / ".tools"), *_EXPORT, *chosen, "--quiet", "--project", root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalProblem(f"uv.lock could not be exported: {done.stderr.strip()}")
    told = json.loads(done.stdout)
    # What has written it is among the rest, and this form of saying so is of the past.
    del told["metadata"]["tools"]
    return told


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def licenses_of(package: Distribution) -> list[License]:
    """Give the licence that an installed package tells; none where it tells none by name."""
    told = package.metadata
    name = told.get("License-Expression") or told.get("License", "")
    classified = [
        each.removeprefix(_CLASSIFIER)
        for each in told.get_all("Classifier", ())
        if each.startswith(_CLASSIFIER)
    ]
    if not name or len(name) > _LONGEST_NAME or "\n" in name:
        name = classified[0] if classified else ""
    return named_licenses([name])


def named_licenses(names: Iterable[str]) -> list[License]:
    """Give licences by their names, those of SPDX as such."""
    return [_licenses.make_from_string(name) for name in sorted({*names}) if name]


def npm_packages(lock: Path) -> list[Component]:
    """Give the packages of a ``package-lock.json``, which tests alone need.

    Raises:
        LocalProblem: One has no digest.
    """
    found: dict[PackageURL, Component] = {}
    for path, package in json.loads(lock.read_text())["packages"].items():
        if not path:
            continue
        group, _, name = path.rpartition("node_modules/")[2].rpartition("/")
        if "integrity" not in package:
            raise LocalProblem(f"{lock} has no digest of {path}; write it anew with npm.")
        purl = PackageURL("npm", group, name, package["version"])
        found[purl] = Component(
            name=name,
            group=group or None,
            version=package["version"],
            purl=purl,
            bom_ref=str(purl),
            scope=ComponentScope.EXCLUDED,
            hashes=[_digest(package["integrity"])],
            licenses=named_licenses([package.get("license", "")]),
        )
    return list(found.values())


def _digest(integrity: str) -> HashType:
    kind, _, content = integrity.partition("-")
    algorithm = HashAlgorithm(kind.upper().replace("SHA", "SHA-"))
    return HashType(alg=algorithm, content=base64.b64decode(content).hex())
