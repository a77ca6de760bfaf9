"""The scan finds what is planted, in whatever form: it can fail."""

import base64
import bz2
import gzip
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from gympulse.lake import Lake
from gympulse.operations.erasure_scan import Look, scan
from gympulse.transforms.mentions import DEVICE, PHONE, USER, Mention
from gympulse.transforms.suppression import Suppressed, digest

KEY, MAC, SHARED = b"key", "aa:00:00:00:00:01", "aa:00:00:00:00:02"
MEMBER, OWN, ONCE = 12474, 118440, 7
HANDED_OVER = datetime(2025, 3, 1, 12, tzinfo=UTC)
_END = int(HANDED_OVER.timestamp()) * 1_000_000
STRETCHES = {
    Mention(USER, str(MEMBER)): (None, None),
    Mention(DEVICE, str(OWN)): (None, None),
    Mention(DEVICE, str(ONCE)): (None, _END),
    Mention(PHONE, MAC): (None, None),
    Mention(PHONE, SHARED): (None, _END),
}
LOOK = Look(
    str(MEMBER),
    Suppressed(KEY, {(m.kind, digest(KEY, m)): (found,) for m, found in STRETCHES.items()}),
    ["Quockerwodger"],
)
EVENT = json.dumps({"user_id": MEMBER, "action": "start"}).encode()


def parquet(**columns: list) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


def statistics(**bounds: object) -> bytes:
    return json.dumps({"add": {"path": "x", "stats": json.dumps({"minValues": bounds})}}).encode()


BEFORE, AFTER = HANDED_OVER.replace(hour=11), HANDED_OVER


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(EVENT, id="text"),
        pytest.param(b"a line\nMr Quockerwodger\n", id="a text of the profile"),
        pytest.param(gzip.compress(EVENT), id="gzip"),
        pytest.param(bz2.compress(EVENT), id="bzip2"),
        pytest.param(gzip.compress(base64.b64encode(EVENT)), id="base64 in gzip"),
        pytest.param(b'{"value": "' + base64.b64encode(EVENT) + b'"}', id="base64"),
        pytest.param(statistics(user_id=MEMBER), id="a log's least value"),
        pytest.param(statistics(device_id=OWN), id="of a wearable"),
        pytest.param(statistics(mac_address=MAC), id="of a phone"),
        pytest.param(parquet(user_id=[1, MEMBER]), id="a number in a page"),
        pytest.param(parquet(user_id=["1", "1.2474e4"]), id="a number as text in a page"),
        pytest.param(parquet(value=[None, EVENT.decode()]), id="a payload in a page"),
        pytest.param(parquet(value=[base64.b64encode(EVENT).decode()]), id="in base64"),
        pytest.param(parquet(last_name=["Quockerwodger"]), id="a name in a page"),
        pytest.param(parquet(mac_address=[MAC]), id="a phone in a page"),
        pytest.param(parquet(device_id=[ONCE], time=[BEFORE]), id="a reading while it was theirs"),
        pytest.param(parquet(mac_address=[SHARED], login=[BEFORE]), id="a visit then"),
        pytest.param(parquet(mac_address=[SHARED.upper()], login=["1740000000"]), id="as it came"),
        pytest.param(parquet(mac_address=[SHARED], date=[date(2025, 2, 28)]), id="a day then"),
        pytest.param(
            parquet(value=['{"device_id": 7, "time": 1740000000}']), id="a payload of then"
        ),
        pytest.param(parquet(add=[{"stats": {"minValues": {"user_id": MEMBER}}}]), id="a struct"),
        pytest.param(parquet(tags=[[EVENT.decode()]]), id="a list"),
        pytest.param(gzip.compress(parquet(user_id=[MEMBER])), id="a page in gzip"),
    ],
)
def test_what_is_planted_is_found(tmp_path, content):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "planted").write_bytes(content)
    told = []

    found = scan(Lake(str(tmp_path)), LOOK, told.append)
    assert found.paths == told == [str(tmp_path / "folder" / "planted")]
    assert (found.files, found.bytes) == (1, len(content))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'{"user_id": 12475, "workout_id": 12474}', id="another member"),
        pytest.param(parquet(user_id=[1], workout_id=[MEMBER]), id="another column"),
        pytest.param(
            parquet(user_id=[1], mac_address=[SHARED]), id="a phone that is another's now"
        ),
        pytest.param(parquet(device_id=[ONCE], time=[AFTER]), id="a reading since"),
        pytest.param(parquet(mac_address=[SHARED], date=[date(2025, 3, 1)]), id="a day of both"),
        pytest.param(parquet(mac_address=[SHARED], login=["?"]), id="a visit of nobody knows when"),
        pytest.param(statistics(device_id=ONCE), id="a bound that may be another's"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_anothers_is_not(tmp_path, content):
    (tmp_path / "file").write_bytes(content)

    found = scan(Lake(str(tmp_path)), LOOK, print)
    assert (found.files, found.paths, found.unread) == (1, [], [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("registered_users/a.csv", b"x\n12474,7,aa:00:00:00:00:09,1\n", id="short"),
        pytest.param(
            "registered_users/a.csv",
            b"user_id,device_id,mac_address,registration_timestamp\n12474,1,aa:00:00:00:00:09,1\n",
            id="a registration",
        ),
        pytest.param("kfk-mx/a.json", b'{"topic":"workout","key":"12474","value":null}', id="key"),
    ],
)
def test_landed_lines_are_read_as_lines(tmp_path, name, content):
    """They name nobody by a field."""
    lake = Lake(str(tmp_path))
    path = Path(lake.data_zone, name)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    assert scan(lake, LOOK, print).paths == [str(path)]


def test_logs_checkpoints_and_old_files_of_tables_are_looked_at(tmp_path):
    path = str(tmp_path / "table")
    write_deltalake(path, pa.table({"user_id": [MEMBER], "v": ["x"]}))
    write_deltalake(path, pa.table({"user_id": [1], "v": ["y"]}), mode="overwrite")
    DeltaTable(path).create_checkpoint()

    found = scan(Lake(str(tmp_path)), LOOK, print).paths
    assert [Path(each).suffix for each in found] == [".json", ".parquet"]
    assert found[0].endswith("_delta_log/00000000000000000000.json")


def test_what_cannot_be_read_is_told(tmp_path):
    (tmp_path / "a.zst").write_bytes(b"\x28\xb5\x2f\xfd and so on")
    (tmp_path / "b.gz").write_bytes(b"\x1f\x8b and so on")

    assert len(scan(Lake(str(tmp_path)), LOOK, print).unread) == 2
