"""What the simulator does: history at full speed, then life in real time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gympulse.local.simulator.flow import Batch, Simulation
from gympulse.local.simulator.sinks import Sinks

# Some hundred thousand records of a thousand members, held in memory at once.
HISTORY_WINDOW_SECONDS = 3600
# What a live simulation that was killed sends again at most.
LIVE_WINDOW_SECONDS = 60

# Told the instant that is reached (epoch seconds) and the records written since the last.
Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Clock:
    """The wall clock, or a test's."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def write_history(
    simulation: Simulation, sinks: Sinks, start: int, stop: int, advance: Advance
) -> None:
    """Write all that happens in a range, its end exclusive, at full speed.

    What would arrive after the range is written last.

    Replay: rows stay as they are, Kafka gains duplicates; the lake stays the same.
    """
    opening = simulation.opening(start)
    sinks.write(opening)
    advance(start, len(opening))
    for end, arrived in simulation.flow(start, stop, HISTORY_WINDOW_SECONDS, with_stragglers=True):
        sinks.write(arrived.records)
        advance(end, len(arrived.records))
    sinks.settle(simulation.plan.name, stop, stop)


def go_live(
    simulation: Simulation,
    sinks: Sinks,
    advance: Advance,
    clock: Clock | None = None,
    stop: int | None = None,
) -> None:
    """Write what happens as it happens, going on where this plan was left.

    What the time since then would have brought is caught up first; a plan without
    history begins now. Ends at ``stop`` (epoch seconds), if one is given.

    Replay: after a kill, what arrived within the last minute is sent again.
    """
    clock = clock or Clock()
    name, now = simulation.plan.name, int(clock.now())
    known = sinks.progress(name)
    if known is None:
        sinks.write(simulation.opening(now))
        sinks.settle(name, now, now)
    history_end, reached = map(int, known or (now, now))
    for end, arrived in _windows(simulation, clock, history_end, reached, stop):
        for records in _second_by_second(arrived, end, clock):
            sinks.write(records)
        sinks.settle(name, history_end, end)
        advance(end, len(arrived.records))


def _windows(
    simulation: Simulation, clock: Clock, history_end: int, reached: int, stop: int | None
) -> Iterator[tuple[int, Batch]]:
    """Give long windows up to now, then short ones."""
    until = min(int(clock.now()), stop or int(clock.now()))
    if reached < until:
        yield from simulation.flow(reached, until, HISTORY_WINDOW_SECONDS, since=history_end)
    begin = max(reached, until)
    end = stop or simulation.until
    yield from simulation.flow(begin, end, LIVE_WINDOW_SECONDS, since=history_end)


def _second_by_second(arrived: Batch, end: int, clock: Clock) -> Iterator[list]:
    """Give the records of a window in order, none before it has arrived; return at its end."""
    waiting = arrived
    while (now := clock.now()) < end:
        due, waiting = waiting.split(now)
        if due.records:
            yield due.records
        clock.sleep(max(0.0, min(1.0, end - clock.now())))
    yield waiting.records
