"""The cursor of a landing folder: what it remembers, and that one copy at a time moves it."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from gympulse.errors import CopyHeld
from gympulse.io import landing_cursor
from gympulse.io.landing_cursor import Cursor, alone

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OVERLAP = 10 * MINUTE
LATER = NOON + timedelta(days=1)


def test_it_is_kept_as_it_is(tmp_path):
    cursor = Cursor(NOON, {"a": NOON - MINUTE})

    cursor.write(str(tmp_path))

    assert Cursor.read(str(tmp_path)) == cursor
    assert {path.name for path in tmp_path.iterdir()} == {"_cursor.json"}


@pytest.mark.parametrize("kept", [None, "", "{}", '{"through": "once", "sent": {}}', "[]"])
def test_lost_or_damaged_it_begins_anew(tmp_path, kept):
    """All rows are sent again then, which changes nothing downstream."""
    if kept is not None:
        (tmp_path / "_cursor.json").write_text(kept)

    assert Cursor.read(str(tmp_path)) == Cursor()


@pytest.mark.parametrize(
    ("rows", "now", "expected"),
    [
        pytest.param(
            {"b": 5}, LATER, Cursor(NOON + 5 * MINUTE, {"a": 0, "b": 5}), id="it moves on"
        ),
        pytest.param({"b": -5}, LATER, Cursor(NOON, {"a": 0, "b": -5}), id="never back"),
        pytest.param({"b": 10}, LATER, Cursor(NOON + OVERLAP, {"b": 10}), id="it forgets the old"),
        pytest.param(
            {"b": 60}, NOON + MINUTE, Cursor(NOON + MINUTE, {"a": 0, "b": 60}), id="not past now"
        ),
    ],
)
def test_moving(rows, now, expected):
    def at(minutes):
        return {key: NOON + minute * MINUTE for key, minute in minutes.items()}

    moved = Cursor(NOON, at({"a": 0})).moved(at(rows), now, OVERLAP)

    assert moved == Cursor(expected.through, at(expected.sent))


HOLD = """
import sys, time
from gympulse.io.landing_cursor import alone
with alone(sys.argv[1], "gym_logins"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_copy_at_a_time_and_a_killed_one_holds_nothing(tmp_path, monkeypatch):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    monkeypatch.setattr(landing_cursor, "_PATIENCE_SECONDS", 0.1)

    with (
        pytest.raises(CopyHeld, match="Another process copies gym_logins to"),
        alone(str(tmp_path), "gym_logins"),
    ):
        pass

    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with alone(str(tmp_path), "gym_logins"):
        pass
