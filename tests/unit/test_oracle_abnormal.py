"""The oracle's abnormal heart rates against cases worked out by hand from their definition."""

from datetime import UTC, date, datetime

import pytest

from oracle.expected import expect
from oracle.records import SECOND, Rules
from oracle.sending import at, flat, landed, readings, sent, workouts

T = int(datetime(2024, 2, 29, 17, tzinfo=UTC).timestamp())
DAY = date(2024, 2, 29)
MINE = landed("registered_users", *(f"1,{device},aa:00:00:00:00:01,{T}" for device in (7, 8)))
SESSION = workouts((1, 2, 3, "start", T), (1, 2, 3, "stop", T + 600))
# 20 on the day, so that 200 is the most to be expected.
BORN = "02/28/2004"


def abnormal(*told, dob=BORN, rules=None):
    """The row but for its session, of readings (seconds, rate) of one wearable, or of device."""
    sent_ = [(device[0] if device else 7, T + second, rate) for second, rate, *device in told]
    event = sent("user_info", flat(1, "new", T - 1, dob=dob))
    found = expect(SESSION + readings(*sent_) + event, MINE, rules)
    rows = found.tables["gold_db.abnormal_heart_rates"]
    assert {row[:6] for row in rows} <= {(1, 2, 3, at(T), at(T + 600), DAY)}
    return [row[6:] for row in rows]


def run(seconds, rate, step=10):
    """Readings that last so long."""
    return [(second, rate) for second in range(1, seconds + 2, step)]


@pytest.mark.parametrize(
    ("told", "measured"),
    [
        pytest.param(run(120, 201), (120.0, 0.0, 0, 2.0), id="above the maximum"),
        pytest.param(run(120, 200), None, id="at the maximum"),
        pytest.param(run(60, 201), None, id="no longer than a minute"),
        pytest.param(run(61, 201, step=1), (61.0, 0.0, 0, 61 / 60), id="a second longer"),
        pytest.param(run(120, 59.5), (0.0, 120.0, 0, 2.0), id="at rest"),
        pytest.param(run(120, 60), None, id="at the bound of rest"),
        pytest.param(run(180, 59, step=60), (0.0, 180.0, 0, 3.0), id="a minute's silences"),
        pytest.param(run(183, 59, step=61), None, id="longer silences"),
        pytest.param([*run(50, 59), (55, 61), (60, 59), (115, 59)], None, id="two short ones"),
        pytest.param([(1, 100), (11, 141)], (0.0, 0.0, 1, 1.0), id="a jump"),
        pytest.param([(1, 141), (11, 100)], (0.0, 0.0, 1, 1.0), id="a jump down"),
        pytest.param([(1, 100), (11, 140)], None, id="a change by 40"),
        pytest.param([(1, 100), (12, 141)], None, id="a change after longer"),
        pytest.param([(1, 100, 7), (2, 141, 8)], None, id="of two wearables"),
        pytest.param(
            [*run(120, 210), *((s, rate, 8) for s, rate in run(120, 220))],
            (240.0, 0.0, 0, 80.0),
            id="two wearables add up",
        ),
    ],
)
def test_abnormal_heart_rates(told, measured):
    rates = [float(rate) for _, rate, *_ in told]
    counted = (20, 200.0, len(rates), min(rates), max(rates))
    assert abnormal(*told) == ([(*counted, *measured)] if measured else [])


def test_without_an_age_nothing_is_too_high():
    assert abnormal(*run(120, 250), dob=None) == []
    assert abnormal(*run(120, 250), dob="03/01/2024") == []
    assert abnormal(*run(120, 50), dob=None) == [(None, None, 13, 50, 50, 0.0, 120.0, 0, 2.0)]


def test_bounds_are_the_rules():
    lax = Rules(resting_heartrate=50.0, max_jump=50.0, max_silence=9 * SECOND)
    assert abnormal(*run(120, 55), rules=lax) == []
    assert abnormal(*run(120, 201), rules=lax) == []
    assert abnormal((1, 100), (2, 150), rules=lax) == []
    assert [row[7] for row in abnormal((1, 100), (2, 151), rules=lax)] == [1]
