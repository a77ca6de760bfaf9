"""What an operation has read and written, by its record."""

import json
from dataclasses import replace

from gympulse.datasets import Lineage, folder, joined
from gympulse.io import operations
from gympulse.io.lineage import now
from gympulse.lake import Lake
from gympulse.model.tables import TABLES
from gympulse.operations.options import LOAD_ARCHIVES

_BY_SHORT_NAME = {table.short_name: table for table in TABLES.values()}
# What has come, changed and gone, as a record names it.
_CHANGES = ("missing", "different", "extra")


def of_operation(lake: Lake, job: str, operation_id: str) -> Lineage:
    """What an operation says of itself in ``ops_db``, once it is done; nothing before.

    Versions are those that the tables have now: an operation does not record its own. Of a
    verification, which changes nothing, the tables that it has compared are inputs.
    """
    found = operations.result(lake, operation_id)
    if found is None:
        return Lineage()
    rows = {_BY_SHORT_NAME[row["table"]]: row for row in found["tables"]}
    if job == "verify":
        return Lineage(joined(now(lake, of, row["rows_expected"]) for of, row in rows.items()))
    changed = {of: sum(row[name] or 0 for name in _CHANGES) for of, row in rows.items()}
    outputs = {of: count for of, count in changed.items() if count}
    sources = {TABLES[name] for of in outputs for name in of.reads} - set(outputs)
    inputs = [now(lake, of) for of in sources]
    operation = found["operation"]
    if operation["mode"] == LOAD_ARCHIVES:
        path = lake.folder(json.loads(operation["options"])["archive_path"])
        inputs.append(replace(folder(path), rows=operation["rows_to_read"]))
    return Lineage(joined(inputs), joined(now(lake, *each) for each in outputs.items()))
