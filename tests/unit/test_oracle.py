"""The oracle's silver tables against cases worked out by hand from the design."""

from datetime import date

import pytest

from oracle.expected import expect, source_id_of
from oracle.sending import at, change, flat, landed, readings, sent, workouts

T = 1_709_226_000
M1, M2 = "aa:00:00:00:00:01", "bb:00:00:00:00:02"


def table(name, records=(), files=()):
    return expect(records, files).tables[f"silver_db.{name}"]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        pytest.param([f"1,7,{M1},{T}", f"1,7,{M2},{T + 1}"], (1, 7, M2, at(T + 1)), id="latest"),
        pytest.param([f"1,7,{M2},{T}", f"1,7,{M1},{T}"], (1, 7, M2, at(T)), id="greater MAC"),
        pytest.param([f"1,7,{M1},{T}", f"1,7,{M1},{T}.0"], (1, 7, M1, at(T)), id="repeat"),
    ],
)
def test_users(lines, kept):
    assert table("users", files=landed("registered_users", *lines)) == {kept}


@pytest.mark.parametrize(
    ("logouts", "kept"),
    [
        ([""], None),
        (["", str(T + 60)], at(T + 60)),
        ([str(T + 60), "", str(T + 30)], at(T + 60)),
        ([str(T)], at(T)),
    ],
)
def test_a_row_cannot_shorten_a_visit(logouts, kept):
    lines = [f"{M1},1,{T},{logout}" for logout in logouts]
    assert table("gym_logs", files=landed("gym_logins", *lines)) == {(M1, 1, at(T), kept)}


def test_the_highest_of_disagreeing_readings_is_kept():
    found = table("heart_rate", readings((7, T, 60), (7, T, 61.5), (8, T, 70)))
    day = date(2024, 2, 29)
    assert found == {(7, at(T), 61.5, day), (8, at(T), 70.0, day)}


@pytest.mark.parametrize(
    ("told", "completed", "set_aside"),
    [
        pytest.param([("start", 0), ("stop", 60)], [(0, 60)], [], id="the least length"),
        pytest.param([("start", 0), ("stop", 59.999999)], [], [0], id="a hair too short"),
        pytest.param([("start", 0), ("stop", 43200)], [(0, 43200)], [], id="the most"),
        pytest.param([("start", 0), ("stop", 43200.000001)], [], [0], id="a hair too long"),
        pytest.param([("start", 0), ("stop", 0)], [], [], id="a stop at the start is not after it"),
        pytest.param(
            [("start", 0), ("start", 10), ("stop", 100)], [(10, 100)], [], id="a start between"
        ),
        pytest.param(
            [("start", 0), ("stop", 100), ("start", 100), ("stop", 200)],
            [(0, 100), (100, 200)],
            [],
            id="back to back",
        ),
        pytest.param(
            [("start", 0), ("stop", 100), ("stop", 200)], [(0, 100)], [], id="the next stop"
        ),
        pytest.param([("stop", 100)], [], [], id="no start"),
    ],
)
def test_sessions(told, completed, set_aside):
    found = expect(workouts(*((1, 2, 3, action, T + after) for action, after in told)), [])
    rows = {(1, 2, 3, at(T + start), at(T + end)) for start, end in completed}
    assert found.tables["silver_db.completed_workouts"] == rows
    ids = {("completed_workouts", source_id_of((1, 2, 3, at(T + start)))) for start in set_aside}
    assert found.quarantined == ids


def test_sessions_of_others_do_not_mix():
    told = [(1, 1, 1, "start"), (2, 1, 1, "stop"), (1, 2, 1, "stop"), (1, 1, 2, "stop")]
    events = workouts(*((*event, T + 100 * n) for n, event in enumerate(told)))
    assert not table("completed_workouts", events)


SESSION = workouts((1, 2, 3, "start", T), (1, 2, 3, "stop", T + 600))


@pytest.mark.parametrize(
    ("after", "kept"), [(0, 0), (0.000001, 1), (600, 1), (600.000001, 0), (-1, 0)]
)
def test_readings_after_the_start_through_the_end(after, kept):
    files = landed("registered_users", f"1,7,{M1},{T}")
    found = table("workout_bpm", SESSION + readings((7, T + after, 60)), files)
    row = (1, 2, 3, at(T), 7, at(T + after), at(T + 600), 60.0)
    assert found == ({row} if kept else set())


@pytest.mark.parametrize(
    ("registered", "times"),
    [
        pytest.param([(1, T - 9)], [1, 100], id="an owner since before"),
        pytest.param([(1, T + 999)], [1, 100], id="before the first, it is the first one's"),
        pytest.param([(1, T), (5, T + 100)], [1], id="it changes hands at once"),
        pytest.param([(1, T), (5, T + 100.000001)], [1, 100], id="and not before"),
        pytest.param([(1, T), (5, T)], [], id="the greater user"),
        pytest.param([(1, T), (0, T)], [1, 100], id="not the lesser one"),
        pytest.param([(1, T), (5, T + 50), (1, T + 60)], [1, 100], id="and comes back"),
        pytest.param([], [], id="nobody's"),
    ],
)
def test_ownership(registered, times):
    lines = [f"{user},7,{M1},{since:.6f}" for user, since in registered]
    sent_readings = readings((7, T + 1, 60), (7, T + 100, 60))
    found = table("workout_bpm", SESSION + sent_readings, landed("registered_users", *lines))
    assert sorted(row[5] for row in found) == [at(T + after) for after in times]


def profile(*events):
    """Return (sex, valid_from, valid_to) of user 1's history."""
    rows = table("user_profile_history", sent("user_info", *events))
    return sorted((row[1], row[2], row[5]) for row in rows)


A, B = {"user_id": 1, "sex": "A"}, {"user_id": 1, "sex": "B"}


@pytest.mark.parametrize(
    ("events", "winner"),
    [
        pytest.param([flat(1, "update", T, sex="A"), flat(1, "append", T, sex="B")], "A"),
        pytest.param([flat(1, "append", T, sex="A"), flat(1, "new", T, sex="B")], "A"),
        pytest.param([flat(1, "delete", T, sex="A"), flat(1, "update", T, sex="B")], None),
        pytest.param([flat(1, "new", T, sex="A"), flat(1, "new", T, sex="B")], "B"),
        pytest.param([flat(1, "new", T, sex="A"), flat(1, "new", T)], "A", id="nulls lowest"),
        pytest.param([change("d", T, {"lsn": 9}, **A), change("c", T, {"lsn": 10}, **B)], "B"),
        pytest.param([change("d", T, **A), change("c", T, {"lsn": 0}, **B)], "B"),
        pytest.param([change("d", T, {"lsn": 10}, **A), change("c", T, {"lsn": 10}, **B)], None),
        pytest.param(
            [
                change("d", T, {"commit_lsn": "01:9", "change_lsn": "01:1"}, **A),
                change("u", T, {"commit_lsn": "01:9", "change_lsn": "01:2"}, **B),
                flat(1, "append", T, sex="C"),
            ],
            "B",
            id="flat ones stand against the last change only",
        ),
        pytest.param([change("r", T, **A), flat(1, "append", T, sex="C")], "C"),
        pytest.param([flat(1, "delete", T), flat(1, "new", T + 0.000001, sex="A")], "A"),
    ],
)
def test_which_event_wins(events, winner):
    rows = table("user_profile", sent("user_info", *events))
    assert [row[2] for row in rows] == ([winner] if winner else [])


def test_stretches_are_unbroken():
    told = [("new", 0, "A"), ("update", 1, "A"), ("update", 2, "B"), ("delete", 3, "B")]
    told += [("delete", 4, "B"), ("append", 5, "B"), ("new", 6, "B")]
    events = [flat(1, action, T + n, sex=sex) for action, n, sex in told]
    assert profile(*events) == [
        (at(T), at(T + 2), "A"),
        (at(T + 2), at(T + 3), "B"),
        (at(T + 5), None, "B"),
    ]
    rows = table("user_profile", sent("user_info", *events))
    assert rows == {(1, None, "B", *(None,) * 7, at(T + 5))}


@pytest.mark.parametrize(
    ("event", "row"),
    [
        (flat(1, "append", T, sex="A"), (None, "append", "A")),
        (change("r", T, **A), ("", "new", "A")),
        (change("u", T, {"lsn": "24.0"}, **A), ("24", "update", "A")),
        (change("d", T, {"commit_lsn": "01:9"}, **A), ("01:9", "delete", "A")),
        (change("c", T, {"commit_lsn": "1", "change_lsn": "2"}, **A), ("1/2", "new", "A")),
        ({"schema": {}, "payload": change("c", T, **A)}, ("", "new", "A")),
        ({"payload": flat(1, "new", T)}, None),
        (change("t", T, **A), None),
        (change("m", T, **A), None),
        (change("c", T, {"lsn": True}, **A), None),
        (change("c", T, {"ts_ms": T}, **A), None),
        (change("c", T, sex="A"), None),
        (flat(1, "replace", T), None),
        (flat(1, "new", T, sex=1), None),
        (flat(1, "new", T, address="here"), None),
        (flat(1, "new", T, address={"city": 1}), None),
        (flat(1, "new", T, address=None), (None, "new", None)),
    ],
)
def test_profile_events(event, row):
    found = table("user_profile_events", sent("user_info", event))
    assert [(*r[2:4], r[5]) for r in found] == ([row] if row else [])
    assert all(r[:2] == (1, at(T)) for r in found)
