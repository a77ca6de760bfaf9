"""Events of OpenLineage as tests look at them."""

from collections.abc import Iterable

# Version, and rows.
Numbers = tuple[str | None, int | None]


def numbers(datasets: Iterable[dict]) -> dict[str, Numbers]:
    """By dataset, below the lake where it is there, what was read or written of it."""
    found = {}
    for each in datasets:
        statistics = each.get("inputFacets") or each.get("outputFacets") or {}
        rows = [facet["rowCount"] for facet in statistics.values()]
        version = each["facets"].get("version", {}).get("datasetVersion")
        found[_name(each)] = version, rows[0] if rows else None
    assert len(found) == len(list(datasets))
    return found


def _name(dataset: dict) -> str:
    below = dataset["name"].partition("/sbit-")[2]
    return below or f"{dataset['namespace'].partition(':')[0]} {dataset['name']}"
