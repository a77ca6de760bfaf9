"""What is suppressed with a member: the wearables and phones that were theirs, and when."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pyarrow.compute as pc
from deltalake import DeltaTable

from gympulse.io.suppressions import Suppression
from gympulse.lake import Lake
from gympulse.model.tables import REGISTRATIONS
from gympulse.transforms.mentions import DEVICE, PHONE, USER, Mention
from gympulse.transforms.suppression import Stretch

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {"device_id": DEVICE, "mac_address": PHONE}
# Who registered a thing, and when, in microseconds since 1970.
Registration = tuple[int, int]


def suppressions(lake: Lake, user_id: str) -> list[Suppression]:
    """The member, and all that the member ever owned, by ``silver_db.registrations``."""
    found = [Suppression(Mention(USER, user_id))]
    table = DeltaTable(lake.path(REGISTRATIONS)).to_pyarrow_table()
    own = table.filter(pc.equal(table["user_id"], int(user_id)))
    for column, kind in _KINDS.items():
        of_things: dict[str, list[Registration]] = defaultdict(list)
        rows = table.filter(pc.is_in(table[column], pc.unique(own[column])))
        for row in rows.to_pylist():
            since = (row["registration_timestamp"] - _EPOCH) // timedelta(microseconds=1)
            of_things[str(row[column])].append((row["user_id"], since))
        for id_, registrations in of_things.items():
            stretches = owned(registrations, int(user_id))
            found += [Suppression(Mention(kind, id_), *stretch) for stretch in stretches]
    return found


def owned(registrations: Iterable[Registration], user_id: int) -> Iterator[Stretch]:
    """When a thing was a member's; stretches that follow one another are one.

    >>> list(owned([(1, 10), (2, 20), (1, 30), (1, 40)], 1))
    [(None, 20), (30, None)]
    """
    owners: dict[int, int] = {}
    for user, since in registrations:
        owners[since] = max(user, owners.get(since, user))
    begin, owner, is_first = None, None, True
    for since in sorted(owners):
        if owners[since] != owner:
            if owner == user_id:
                yield begin, since
            begin, owner = (None if is_first else since), owners[since]
        is_first = False
    if owner == user_id:
        yield begin, None
