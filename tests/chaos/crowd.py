"""Everybody at once: hourly runs, others by hand, operations, maintenance, and readers beside."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from statistics import median

from chaos import crowd_locks, lakes
from chaos.chaos import Chaos
from chaos.crowd_commits import Commits, overwritten
from chaos.crowd_jobs import Ask, Ended, crowd
from chaos.crowd_locks import Dead
from chaos.crowd_readers import Readers, looked_on
from chaos.crowd_rounds import ROLES, Rounds
from chaos.hours import hours_of
from chaos.outcome import Outcome
from gympulse.io import locks, ops
from gympulse.model.bronze import TOPICS
from gympulse.model.tables import HEART_RATE, LEDGER
from oracle.expected import Expected, expect
from streams.runs import held

_FREED_SECONDS = 10
# In a round: most tables gain something, and with more twenty rounds take half an hour. Where there
# is one round alone, each has to.
_HAPPENED, _ALONE = 8, 25
# Of 20 rounds; in the last each is a process.
_BY_THREADS = 19


def inject(chaos: Chaos) -> Outcome:
    """Let everybody work at once, round after round, and kill those who hold locks."""
    count, runner = chaos.often(20, 1), chaos.runner("crowd")
    happened = chaos.often(_HAPPENED, _ALONE)
    hours = hours_of(chaos, count, happened, has_archives=not chaos.is_short)
    rounds = Rounds(chaos, runner, hours)
    # Threads first: so many processes are slow, on two cores.
    by_threads, by_processes = range(count)[:_BY_THREADS], range(count)[_BY_THREADS:]
    with looked_on(runner.lake, chaos.folder) as seen:
        for numbers, session in ((by_threads, chaos.session), (by_processes, None)):
            with crowd(ROLES if numbers else (), session, chaos.folder / "crowd.output") as people:
                for number in numbers:
                    rounds.run(people, number)
        runner.run()
    commits, readers = seen()
    gateway = chaos.session.gateway
    killed = ["both"] if chaos.is_short else ["both", "driver", "Python"]
    dead = [crowd_locks.killed(runner.lake, gateway, w, not chaos.is_short) for w in killed]
    outcome = Outcome("crowd", rounds.done)
    outcome.injected["process that held every kind of lock, killed"] = len(dead)
    Held(rounds, commits, readers, dead, outcome).look()
    return outcome


@dataclass
class Held:
    """What a crowd has left, held against what has to be so.

    Attributes:
        rounds: What was done.
        commits: What was committed.
        readers: What was seen meanwhile.
        dead: Holders of locks that were killed.
        outcome: Takes what is found.
    """

    rounds: Rounds
    commits: Commits
    readers: Readers
    dead: list[Dead]
    outcome: Outcome

    def look(self) -> None:
        """Look at all, each with its control."""
        lake, hold = self.rounds.runner.lake, self.outcome.hold
        other = partial(overwritten, lake, HEART_RATE)
        survive, whole = self.commits.survive, partial(self.readers.saw_whole, self.commits)
        lakes.hold(self.outcome, lake, self._expected())
        hold("every commit survives", survive, "another took the place of one", other)
        hold("nobody fails", self._none_failed, "a job did", self._one_failed)
        hold("nobody waits for ever", self._none_stuck, "a job waits for what is held", self._stuck)
        hold("no lock is held in the end", self._none_held, "two are", self._two_held)
        hold("no reader sees half", whole, "a reader missed a row", self._half_seen)
        hold("a dead holder's locks are free", self._freed, "a holder lives", self._one_lives)

    def _expected(self) -> Expected:
        rounds = self.rounds
        records = held(rounds.runner.broker.servers, *TOPICS)
        return expect([*records, *rounds.archived()], rounds.hours.files)

    def _none_failed(self) -> str:
        failed = [f"{each.what}: {each.problem}" for each in self.rounds.ended if each.problem]
        assert not failed, "; ".join(failed)
        refused = sum(each.is_refused for each in self.rounds.ended)
        return (
            f"{len(self.rounds.ended)} jobs, of which {refused} that were started by hand were "
            "told that another copy runs"
        )

    @contextmanager
    def _one_failed(self) -> Iterator[None]:
        self.rounds.ended.append(Ended("a job", 0, problem="it failed"))
        try:
            yield
        finally:
            self.rounds.ended.pop()

    def _none_stuck(self) -> str:
        assert not self.rounds.stuck, self.rounds.stuck[0]
        seconds = self.rounds.seconds
        told = f"{len(seconds)} rounds, of {median(seconds):.0f} s, the longest of"
        return f"{told} {max(seconds):.0f} s"

    @contextmanager
    def _stuck(self) -> Iterator[None]:
        """Somebody waits for gold longer than he may."""
        chaos, runner = self.rounds.chaos, self.rounds.runner
        gold = Ask("gold", "gold", replace(runner.settings, airflow_run="a control"))
        with crowd(["waits"], chaos.session, chaos.folder / "crowd.control") as people:
            with locks.writing("gold", runner.lake, chaos.session.gateway, "a control"):
                started = people.start({"waits": [gold]})
                with suppress(AssertionError):
                    self.rounds.wait(people, started, seconds=1)
            started["waits"].result()
            try:
                yield
            finally:
                self.rounds.stuck.clear()

    def _none_held(self) -> str:
        found = crowd_locks.held(self.rounds.runner.lake)
        assert not found, "; ".join(f"{lock}: {by}" for lock, by in found.items())
        return "none is"

    @contextmanager
    def _two_held(self) -> Iterator[None]:
        lake, gateway = self.rounds.runner.lake, self.rounds.chaos.session.gateway
        with locks.writing("silver", lake, gateway, "a control"), ops.lock(lake, LEDGER):
            yield

    @contextmanager
    def _half_seen(self) -> Iterator[None]:
        seen = next(each for each in reversed(self.readers.seen) if each.rows)
        self.readers.seen.append(replace(seen, rows=seen.rows - 1, keys=seen.keys - 1))
        try:
            yield
        finally:
            self.readers.seen.pop()

    def _freed(self) -> str:
        """Say how long it took; of the short form only whether it did."""
        longest = max(seconds for dead in self.dead for seconds in dead.seconds.values())
        most = inf if self.rounds.chaos.is_short else _FREED_SECONDS
        slow = [str(d) for d in self.dead if max(d.seconds.values()) >= most]
        assert not slow, "; ".join(slow)
        kinds = ", ".join(self.dead[0].seconds)
        return f"{kinds}: all had by another within {longest:.1f} s"

    @contextmanager
    def _one_lives(self) -> Iterator[None]:
        lake, gateway = self.rounds.runner.lake, self.rounds.chaos.session.gateway
        self.dead.append(crowd_locks.kept(lake, gateway))
        try:
            yield
        finally:
            self.dead.pop()
