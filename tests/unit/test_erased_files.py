"""Lines of an erased member are left blank, in their place; all others stay to the byte."""

import bz2
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gympulse.io.landing_cursor import Cursor, digest
from gympulse.lake import Lake
from gympulse.operations.erased_files import take_out_of_files
from gympulse.transforms import suppression
from gympulse.transforms.mentions import DEVICE, PHONE, USER, Mention

KEY, MAC = b"key", "aa:00:00:00:00:01"
_OWN = (Mention(USER, "12474"), Mention(DEVICE, "7"), Mention(PHONE, MAC))
WHO = suppression.Suppressed(
    KEY, {(each.kind, suppression.digest(KEY, each)): ((None, None),) for each in _OWN}
)
USERS = "user_id,device_id,mac_address,registration_timestamp"
LOGINS = "mac_address,gym,login,logout"
OWN = "12474,7,aa:00:00:00:00:01,1678451529"
OTHER = "5,8,aa:00:00:00:00:05,1678451529"


def left(tmp_path: Path, name: str, content: bytes) -> bytes:
    """What is left of a file below the data zone; it is written anew where that differs."""
    lake = Lake(str(tmp_path))
    path = Path(lake.data_zone, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    count = take_out_of_files(lake, WHO)
    found = path.read_bytes()
    assert count == (found != content)
    assert take_out_of_files(lake, WHO) == 0
    return found


@pytest.mark.parametrize(
    ("name", "lines", "kept"),
    [
        pytest.param("registered_users/a.csv", (USERS, OWN, OTHER), (USERS, "", OTHER), id="a row"),
        pytest.param(
            "registered_users/a.csv", (USERS, OTHER, ""), (USERS, OTHER, ""), id="another's alone"
        ),
        pytest.param("registered_users/.part", (USERS, OWN), (USERS, ""), id="not yet a file"),
        pytest.param(
            "registered_users/a.csv", (USERS, "12474,7", OTHER), (USERS, "", OTHER), id="too short"
        ),
        pytest.param(
            "registered_users/a.csv", (OWN, OTHER), ("erased", OTHER), id="in the header's place"
        ),
        pytest.param(
            "gym_logins/a.csv",
            (f"gym,{LOGINS}", f"1,{MAC.upper()},1,1678451529,", "1,x,1,1,\r"),
            (f"gym,{LOGINS}", "", "1,x,1,1,\r"),
            id="a visit",
        ),
        pytest.param("elsewhere/a.csv", (USERS, OWN), (USERS, ""), id="in a folder of its own"),
    ],
)
def test_landed_lines_are_left_blank(tmp_path, name, lines, kept):
    assert left(tmp_path, name, "\n".join(lines).encode()) == "\n".join(kept).encode()


def archived(topic: str, value: object, key: str | None = None) -> bytes:
    return json.dumps({"key": key, "value": value, "topic": topic, "offset": 1}).encode()


NESTED, TEXT = {"user_id": 12474}, json.dumps({"device_id": 7, "time": 1})
ANOTHERS = archived("workout", {"user_id": 5})


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        pytest.param(archived("workout", NESTED), b"", id="nested"),
        pytest.param(archived("bpm", TEXT), b"", id="as text"),
        pytest.param(archived("workout", None, "12474"), b"", id="by its key"),
        pytest.param(archived("clicks", NESTED), b"", id="of an unknown topic"),
        pytest.param(b'{"user_id": 12474', b"", id="no record"),
        pytest.param(
            archived("workout", {"user_id": 5}, "12474"), ANOTHERS, id="the key of another's"
        ),
        pytest.param(ANOTHERS, ANOTHERS, id="another's"),
    ],
)
def test_lines_of_archives_are_left_blank(tmp_path, line, kept):
    around = (b"", ANOTHERS, b"no json\r")
    content, expected = b"\n".join((line, *around)), b"\n".join((kept, *around))

    assert left(tmp_path, "kfk-mx/deep/a.json", content) == expected


@pytest.mark.parametrize(
    ("end", "pack", "unpack"),
    [("gz", gzip.compress, gzip.decompress), ("bz2", bz2.compress, bz2.decompress)],
)
def test_packed_archives_stay_packed(tmp_path, end, pack, unpack):
    content = pack(b"\n".join((ANOTHERS, archived("workout", NESTED))))

    assert unpack(left(tmp_path, f"kfk-mx/a.json.{end}", content)) == ANOTHERS + b"\n"


def test_what_is_no_archive_whatever_its_name_stays(tmp_path):
    assert left(tmp_path, "kfk-mx/a.json.gz", b"no gzip") == b"no gzip"


def test_a_sum_of_the_old_bytes_goes(tmp_path):
    folder = Path(Lake(str(tmp_path)).archives)
    folder.mkdir(parents=True)
    (folder / ".a.json.crc").write_bytes(b"sum")
    left(tmp_path, "kfk-mx/a.json", archived("workout", NESTED))

    assert not (folder / ".a.json.crc").exists()


def test_the_cursor_forgets_what_was_sent_of_the_member(tmp_path):
    at = datetime(2025, 3, 1, tzinfo=UTC)
    folder = Path(Lake(str(tmp_path)).landing("registered_users"))
    folder.mkdir(parents=True)
    own, other = (digest(f"{line}\n".encode()) for line in (OWN, OTHER))
    Cursor(at, {own: at, other: at}).write(str(folder))
    left(tmp_path, "registered_users/a.csv", f"{USERS}\n{OWN}\n{OTHER}\n".encode())

    assert Cursor.read(str(folder)) == Cursor(at, {other: at})
