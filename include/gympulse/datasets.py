"""What runs read and write, under the names that OpenLineage gives it.

See https://openlineage.io/docs/spec/naming. Names only: nothing is read or written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from urllib.parse import urlsplit

from gympulse.lake import Lake
from gympulse.model.table import Table


@dataclass(frozen=True)
class Dataset:
    """What was read, or written.

    Attributes:
        namespace: Where it is, as OpenLineage names it.
        name: Its name there.
        version: Of a table: the version through which it was read, or that it was left at. Of a
            topic: by partition, the offset that is read next. None where nobody knows.
        rows: How many were read, or how many came, changed and went. None where nobody knows.
        files: How many files were written; None where they are not counted.
        table: What is declared of it; None where it is none of ours.
    """

    namespace: str
    name: str
    version: str | None = None
    rows: int | None = None
    files: int | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Lineage:
    """What was read, and what was written; each in the order of their names."""

    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()

    def __add__(self, other: "Lineage") -> "Lineage":
        """Both; of a dataset that is in both, the rows are those of the one that knows of more."""
        return Lineage(joined(self.inputs, other.inputs), joined(self.outputs, other.outputs))


def folder(path: str) -> Dataset:
    """A folder of files, at a local path or an ``abfss://`` URI."""
    if "://" not in path:
        return Dataset("file", path.rstrip("/"))
    place = urlsplit(path)
    return Dataset(f"{place.scheme}://{place.netloc}", place.path.strip("/"))


def table(lake: Lake, of: Table) -> Dataset:
    """A table of the lake."""
    return replace(folder(lake.path(of)), table=of)


def topic(servers: str, name: str) -> Dataset:
    """A topic, of the first of some bootstrap servers."""
    return Dataset(f"kafka://{servers.split(',')[0].strip()}", name)


def joined(*groups: Iterable[Dataset]) -> tuple[Dataset, ...]:
    """Datasets in the order of their names, each once."""
    found: dict[tuple[str, str], Dataset] = {}
    for each in chain(*groups):
        place = (each.namespace, each.name)
        known = found.get(place, each)
        rows = max((n for n in (known.rows, each.rows) if n is not None), default=None)
        found[place] = replace(known, version=known.version or each.version, rows=rows)
    return tuple(found[place] for place in sorted(found))


def of_copy(source: Dataset, landing: str, rows: int, files: int) -> Lineage:
    """What a copy of a database's rows to a landing folder has done."""
    landed = replace(folder(landing), rows=rows, files=files)
    return Lineage((replace(source, rows=rows),), (landed,) if rows else ())
