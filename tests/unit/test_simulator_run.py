"""What the gym simulator does with time: history, then live, with neither broker nor database."""

from collections import Counter

import pytest

from gympulse.errors import BadSettings
from gympulse.local.simulator.__main__ import _range
from gympulse.local.simulator.faults import Shares
from gympulse.local.simulator.flow import Plan, Simulation
from gympulse.local.simulator.run import Clock, go_live, write_history
from gympulse.local.simulator.sinks import _one_per_key

T0 = 1_763_337_600 + 17 * 3600
CUT, END = T0 + 2 * 3600, T0 + 3 * 3600
TRUE = Plan(seed=3, members=20, gyms=3)
FAULTY = Plan(seed=3, members=20, gyms=3, shares=Shares(0.1, 0.1, 0.1, 0.1, 0.1))


class Memory:
    """Keeps what it is given, with the instant at which it is given."""

    def __init__(self, clock):
        self.clock, self.written, self.marks = clock, [], {}

    def write(self, records):
        self.written += [(self.clock.at, record) for record in records]

    def settle(self, plan, history_end, sent_through):
        self.marks[plan] = (history_end, sent_through)

    def progress(self, plan):
        return self.marks.get(plan)

    def records(self):
        return Counter(record for _, record in self.written)


class Hands:
    """A clock's hands, which only sleep moves."""

    def __init__(self, at):
        self.at = at

    def sleep(self, seconds):
        self.at += max(seconds, 0.001)


def nothing(instant, records):
    """Show no progress."""


def lived(plan, *, begun, stops):
    """Write history up to ``CUT``, then live from ``begun`` on, stopped and started again."""
    hands = Hands(begun)
    memory = Memory(hands)
    write_history(Simulation(plan), memory, T0, CUT, nothing)
    for stop in stops:
        go_live(Simulation(plan), memory, nothing, Clock(lambda: hands.at, hands.sleep), stop)
    return memory


def history(plan):
    memory = Memory(Hands(0))
    write_history(Simulation(plan), memory, T0, END, nothing)
    return memory.records()


@pytest.mark.parametrize(
    ("begun", "stops"),
    [
        pytest.param(CUT, [END], id="at once"),
        pytest.param(CUT + 1000, [END], id="after a pause, which is caught up"),
        pytest.param(CUT, [CUT + 600, CUT + 1800, END], id="with restarts"),
    ],
)
def test_live_goes_on_where_history_ended(begun, stops):
    """History and live give together what a longer history gives."""
    assert lived(TRUE, begun=begun, stops=stops).records() == history(TRUE)


def test_live_sends_late_records_when_they_arrive():
    """Live sends, restarts or not, what has arrived so far; the rest is still to come."""
    once = lived(FAULTY, begun=CUT, stops=[END]).records()
    restarted = lived(FAULTY, begun=CUT + 90, stops=[CUT + 600, END]).records()

    assert once == restarted
    assert once < history(FAULTY)


def test_live_sends_nothing_before_its_time():
    """A reading is sent within two seconds of being taken."""
    memory = lived(TRUE, begun=CUT, stops=[CUT + 900])
    instants = {value: at for at, (target, _, value) in memory.written if target == "bpm"}
    simulation = Simulation(TRUE)
    batch = simulation.between(CUT, CUT + 900)
    delays = [
        instants[value] - arrival
        for arrival, (target, _, value) in zip(batch.arrival, batch.records, strict=True)
        if target == "bpm"
    ]

    assert len(delays) > 100
    assert min(delays) > 0
    assert max(delays) < 2


def test_live_without_history_begins_now_with_its_members_known():
    """A plan that was never run sends its members' registrations and profiles first."""
    hands = Hands(CUT)
    memory = Memory(hands)
    go_live(Simulation(TRUE), memory, nothing, Clock(lambda: hands.at, hands.sleep), CUT + 60)

    opening = Simulation(TRUE).opening(CUT)
    assert [record for _, record in memory.written[: len(opening)]] == opening
    assert memory.marks == {TRUE.name: (CUT, CUT + 60)}


def test_one_statement_gets_one_row_per_visit():
    """Of a visit's rows the last that closes it stays, wherever the open one stands."""
    visit = ("02:00:00:00:00:01", 1, 10)
    rows = [(*visit, 50), (*visit, None), (*visit, 40), ("02:00:00:00:00:02", 1, 10, None)]

    assert _one_per_key("gym_logins", rows) == [rows[2], rows[3]]


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        pytest.param("", "", (T0 - 2 * 86_400, T0), id="two days up to now"),
        pytest.param("2025-11-17", "2025-11-17T01:00:00Z", (1763337600, 1763341200), id="told"),
        pytest.param("2025-11-17T01:00:00+01:00", "", (1763337600, T0), id="another offset"),
    ],
)
def test_range(begin, end, expected):
    """Instants are UTC unless they say otherwise."""
    assert _range(begin, end, T0) == expected


@pytest.mark.parametrize(
    ("begin", "end", "problems"),
    [
        pytest.param("x", "y", 2, id="both unreadable"),
        pytest.param("2025-11-17", "2025-11-17", 1, id="empty"),
        pytest.param("2018-12-31", "2025-11-17", 1, id="before the chain opened"),
    ],
)
def test_unusable_range(begin, end, problems):
    """All problems are said at once."""
    with pytest.raises(BadSettings) as caught:
        _range(begin, end, T0)

    assert len(caught.value.problems) == problems
