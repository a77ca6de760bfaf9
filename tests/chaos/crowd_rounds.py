"""Rounds of a crowd: who does what in each, and what came of it."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from chaos.chaos import Chaos
from chaos.crowd_jobs import Ask, Crowd, Ended, all_done
from chaos.crowd_locks import held
from chaos.hours import Hours
from gympulse.io.restore_points import points
from gympulse.model.table import Table
from gympulse.model.tables import GOLD, HEART_RATE, LAYERS, SILVER, TABLES
from gympulse.operations.options import LOAD_ARCHIVES, RESTATE
from gympulse.recipes import RECIPE_OF
from gympulse.transforms.recipe import FromRecords
from oracle.records import KafkaRecord
from streams.operating import land_archives
from streams.runs import Runner

ROLES = ("hourly", "triggered beside it", "backfill", "gold_rebuild", "verify", "maintenance")
_HOURLY, _BESIDE, _BACKFILL, _REBUILD, _VERIFY, _MAINTENANCE = ROLES
_BY_HAND = "by hand beside it"
_LATEST_SECONDS = 1.0
# A round of so few records takes a small part of it, unless somebody waits for ever.
_PATIENCE_SECONDS = 240
# Longer than any job of a round takes, and shorter than all rounds do: so versions go meanwhile.
_KEEP_DAYS = timedelta(minutes=4) / timedelta(days=1)
# In this round so many archives are loaded.
_LOADED, _ARCHIVES = 5, 2
# So many rounds there are from one verification of a table that needs all others, and from one
# restatement that is no plan alone, to the next.
_BETWEEN_LARGE, _BETWEEN_RESTATEMENTS = 5, 5
# And between two that maintain all tables; in others so many are maintained.
_BETWEEN_WHOLE, _MAINTAINED = 7, 4
# After this round there is enough to be put back, and to be taken in again.
_RESTORED = 8
# Recomputed from bronze alone.
_LIGHT = [table for table, recipe in RECIPE_OF.items() if isinstance(recipe, FromRecords)]
# All days of the made histories' people.
_DAYS = {"from_date": "2023-02-20", "to_date": "2024-04-10"}


@dataclass
class Rounds:
    """Rounds of a crowd.

    Attributes:
        chaos: What the suite gives.
        runner: The lake that all work on, and the broker.
        hours: What arrives, round by round.
        done: How often each thing was done.
        ended: What came of each job.
        stuck: Who was not done in time, and where everybody was.
        seconds: What each round took.
        landed: The archives that have been loaded.
    """

    chaos: Chaos
    runner: Runner
    hours: Hours
    done: Counter[str] = field(default_factory=Counter)
    ended: list[Ended] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    landed: set[str] = field(default_factory=set)

    def run(self, people: Crowd, number: int) -> None:
        """Let all begin at about once, while the half of a round's records has yet to come.

        Raises:
            AssertionError: Somebody was not done in time.
        """
        random, batch = self.chaos.random(f"round {number}"), self.hours.batches[number]
        asks = self._asks(random, number)
        self.runner.receive(batch[::2])
        began = time.monotonic()
        started = people.start(dict(random.sample(list(asks.items()), k=len(asks))))
        time.sleep(random.uniform(0, _LATEST_SECONDS))
        self.runner.receive(batch[1::2])
        self.wait(people, started)
        self.seconds.append(time.monotonic() - began)
        ended = [each for future in started.values() for each in future.result()]
        self.ended += ended
        self.done.update(each.what for each in ended)
        told = ", ".join(f"{each.what} {each.seconds:.0f} s" for each in ended)
        self.chaos.tell(f"crowd, round {number + 1}: {self.seconds[-1]:.0f} s ({told})")

    def archived(self) -> list[KafkaRecord]:
        """The records of archives that have been loaded."""
        records = self.hours.archives.records
        return [each for each in records if each.archived.rpartition(":")[0] in self.landed]

    def wait(
        self, people: Crowd, started: Mapping[str, Future], seconds: float = _PATIENCE_SECONDS
    ) -> None:
        """Wait until everybody is done.

        Raises:
            AssertionError: Somebody is not in time; it says who, who holds what, and where all are.
        """
        late = all_done(started, seconds)
        if late:
            holders = "\n".join(f"{lock}: {by}" for lock, by in held(self.runner.lake).items())
            traces = people.traces()
            self.stuck.append(f"{', '.join(late)} not done in {seconds} s.\n{holders}\n{traces}")
            raise AssertionError(self.stuck[-1])

    def _asks(self, random: Random, number: int) -> dict[str, list[Ask]]:
        """What everybody is asked for in a round, each after a while."""
        asks = {
            _HOURLY: [self._layer(layer, _HOURLY) for layer in LAYERS],
            _BESIDE: [self._beside(random)],
            _BACKFILL: [self._backfill(random, number)],
            _REBUILD: list(self._rebuild(random, number)),
            _VERIFY: [self._verify(random, number)],
            _MAINTENANCE: [self._maintenance(random, number)],
        }
        return {role: [self._later(random, ask) for ask in of] for role, of in asks.items()}

    def _later(self, random: Random, ask: Ask) -> Ask:
        return replace(ask, after_seconds=random.uniform(0, _LATEST_SECONDS))

    def _some(self, random: Random, of: Sequence[Table] = _LIGHT) -> list[str]:
        """The table that an operation is for: all take more time than a round has."""
        return [HEART_RATE.short_name if self.chaos.is_short else random.choice(of).short_name]

    def _beside(self, random: Random) -> Ask:
        """A layer's job that somebody starts by hand, or in Airflow, where it waits for others."""
        return self._layer(random.choice(list(LAYERS)), random.choice((_BY_HAND, _BESIDE)))

    def _backfill(self, random: Random, number: int) -> Ask:
        """A load of archives, a restatement of every day of a table, or the plan of one."""
        if number != _LOADED:
            is_plan = number % _BETWEEN_RESTATEMENTS != 0
            given = {"tables": self._some(random), "dry_run": is_plan, **_DAYS}
            return self._operation("backfill", number, mode=RESTATE, **given)
        files = dict(list(self.hours.archives.files.items())[:_ARCHIVES])
        land_archives(self.runner.lake, replace(self.hours.archives, files=files))
        self.landed |= files.keys()
        return self._operation("backfill", number, mode=LOAD_ARCHIVES)

    def _rebuild(self, random: Random, number: int) -> Iterator[Ask]:
        tables = [random.choice(GOLD).short_name]
        # Gold may lack whatever silver has gained.
        yield self._operation("gold_rebuild", number, max_removed_percent=100.0, tables=tables)
        if number == _RESTORED and points(self.runner.lake):
            # Not bronze, where archives came since that nobody would load again.
            layers = ["silver", "gold"]
            yield self._operation("restore", number, before="2026-01-01T00:00Z", layers=layers)

    def _verify(self, random: Random, number: int) -> Ask:
        of = _LIGHT if number % _BETWEEN_LARGE else (*SILVER, *GOLD)
        return self._operation("verify", number, tables=self._some(random, of))

    def _maintenance(self, random: Random, number: int) -> Ask:
        chosen = random.sample(
            list(TABLES.values()), k=_MAINTAINED if number % _BETWEEN_WHOLE else 0
        )
        ask = self._operation("maintenance", number, tables=[each.short_name for each in chosen])
        # For so short a time no form lets versions be kept.
        return replace(ask, values={**ask.values, "keep_days": _KEEP_DAYS})

    def _operation(self, job: str, number: int, **given: Any) -> Ask:
        what = given.get("mode", job) + (", dry run" if given.get("dry_run") else "")
        return Ask.operation(job, what, self.runner.settings, f"{job} {number}", **given)

    def _layer(self, layer: str, by: str) -> Ask:
        run = None if by == _BY_HAND else by
        return Ask(layer, f"{layer}, {by}", replace(self.runner.settings, airflow_run=run))
