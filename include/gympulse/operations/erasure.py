"""Erase one member from the lake, keep them out, and prove it.

What is removed is looked for by digests on the suppression list, which is written first: whatever
an erasure that was killed has left, the next run of the same operation finds again, though the
member's registrations are gone. Every step finds nothing where it was done before.
"""

import logging
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from pyspark.sql import functions as F

from gympulse.errors import NotErased
from gympulse.io import history, ops, restore_points, schema, suppressions
from gympulse.io.delta import Reader
from gympulse.io.locks import loading
from gympulse.io.operations import PLAN, RESULT
from gympulse.lake import Lake
from gympulse.layers import fill_layer
from gympulse.model.silver import PROFILE
from gympulse.model.tables import BRONZE, GOLD, OPS, QUARANTINE, SILVER, USER_PROFILE_EVENTS
from gympulse.operations import certificate, owned_things, record
from gympulse.operations.arguments import Request
from gympulse.operations.erased_files import take_out_of_files
from gympulse.operations.erased_records import (
    quarantined,
    take_out_of_quarantine,
    take_out_of_texts,
)
from gympulse.operations.erased_rows import (
    Erased,
    Member,
    counts,
    raw,
    take_out_of_bronze,
    take_out_of_silver,
)
from gympulse.operations.erasure_scan import Look, scan
from gympulse.operations.options import LIFT
from gympulse.operations.snapshot import writers
from gympulse.operations.staging import remove
from gympulse.session import Session
from gympulse.transforms.suppression import Suppressed, digest

log = logging.getLogger(__name__)

# A shorter text may be anybody's, and stand anywhere.
_LEAST_LENGTH = 6


def erasure(request: Request, session: Session) -> None:
    """Erase a member, or let one who was erased in again.

    The hourly jobs, loads of archives and copies wait until it is done, but not for the scan.

    Raises:
        BadSettings: The key of the suppression list is missing.
        NotErased: The scan still finds the member; the certificate says where.

    Replay: goes on where it stopped.
    """
    began_at, lake = datetime.now(UTC), request.settings.lake
    schema.create(lake, (*BRONZE, *SILVER, *GOLD, *OPS))
    if request.values["mode"] == LIFT:
        _lift(request, began_at)
    elif request.is_dry_run:
        _plan(request, session, began_at)
    else:
        _erase(request, session, began_at)


def _plan(request: Request, session: Session, began_at: datetime) -> None:
    """Tell and record how many rows each table has of the member."""
    lake, user_id = request.settings.lake, request.values["user_id"]
    with writers(request, session, "silver", "gold"):
        _bring_up_to_date(request, session)
    # Digests of a key that nobody else has, for a member who is not on the list yet.
    key = secrets.token_bytes(32)
    found: dict[tuple[str, str], tuple] = {}
    for each in owned_things.suppressions(lake, user_id):
        place = (each.mention.kind, digest(key, each.mention))
        found[place] = (*found.get(place, ()), (each.begin, each.end))
    member, read = Member(user_id, Suppressed(key, found)), _reader(request, session)
    _keep_plan(request, began_at, _counts(member, read, raw(member, read)))


def _erase(request: Request, session: Session, began_at: datetime) -> None:
    lake, name = request.settings.lake, f"{request.job} {request.operation_id}"
    with (
        loading(lake, session.gateway, name),
        writers(request, session, "bronze", "silver", "gold"),
    ):
        _bring_up_to_date(request, session)
        member = _listed(request)
        read = _reader(request, session)
        texts, erased = _own_texts(member, read), raw(member, read)
        erased_at = suppressions.operation_of(lake, request.operation_id)
        rows = certificate.begin(request, erased_at, _counts(member, read, erased))
        if record.is_plan_due(request):
            _keep_plan(request, began_at, rows)
        _take_out(request, session, member, erased)
    found = scan(lake, Look(member.user_id, member.suppressed, texts), _warn)
    row = certificate.issue(request, erased_at, found)
    print(certificate.told(row), flush=True)
    outcome = row["outcome"]
    record.keep(request, RESULT, outcome, began_at, _as_rows(rows))
    if found.paths:
        raise NotErased(request.operation_id, found.paths)


def _bring_up_to_date(request: Request, session: Session) -> None:
    """Refine what bronze has, so that no stream has anything of the member left to read."""
    for layer in ("silver", "gold"):
        fill_layer(layer, request.settings, session)


def _listed(request: Request) -> Member:
    """The member, once they are on the suppression list.

    Replay: an operation's entries are made once.
    """
    settings, user_id = request.settings, request.values["user_id"]
    lake, name = settings.lake, request.operation_id
    key = suppressions.make_key(lake, settings.suppression_key)
    if suppressions.operation_of(lake, name) is None:
        things = owned_things.suppressions(lake, user_id)
        suppressions.add(lake, key, things, name, datetime.now(UTC))
    found = suppressions.suppressed(lake, settings.suppression_key, user_id)
    return Member(user_id, found)


def _take_out(request: Request, session: Session, member: Member, erased: Erased) -> None:
    """Remove the member from the tables and files, step by step."""
    lake = request.settings.lake
    read = _reader(request, session)
    take_out_of_bronze(erased, read)
    take_out_of_silver(member, read)
    _bring_up_to_date(request, session)
    take_out_of_quarantine(member, read)
    take_out_of_texts(member, read)
    certificate.rewritten(request, take_out_of_files(lake, member.suppressed))
    remove(read, lake)
    _forget(lake)


def _forget(lake: Lake) -> None:
    """Keep of every table its newest version alone, and no point to go back to others."""
    restore_points.forget(lake, [])
    for table in (*BRONZE, *SILVER, *GOLD, QUARANTINE):
        history.forget(lake.path(table))
    for table in OPS:
        if table is not QUARANTINE:
            with ops.lock(lake, table):
                history.forget(lake.path(table))


def _lift(request: Request, began_at: datetime) -> None:
    """End the suppression of what the member sends from now on."""
    settings, user_id = request.settings, request.values["user_id"]
    key = suppressions.make_key(settings.lake, settings.suppression_key)
    if not request.is_dry_run:
        count = suppressions.lift(settings.lake, key, user_id, began_at)
        print(f"{count:,} stretches of the suppression list end now.", flush=True)
    phase, outcome = (PLAN, "planned") if request.is_dry_run else (RESULT, "done")
    record.keep(request, phase, outcome, began_at, [])


def _counts(member: Member, read: Reader, erased: Erased) -> dict[str, int]:
    found = counts(member, read, erased)
    entries = quarantined(erased, member, read)
    if count := entries.count():
        found[QUARANTINE.short_name] = count
    return found


def _own_texts(member: Member, read: Reader) -> frozenset[str]:
    """Texts of the member's profiles that nobody else's have, for the scan to look for."""
    names = [name for name in PROFILE if USER_PROFILE_EVENTS.schema[name] == "string"]
    rows = read(USER_PROFILE_EVENTS)
    texts = rows.select("user_id", F.explode(F.array(*names)).alias("text"))
    of_member = F.col("user_id") == int(member.user_id)
    own = texts.where(of_member & (F.length("text") >= _LEAST_LENGTH)).select("text").distinct()
    others = texts.where(~of_member).select("text")
    found = own.join(others, on="text", how="left_anti").collect()
    return frozenset(row["text"] for row in found)


def _keep_plan(request: Request, began_at: datetime, rows: Mapping[str, int]) -> None:
    print(record.told(_as_rows(rows), {"extra": "to remove"}), flush=True)
    record.keep(request, PLAN, "planned", began_at, _as_rows(rows))


def _as_rows(rows: Mapping[str, int]) -> list[dict]:
    return [{"table": table, "extra": count} for table, count in rows.items()]


def _reader(request: Request, session: Session) -> Reader:
    return Reader(session(), request.settings.lake, request.settings.rules.time_zone)


def _warn(path: str) -> None:
    log.warning("%s still names the member.", path)
