"""Any range of time, as the records arrive: the simulation that history and live share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from gympulse.local.simulator.events import (
    Event,
    Readings,
    Record,
    life_events,
    visit_events,
    visit_readings,
)
from gympulse.local.simulator.faults import (
    LONGEST_DELAY_SECONDS,
    Shares,
    disturb_event,
    disturb_readings,
    garbled_records,
)
from gympulse.local.simulator.model import LONGEST_VISIT_SECONDS, Member, Visit, population, visits
from gympulse.local.simulator.people import DAY
from gympulse.local.simulator.randomness import Purpose, stream

# Long enough for any live simulation: members change no more after 2040-01-01.
FAR_FUTURE = 2_208_988_800


@dataclass(frozen=True)
class Plan:
    """What is simulated."""

    seed: int = 7
    members: int = 60
    gyms: int = 5
    shares: Shares = field(default_factory=Shares)

    @property
    def name(self) -> str:
        """A name that other plans do not have."""
        shares = ",".join(f"{share:g}" for share in vars(self.shares).values())
        return f"seed={self.seed} members={self.members} gyms={self.gyms} shares={shares}"


@dataclass(frozen=True)
class Batch:
    """Records with their instants of arrival (epoch seconds), in no order."""

    arrival: np.ndarray
    records: Sequence[Record]

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, Record]]) -> "Batch":
        """Gather pairs of arrival and record."""
        pairs = list(pairs)
        return cls(np.array([at for at, _ in pairs], np.float64), [record for _, record in pairs])

    @classmethod
    def joined(cls, batches: Sequence["Batch"]) -> "Batch":
        """Put batches one after another."""
        arrival = np.concatenate([np.empty(0), *(batch.arrival for batch in batches)])
        return cls(arrival, [record for batch in batches for record in batch.records])

    def split(self, instant: float) -> tuple["Batch", "Batch"]:
        """Part what arrives before an instant, in order of arrival, from the rest."""
        order = np.argsort(self.arrival, kind="stable")
        cut = int(np.searchsorted(self.arrival[order], instant))
        return self._at(order[:cut]), self._at(order[cut:])

    def _at(self, chosen: np.ndarray) -> "Batch":
        records = self.records
        return Batch(self.arrival[chosen], [records[place] for place in chosen.tolist()])


class Simulation:
    """A plan's members and all that happens to them.

    Args:
        plan: What is simulated.
        until: Nothing later than this is asked for; only saves drawing members' later lives.
    """

    def __init__(self, plan: Plan, until: int = FAR_FUTURE) -> None:
        self.plan, self.until = plan, until
        self.members: list[Member] = population(plan.seed, plan.members, plan.gyms, until)
        self._lives = [(member, life_events(member)) for member in self.members]
        # Windows overlap days and visits, and would draw them again and again.
        self._visits = lru_cache(maxsize=6)(self._draw_visits)
        self._readings = lru_cache(maxsize=2 * plan.members)(self._draw_readings)

    def opening(self, instant: int) -> list[Record]:
        """Give what must be known of the members before a range that begins then.

        These are all registrations and profile events before the instant, without
        faults: repeating them changes nothing.
        """
        events = [event for _, life in self._lives for event in life if event[0] < instant]
        return [record for _, record in sorted(events, key=lambda event: event[0])]

    def between(self, start: int, stop: int) -> Batch:
        """Give what happens in a range, its end exclusive, however late it arrives.

        Ranges compose: the records of two that adjoin are those of the whole.
        """
        parts = [Batch.of(self._disturbed_lives(start, stop))]
        for visit in self._visits_within(start, stop):
            parts.append(Batch.of(self._disturbed_events(visit, start, stop)))
            whole, garbled = self._readings(visit)
            chosen, spoilt = whole.between(start, stop), garbled.between(start, stop)
            parts.append(Batch(chosen.arrival, chosen.records()))
            parts.append(Batch(spoilt.arrival, garbled_records(spoilt)))
        return Batch.joined(parts)

    def pending(self, since: int, instant: int) -> Batch:
        """Give what happened from ``since`` until before an instant, but arrives after it."""
        earliest = instant - LONGEST_DELAY_SECONDS if self.plan.shares else instant
        return self.between(max(since, earliest), instant).split(instant)[1]

    def flow(
        self,
        start: int,
        stop: int,
        window: int,
        *,
        since: int | None = None,
        with_stragglers: bool = False,
    ) -> Iterator[tuple[int, Batch]]:
        """Give the records in order of arrival, window by window.

        Args:
            start: First instant.
            stop: End, exclusive.
            window: Seconds per window.
            since: Where the events begin that may still arrive; ``start`` unless told.
            with_stragglers: Whether what arrives after the end is given too, last.

        Yields:
            Each window's end with what arrives in it.
        """
        waiting = self.pending(start if since is None else since, start)
        for begin in range(start, stop, window):
            end = min(begin + window, stop)
            arrived, waiting = Batch.joined([waiting, self.between(begin, end)]).split(end)
            yield end, arrived
        if with_stragglers:
            yield stop, waiting.split(np.inf)[0]

    def _visits_within(self, start: int, stop: int) -> Iterator[Visit]:
        for day in range((start - LONGEST_VISIT_SECONDS) // DAY, (stop - 1) // DAY + 1):
            for visit in self._visits(day):
                if visit.login < stop and visit.logout >= start:
                    yield visit

    def _draw_visits(self, day: int) -> list[Visit]:
        plan = self.plan
        return [
            visit for member in self.members for visit in visits(plan.seed, member, day, plan.gyms)
        ]

    def _draw_readings(self, visit: Visit) -> tuple[Readings, Readings]:
        readings = visit_readings(self.plan.seed, visit)
        if not self.plan.shares:
            return readings, readings.where(slice(0))
        ids = (visit.member.index, visit.login)
        rng = stream(self.plan.seed, Purpose.READING_FAULTS, *ids)
        return disturb_readings(readings, self.plan.shares, rng)

    def _disturbed_events(self, visit: Visit, start: int, stop: int):
        numbered = enumerate(visit_events(visit))
        within = [(number, event) for number, event in numbered if start <= event[0] < stop]
        return self._disturbed(within, visit.member.index, visit.login)

    def _disturbed_lives(self, start: int, stop: int):
        for member, life in self._lives:
            within = [(event[0], event) for event in life if start <= event[0] < stop]
            yield from self._disturbed(within, member.index)

    def _disturbed(self, events: Iterable[tuple[int, Event]], *ids: int):
        """Let each event go wrong by a stream of its own, named by its number."""
        shares = self.plan.shares
        for number, event in events:
            if shares:
                rng = stream(self.plan.seed, Purpose.EVENT_FAULTS, *ids, number)
                yield from disturb_event(event, shares, rng)
            else:
                yield float(event[0]), event[1]
