"""What a run of Airflow has read and written, by the ledger and by the tables' own logs."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

from deltalake import DeltaTable

from gympulse.datasets import Dataset, Lineage, folder, joined, table, topic
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import BRONZE, KAFKA_MULTIPLEX, LAYERS, LEDGER, QUARANTINE, TABLES

_BY_SHORT_NAME = {table.short_name: table for of in LAYERS.values() for table in of}
# Logs of a lake far away are waited for, not worked on.
_SIDE_BY_SIDE = 8
# Of the metrics of a merge; those of another write say how many rows it wrote.
_MERGED = ("numTargetRowsInserted", "numTargetRowsUpdated", "numTargetRowsDeleted")

Entry = Mapping[str, Any]


def of_run(lake: Lake, airflow_run: str, servers: str, since: datetime | None = None) -> Lineage:
    """What a run of Airflow has read and written so far, tries that failed included.

    Args:
        lake: Where it was done.
        airflow_run: The run, as the ledger has it.
        servers: Kafka's.
        since: When the run began, or earlier: entries from before are not looked at.

    Returns:
        Tables that were recomputed from are inputs although nothing of them had changed; what was
        looked at and not written is no output.
    """
    entries = _entries(lake, airflow_run, since)
    read = [*_topics(entries, servers), *_landed(lake, entries), *_tables(lake, entries)]
    return Lineage(joined(read), joined(_written(lake, entries)))


def now(lake: Lake, of: Table, rows: int | None = None) -> Dataset:
    """A table with the version that it has now."""
    version = DeltaTable(lake.path(of)).version()
    return replace(table(lake, of), version=str(version), rows=rows)


def _entries(lake: Lake, airflow_run: str, since: datetime | None) -> list[Entry]:
    if not DeltaTable.is_deltatable(lake.path(LEDGER)):
        return []
    wanted: list[tuple] = [("airflow_run", "=", airflow_run)]
    if since is not None:
        wanted.append(("finished_at", ">=", since))
    return DeltaTable(lake.path(LEDGER)).to_pyarrow_table(filters=wanted).to_pylist()


def _topics(entries: Iterable[Entry], servers: str) -> Iterator[Dataset]:
    """The topics that bronze has taken records of."""
    rows: Counter[str] = Counter()
    ends: dict[str, dict[str, int]] = defaultdict(dict)
    for entry in entries:
        if entry["table"] == KAFKA_MULTIPLEX.short_name and entry["position_to"]:
            begin, end = _positions(entry)
            for name, of_topic in end.items():
                for number, offset in of_topic.items():
                    rows[name] += offset - begin[name][number]
                    ends[name][number] = max(offset, ends[name].get(number, 0))
    for name, count in rows.items():
        if count:
            version = json.dumps(ends[name], sort_keys=True)
            yield replace(topic(servers, name), version=version, rows=count)


def _landed(lake: Lake, entries: Iterable[Entry]) -> Iterator[Dataset]:
    """The landing folders that bronze has taken lines of."""
    rows: Counter[Table] = Counter()
    for entry in entries:
        of = _BY_SHORT_NAME[entry["table"]]
        if of in BRONZE and of is not KAFKA_MULTIPLEX and entry["layer"] == "bronze":
            rows[of] += entry["rows_read"]
    for of, count in rows.items():
        yield replace(folder(lake.landing(of.short_name)), rows=count)


def _tables(lake: Lake, entries: Iterable[Entry]) -> Iterator[Dataset]:
    """The tables that silver and gold were computed from."""
    records: Counter[Table] = Counter()
    spans: dict[Table, list[tuple[int, int]]] = defaultdict(list)
    for entry in entries:
        begin, end = _positions(entry)
        for source in (TABLES[name] for name in _BY_SHORT_NAME[entry["table"]].reads):
            of_source = spans[source]
            if source.name in end:
                of_source.append((_first(begin[source.name]), _next(end[source.name])))
            if source in BRONZE:
                records[source] += entry["rows_read"]

    def read(source: Table) -> Dataset:
        of, known = table(lake, source), spans[source]
        if not known:
            return replace(of, rows=records.get(source))
        begin, end = min(begin for begin, _ in known), max(end for _, end in known)
        # A record is counted against the table that it feeds first, by its topic.
        rows = records[source] if source in BRONZE else changed_rows(lake.path(source), begin, end)
        return replace(of, version=str(end - 1), rows=rows)

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        yield from pool.map(read, list(spans))


def _written(lake: Lake, entries: Iterable[Entry]) -> Iterator[Dataset]:
    rows: Counter[Table] = Counter()
    versions: dict[Table, int] = {}
    for entry in entries:
        of = _BY_SHORT_NAME[entry["table"]]
        rows[of] += entry["inserted"] + entry["superseding"]
        versions[of] = max(entry["version"] or 0, versions.get(of, 0))
        rows[QUARANTINE] += entry["quarantined"]
    for of, count in rows.items():
        if count and of is QUARANTINE:
            yield now(lake, of, count)
        elif count:
            yield replace(table(lake, of), version=str(versions[of]), rows=count)


def changed_rows(path: str, begin: int, end: int) -> int | None:
    """How many rows a table's versions have brought, changed and removed.

    Args:
        path: The table's.
        begin: The first version.
        end: The version after the last.

    Returns:
        None where the log no longer has all of them.
    """
    if begin == end:
        return 0
    found = DeltaTable(path)
    commits = found.history(found.version() - begin + 1)
    of_span = [commit for commit in commits if begin <= commit["version"] < end]
    if len(of_span) < end - begin:
        return None
    return sum(_changed(commit.get("operationMetrics") or {}) for commit in of_span)


def _changed(metrics: Mapping[str, str]) -> int:
    by_kind = [int(metrics[name]) for name in _MERGED if name in metrics]
    return sum(by_kind) if by_kind else int(metrics.get("numOutputRows", 0))


def _positions(entry: Entry) -> tuple[dict[str, Any], dict[str, Any]]:
    begin, end = (json.loads(entry[f"position_{side}"] or "{}") for side in ("from", "to"))
    return begin, end


def _first(position: int | dict[str, int]) -> int:
    return position["version"] if isinstance(position, dict) else position


def _next(position: int | dict[str, int]) -> int:
    # Of the version that it names, some files were taken.
    return position["version"] + 1 if isinstance(position, dict) else position
