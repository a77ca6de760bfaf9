"""What becomes of members' profiles: rows that the app writes to the registration database.

A record's values are the user, the instant of the change (epoch seconds), its type, and the
profile's columns, null where it is deleted.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from psycopg2.extras import execute_values

from gympulse.local.simulator.people import Address, ProfileEvent
from gympulse.model.silver import PROFILE
from gympulse.model.tables import USER_PROFILE

PROFILES, USER_INFO = USER_PROFILE.short_name, "user_info"
DELETE = "delete"

# Target, no key, and the row.
Row = tuple[int, int, str, *tuple[object, ...]]
ProfileRecord = tuple[str, None, Row]

_APPLIED = """CREATE TABLE IF NOT EXISTS simulator_profiles (
    user_id bigint PRIMARY KEY,
    changed bigint NOT NULL
)"""
_COLUMNS = ", ".join(PROFILE)
# What is not later than what was applied was applied, or came to nothing since.
_LATER = f"""WITH told (user_id, changed, {_COLUMNS}) AS (VALUES %s), later AS (
    INSERT INTO simulator_profiles SELECT user_id, changed FROM told
    ON CONFLICT (user_id) DO UPDATE SET changed = EXCLUDED.changed
        WHERE simulator_profiles.changed < EXCLUDED.changed
    RETURNING user_id)"""
_UPSERT = f"""{_LATER}
INSERT INTO user_profile (user_id, {_COLUMNS})
SELECT user_id, dob::date, {", ".join(PROFILE[1:])} FROM told JOIN later USING (user_id)
ON CONFLICT (user_id) DO UPDATE
SET ({_COLUMNS}) = ROW({", ".join(f"EXCLUDED.{name}" for name in PROFILE)})"""
_DELETE = f"""{_LATER}
DELETE FROM user_profile USING later WHERE user_profile.user_id = later.user_id"""


def profile_record(user_id: int, event: ProfileEvent) -> ProfileRecord:
    """Say what became of a profile."""
    columns = event.profile.columns() if event.profile else [None] * len(PROFILE)
    return PROFILES, None, (user_id, event.time, event.update_type, *columns)


def flattened(records: Iterable[tuple]) -> list[tuple]:
    """Profiles as flat events of topic ``user_info``, for where there is no database."""
    return [_flat(record) if record[0] == PROFILES else record for record in records]


def _flat(record: ProfileRecord) -> tuple[str, bytes, bytes]:
    user_id, time, update_type, *columns = record[2]
    fields = {"user_id": user_id, "update_type": update_type, "timestamp": time}
    if update_type != DELETE:
        told = dict(zip(PROFILE, columns, strict=True))
        address = {name: told.pop(name) for name in Address.__dataclass_fields__}
        fields |= told | {"dob": f"{told['dob']:%m/%d/%Y}", "address": address}
    return USER_INFO, b"%d" % user_id, json.dumps(fields, ensure_ascii=False).encode()


class ProfileSink:
    """The table of profiles, with what was applied to it for each member."""

    def __init__(self, connection) -> None:
        self._connection = connection
        with connection, connection.cursor() as cursor:
            cursor.execute(_APPLIED)

    def write(self, records: Iterable[ProfileRecord]) -> None:
        """Insert, update and delete rows, each member's in order; the caller commits.

        Replay: what was applied, or is earlier than that, is passed over.
        """
        for rows in _rounds(row for _, _, row in records):
            for is_delete, statement in ((False, _UPSERT), (True, _DELETE)):
                chosen = [
                    (user_id, changed, *columns)
                    for user_id, changed, update_type, *columns in rows
                    if (update_type == DELETE) is is_delete
                ]
                with self._connection.cursor() as cursor:
                    execute_values(cursor, statement, chosen, page_size=1000)


def _rounds(rows: Iterable[Row]) -> Iterable[Sequence[Row]]:
    """Part rows so that no user has two in one round: a statement may change a row once."""
    by_user = defaultdict(list)
    for row in rows:
        by_user[row[0]].append(row)
    return (list(filter(None, round_)) for round_ in zip_longest(*by_user.values()))
