"""The suppression list: who was erased, as digests of a secret key; kept without Spark."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from gympulse.io import suppression_keys
from gympulse.io.ops import lock, rows_of
from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.model.tables import REGISTERED_USERS, SUPPRESSIONS
from gympulse.transforms.mentions import DEVICE, PHONE, USER, Mention, micros, whole
from gympulse.transforms.suppression import Stretch, Suppressed, digest, of_line

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Suppression:
    """A stretch of time in which the records of a member, a wearable or a phone are suppressed.

    Attributes:
        mention: What is suppressed.
        begin: From when, inclusive, in microseconds; None for ever.
        end: Until when, exclusive; None until the thing is registered by somebody else.
    """

    mention: Mention
    begin: int | None = None
    end: int | None = None


def make_key(lake: Lake, given: str | None) -> bytes:
    """The key, made and kept in the lake's file where there is none.

    Replay: finds the one that was made.

    Raises:
        BadSettings: There are digests of another key.
    """
    return suppression_keys.made(lake, given, _key_ids(_rows(lake)))


def exist(lake: Lake) -> bool:
    """Whether anybody was ever erased."""
    return bool(_rows(lake))


def erased_at(lake: Lake) -> datetime | None:
    """When the last erasure wrote its list; None where nobody was ever erased."""
    return max((row["erased_at"] for row in _rows(lake)), default=None)


def suppressed(lake: Lake, given: str | None, user_id: str | None = None) -> Suppressed | None:
    """What is suppressed now; None where nobody was ever erased.

    A wearable or phone that its erased owner had to the last is suppressed until somebody else
    registers it, as far as bronze knows, and at least until the erasure.

    Args:
        lake: Where the list is.
        given: The key, where it is not in the lake's file.
        user_id: The one member to ask about; None for all.

    Raises:
        BadSettings: The key is missing, or is not the one of the list.
    """
    rows = _rows(lake)
    if not rows:
        return None
    key = suppression_keys.key_of(lake, given)
    suppression_keys.refuse_others(lake, key, _key_ids(rows))
    if user_id is not None:
        rows = _of_member(rows, key, user_id)
    anew = _registered(lake, key, rows)
    found: dict[tuple[str, str], list[Stretch]] = {}
    for row in rows:
        place, begin = (row["kind"], row["digest"]), _micros(row["suppressed_from"])
        end = _micros(row["suppressed_until"])
        if end is None and row["kind"] != USER:
            after = [at for at in anew.get(place, ()) if begin is None or at > begin]
            end = max(min(after), _micros(row["erased_at"])) if after else None
        found.setdefault(place, []).append((begin, end))
    return Suppressed(key, {place: tuple(of_place) for place, of_place in found.items()})


def of_rows(
    lake: Lake, given: str | None, table: Table
) -> Callable[[Mapping[str, str]], bool] | None:
    """What says of a bronze table's texts by column whether they are suppressed, as ``suppressed``.

    Returns:
        None where nobody was ever erased.
    """
    found = suppressed(lake, given)
    return None if found is None else lambda texts: of_line(texts, table, found)[0]


def operation_of(lake: Lake, operation_id: str) -> datetime | None:
    """When the erasure of that name wrote its list; None where it has not."""
    found = [row["erased_at"] for row in _rows(lake) if row["operation_id"] == operation_id]
    return max(found, default=None)


def add(
    lake: Lake,
    key: bytes,
    suppressions: Iterable[Suppression],
    operation_id: str,
    erased_at: datetime,
) -> None:
    """Put an erasure's stretches on the list, in one commit.

    Replay: the caller has looked whether the operation's are there.
    """
    rows = [
        {
            "kind": each.mention.kind,
            "digest": digest(key, each.mention),
            "suppressed_from": _instant(each.begin),
            "suppressed_until": _instant(each.end),
            "erased_at": erased_at,
            "key_id": suppression_keys.id_of(key),
            "operation_id": operation_id,
        }
        for each in suppressions
    ]
    with lock(lake, SUPPRESSIONS):
        write_deltalake(lake.path(SUPPRESSIONS), rows_of(SUPPRESSIONS, rows), mode="append")


def lift(lake: Lake, key: bytes, user_id: str, at: datetime) -> int:
    """Let a member's later records in again; those before an instant stay suppressed.

    Returns:
        How many stretches ended with it.

    Replay: ends none.
    """
    with lock(lake, SUPPRESSIONS):
        rows = _rows(lake)
        own = _of_member(rows, key, user_id)
        ended = [row for row in own if row["suppressed_until"] is None]
        for row in ended:
            row["suppressed_until"] = at
        if ended:
            write_deltalake(lake.path(SUPPRESSIONS), rows_of(SUPPRESSIONS, rows), mode="overwrite")
    return len(ended)


def _rows(lake: Lake) -> list[dict[str, Any]]:
    path = lake.path(SUPPRESSIONS)
    if not DeltaTable.is_deltatable(path):
        return []
    return DeltaTable(path).to_pyarrow_table().to_pylist()


def _key_ids(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {row["key_id"] for row in rows}


def _of_member(rows: Sequence[dict[str, Any]], key: bytes, user_id: str) -> list[dict[str, Any]]:
    """What a member's erasures have put on the list."""
    own = digest(key, Mention(USER, user_id))
    names = {row["operation_id"] for row in rows if row["digest"] == own}
    return [row for row in rows if row["operation_id"] in names]


def _registered(
    lake: Lake, key: bytes, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], list[int]]:
    """By kind and digest, when things with an open stretch were registered since they were."""
    open_ = {(row["kind"], row["digest"]) for row in rows if row["suppressed_until"] is None}
    if not any(kind != USER for kind, _ in open_):
        return {}
    since = min(row["erased_at"] for row in rows if row["suppressed_until"] is None)
    found: dict[tuple[str, str], list[int]] = {}
    for line in _lines(lake, since).to_pylist():
        at = micros(line["registration_timestamp"])
        named = ((DEVICE, whole(line["device_id"])), (PHONE, (line["mac_address"] or "").lower()))
        for kind, id_ in named:
            place = (kind, digest(key, Mention(kind, id_ or "")))
            if at is not None and place in open_:
                found.setdefault(place, []).append(at)
    return found


def _lines(lake: Lake, since: datetime) -> pa.Table:
    """The lines of registrations that bronze has taken in since an instant."""
    path = lake.path(REGISTERED_USERS)
    if not DeltaTable.is_deltatable(path):
        return pa.table({"device_id": [], "mac_address": [], "registration_timestamp": []})
    return DeltaTable(path).to_pyarrow_table(
        columns=["device_id", "mac_address", "registration_timestamp"],
        filters=[("load_time", ">=", since)],
    )


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else (instant - _EPOCH) // timedelta(microseconds=1)


def _instant(since_1970: int | None) -> datetime | None:
    return None if since_1970 is None else _EPOCH + timedelta(microseconds=since_1970)
