"""The suppression list holds no id, needs its key, and follows registrations and lifts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake import write_deltalake

from gympulse.errors import BadSettings
from gympulse.io import schema, suppressions
from gympulse.io.ops import rows_of
from gympulse.io.suppressions import Suppression
from gympulse.lake import Lake
from gympulse.model.tables import OPS, REGISTERED_USERS, SUPPRESSIONS
from gympulse.transforms.mentions import DEVICE, PHONE, USER, Mention

KEY = b"a key of more than thirty-two bytes"
MAC = "aa:00:00:00:00:01"
SECOND = 1_000_000


@pytest.fixture
def lake(tmp_path) -> Lake:
    lake = Lake(str(tmp_path))
    schema.create(lake, (REGISTERED_USERS, *OPS))
    return lake


ERASED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def listed(lake: Lake, *found: Suppression, name: str = "one") -> None:
    suppressions.add(lake, suppressions.make_key(lake, None), found, name, ERASED_AT)


def test_nothing_is_suppressed_where_nobody_was_erased(lake):
    assert suppressions.suppressed(lake, None) is None
    assert not suppressions.exist(lake)
    assert suppressions.suppressed(Lake(f"{lake.root}/none"), None) is None


def test_the_list_holds_no_id(lake):
    listed(lake, Suppression(Mention(USER, "918273645546")), Suppression(Mention(PHONE, MAC)))

    content = b"".join(
        path.read_bytes() for path in Path(lake.path(SUPPRESSIONS)).rglob("*") if path.is_file()
    )
    assert b"918273645546" not in content
    assert MAC.encode() not in content
    assert suppressions.suppressed(lake, None).of(Mention(USER, "918273645546")) == ((None, None),)


def test_the_key_is_its_owners_alone(lake):
    listed(lake, Suppression(Mention(USER, "1")))

    assert Path(lake.catalog, "suppression.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", [None, "x" * 32], ids=["lost", "another"])
def test_without_its_key_nothing_is_read(lake, given):
    suppressions.add(lake, KEY, [Suppression(Mention(USER, "1"))], "one", ERASED_AT)

    with pytest.raises(BadSettings, match="key of the suppression list"):
        suppressions.suppressed(lake, given)


def test_no_key_takes_anothers_place(lake):
    """Digests of two keys could not be held against the same record."""
    listed(lake, Suppression(Mention(USER, "1")))

    with pytest.raises(BadSettings, match="is another than"):
        suppressions.make_key(lake, "x" * 32)


def test_a_short_key_is_refused(lake):
    with pytest.raises(BadSettings, match="at least 32"):
        suppressions.make_key(lake, "short")


def registered(lake: Lake, device: str, at: float) -> None:
    row = {
        **dict.fromkeys(REGISTERED_USERS.columns),
        "user_id": "5",
        "device_id": device,
        "registration_timestamp": str(at),
        "load_time": datetime(2026, 2, 1, tzinfo=UTC),
    }
    write_deltalake(lake.path(REGISTERED_USERS), rows_of(REGISTERED_USERS, [row]), mode="append")


def test_a_wearable_is_anothers_once_it_is_registered_anew(lake):
    """From then on, but not before the erasure."""
    device, other = Mention(DEVICE, "7"), Mention(DEVICE, "8")
    listed(lake, Suppression(device, 10, None), Suppression(other, None, None))
    assert suppressions.suppressed(lake, None).of(device) == ((10, None),)

    erased_at, later = ERASED_AT.timestamp(), ERASED_AT.timestamp() + 60
    registered(lake, "7", later)
    registered(lake, "8", erased_at - 60)
    found = suppressions.suppressed(lake, None)
    assert found.of(device) == ((10, int(later) * SECOND),)
    assert found.of(other) == ((None, int(erased_at) * SECOND),)


def test_a_lift_lets_later_records_in(lake):
    member, device = Mention(USER, "1"), Mention(DEVICE, "7")
    listed(lake, Suppression(member), Suppression(device, 10, 20), Suppression(device, 30, None))
    listed(lake, Suppression(Mention(USER, "2")), name="two")
    key, at = suppressions.make_key(lake, None), datetime(2026, 3, 1, tzinfo=UTC)

    assert suppressions.lift(lake, key, "1", at) == 2
    assert suppressions.lift(lake, key, "1", at) == 0
    found, end = suppressions.suppressed(lake, None), int(at.timestamp()) * SECOND
    assert found.of(member) == ((None, end),)
    assert sorted(found.of(device)) == [(10, 20), (30, end)]
    assert found.of(Mention(USER, "2")) == ((None, None),)


def test_one_members_part_can_be_asked_for(lake):
    listed(lake, Suppression(Mention(USER, "1")), Suppression(Mention(DEVICE, "7")))
    listed(lake, Suppression(Mention(USER, "2")), name="two")

    found = suppressions.suppressed(lake, None, "1")
    assert found.of(Mention(DEVICE, "7")) == ((None, None),)
    assert found.of(Mention(USER, "2")) == ()
    assert suppressions.operation_of(lake, "one") == ERASED_AT
    assert suppressions.operation_of(lake, "three") is None
