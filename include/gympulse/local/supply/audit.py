"""Ask OSV whether anything that the platform is built from has a known vulnerability.

python -m gympulse.local.supply.audit

It is asked by names and versions alone, of Python's packages, npm's, and jars.
"""

import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
from cyclonedx.model.bom import Bom

from gympulse.local.errors import LocalProblem, NotLooked
from gympulse.local.settings import ROOT
from gympulse.local.supply.sbom import bill, every

ADDRESS = "https://api.osv.dev/v1/querybatch"
ACCEPTED = ROOT / "vulnerabilities.toml"
_KINDS = {"maven", "npm", "pypi"}
_AT_ONCE = 500
_PATIENCE_SECONDS = 60

# By package, as a package URL with its version, what is known of it.
Known = dict[str, list[str]]


@dataclass(frozen=True)
class Accepted:
    """A vulnerability that is known and left for now.

    Attributes:
        id: As OSV names it.
        reason: Why it does no harm here, or what it waits for.
        until: The last day of that.
    """

    id: str
    reason: str
    until: date


def accepted(file: Path = ACCEPTED) -> list[Accepted]:
    """Read what is accepted.

    Raises:
        LocalProblem: An entry lacks something.
    """
    try:
        entries = tomllib.loads(file.read_text()).get("accepted", [])
        found = [Accepted(**entry) for entry in entries]
    except (TypeError, tomllib.TOMLDecodeError) as error:
        raise LocalProblem(f"{file.name} cannot be used: {error}") from error
    if bare := [each.id for each in found if not each.reason or type(each.until) is not date]:
        raise LocalProblem(f"{file.name} lacks a reason or a date of {', '.join(bare)}.")
    return found


def packages(whole: Bom) -> list[str]:
    """Give what OSV knows of a bill of materials, as package URLs."""
    found = {each.purl for each in every(whole.components) if each.purl}
    return sorted(str(purl) for purl in found if purl.type in _KINDS and purl.version)


def known(asked: Sequence[str], address: str = ADDRESS) -> Known:
    """Ask what is known of packages.

    Raises:
        NotLooked: There was no answer, or none for each of them.
    """
    found: Known = {}
    queries = [{"package": {"purl": purl}} for purl in asked]
    try:
        with httpx.Client(timeout=_PATIENCE_SECONDS) as client:
            while queries:
                some, queries = queries[:_AT_ONCE], queries[_AT_ONCE:]
                answer = client.post(address, json={"queries": some}).raise_for_status().json()
                for query, told in zip(some, answer["results"], strict=True):
                    ids = [each["id"] for each in told.get("vulns", ())]
                    found.setdefault(query["package"]["purl"], []).extend(ids)
                    if following := told.get("next_page_token"):
                        queries.append({**query, "page_token": following})
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        raise NotLooked(address, str(error)) from error
    return {purl: sorted(ids) for purl, ids in found.items() if ids}


def problems(found: Known, left: Iterable[Accepted], today: date) -> list[str]:
    """Say what is known and not accepted, or no longer."""
    until: Mapping[str, date] = {each.id: each.until for each in left}
    lines = []
    for purl, ids in found.items():
        for id_ in ids:
            if id_ not in until:
                lines.append(f"{purl} has {id_}.")
            elif until[id_] < today:
                lines.append(f"{purl} has {id_}, which was accepted until {until[id_]}.")
    return lines


def main() -> int:
    """Look; the exit code is 0 if nothing is known, 1 if something is, 2 if nobody answered."""
    try:
        asked, left = packages(bill()), accepted()
        lines = problems(known(asked), left, datetime.now(UTC).date())
    except NotLooked as problem:
        print(f"It is not known whether anything has one. {problem}", file=sys.stderr)
        return 2
    except LocalProblem as problem:
        print(problem.explained, file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    print(f"{len(asked)} packages were asked for; {len(lines)} vulnerabilities are known.")
    if lines:
        print("Raise the version, or say in vulnerabilities.toml why not, and until when.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
