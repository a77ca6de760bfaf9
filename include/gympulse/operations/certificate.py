"""The certificate of an erasure: what was removed and looked through, and what remains where."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gympulse.errors import GympulseError
from gympulse.io import erasures, kafka
from gympulse.operations.arguments import Request
from gympulse.operations.erasure_scan import Found

BEGUN, DONE, NOT_DONE = "begun", "done", "not done"
_DATABASE = (
    "The registration database has its own rows of the member until they are deleted there. "
    "Copies pass over them."
)
_AIRFLOW = (
    "Airflow keeps the form of the run that started the erasure, and its logs, until they are "
    "deleted there."
)
_ELSEWHERE = "Exports, backups and copies outside the lake are not looked at."


def begin(request: Request, erased_at: datetime, rows: Mapping[str, int]) -> dict[str, int]:
    """Note what an erasure is about to remove, by table.

    Returns:
        What was noted first, where it was begun before, with what has been found since.

    Replay: what was noted of a table stays, unless there is more.
    """
    lake, name = request.settings.lake, request.operation_id
    before = erasures.certificate(lake, name)
    noted = json.loads(before["rows_erased"]) if before else {}
    noted |= {table: max(count, noted.get(table, 0)) for table, count in rows.items()}
    row = _row(request, erased_at, noted, BEGUN)
    files = before["files_rewritten"] if before else 0
    erasures.record(lake, row | {"files_rewritten": files})
    return noted


def issue(request: Request, erased_at: datetime, found: Found) -> dict[str, Any]:
    """Record the certificate.

    Returns:
        Its row.

    Replay: takes the place of the one that is there.
    """
    lake, name = request.settings.lake, request.operation_id
    before = erasures.certificate(lake, name)
    row = _row(request, erased_at, json.loads(before["rows_erased"]), DONE) | {
        "outcome": NOT_DONE if found.paths else DONE,
        "files_rewritten": before["files_rewritten"],
        "files_scanned": found.files,
        "bytes_scanned": found.bytes,
        "mentions_found": len(found.paths),
        "remains": json.dumps(_remains(request, found)),
        "finished_at": datetime.now(UTC),
    }
    erasures.record(lake, row)
    return row


def rewritten(request: Request, count: int) -> None:
    """Note how many more files were written anew.

    Replay: the caller finds none to write anew.
    """
    lake, name = request.settings.lake, request.operation_id
    row = erasures.certificate(lake, name)
    erasures.record(lake, row | {"files_rewritten": count + row["files_rewritten"]})


def told(row: Mapping[str, Any]) -> str:
    """The certificate as text."""
    removed = json.loads(row["rows_erased"])
    lines = [f"Certificate of erasure {row['operation_id']}: {row['outcome']}."]
    lines += [f"{table}: {count:,} rows removed" for table, count in removed.items()]
    lines += [
        f"Landed files and archives written anew: {row['files_rewritten']:,}.",
        f"Looked through: {row['files_scanned']:,} files, {row['bytes_scanned']:,} bytes; "
        f"{row['mentions_found']:,} name the member.",
    ]
    lines += [f"{place}: {said}" for place, said in json.loads(row["remains"]).items()]
    return "\n".join(lines)


def _row(
    request: Request, erased_at: datetime, rows: Mapping[str, int], outcome: str
) -> dict[str, Any]:
    return {
        "operation_id": request.operation_id,
        "reason": request.values["reason"],
        "operator": request.operator,
        "erased_at": erased_at,
        "outcome": outcome,
        "rows_erased": json.dumps(rows, sort_keys=True),
    }


def _remains(request: Request, found: Found) -> dict[str, Any]:
    remains = {
        "kafka": _of_kafka(request),
        "registration database": _DATABASE,
        "airflow": _AIRFLOW,
        "elsewhere": _ELSEWHERE,
    }
    return remains | ({"not read": found.unread} if found.unread else {})


def _of_kafka(request: Request) -> dict[str, Any] | str:
    """By topic, for how long the broker keeps records, by its own settings."""
    if request.settings.kafka is None:
        return "Not asked: no --kafka-bootstrap-servers was given. Records stay until retention."
    try:
        return kafka.retention(request.settings.kafka)
    except GympulseError as error:
        return f"Not known, since it could not be asked: {error} Records stay until retention."
