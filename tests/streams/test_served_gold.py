"""The REST API beside the jobs that write what it serves."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from gympulse.lake import Lake
from gympulse.session import Session
from oracle.histories import PlacedBatch, cut, place, seeded_history
from serving.reading import SERVED, as_sets, table_rows
from serving.served import Client, client_of
from serving.walking import Walk, walked
from streams.conftest import Emptied
from streams.operating import operate
from streams.runs import PARTITIONS, Runner, versions
from streams.spoiling import spoilt


@pytest.fixture
def batches() -> list[PlacedBatch]:
    """A made history in two batches."""
    return place(cut(seeded_history(57, happened=40), 57, runs=2), partitions=PARTITIONS)


@pytest.fixture
def runner(tmp_path, session: Session, emptied: Emptied) -> Runner:
    """A lake that has received nothing yet."""
    return Runner(Lake(str(tmp_path)), emptied(), session)


def walks_until(over: Event, client: Client) -> Iterator[Walk]:
    """Go through one table after another, and through each at least once when it is over."""
    while not over.wait(0.3):
        yield from (walked(client, path) for path in SERVED)
    yield from (walked(client, path) for path in SERVED)


@pytest.mark.long
def test_walks_beside_the_jobs(runner: Runner, batches: list[PlacedBatch]) -> None:
    """While gold is written and rebuilt every walk is a version's table, no row twice or lost."""
    first, second = batches
    runner.receive(first)
    runner.run()
    begun = versions(runner.lake, "gold")
    over = Event()
    with client_of(runner.lake) as client, ThreadPoolExecutor(1) as beside:
        walking: Future[list[Walk]] = beside.submit(lambda: list(walks_until(over, client)))
        try:
            runner.receive(second)
            runner.run()
            before = versions(runner.lake, "gold")
            spoilt(runner.lake)
            operate(runner, "gold_rebuild", "good")
        finally:
            over.set()
        walks = walking.result(timeout=300)
        for path, table in SERVED.items():
            seen = {walk.version for walk in walks if walk.path == path}
            ended = versions(runner.lake, "gold")[table.name]
            assert begun[table.name] < before[table.name] < ended
            assert {begun[table.name], ended} <= seen
            # The rebuild has put wrong rows right; what was wrong can still be seen.
            for version in (before[table.name], ended - 1, ended):
                then = client.rows(path, as_of=version)
                assert as_sets(then) == as_sets(table_rows(runner.lake, table, version))
            assert as_sets(client.rows(path, as_of=ended - 1)) != as_sets(client.rows(path))
    for walk in walks:
        expected = table_rows(runner.lake, SERVED[walk.path], walk.version)
        assert len(walk.rows) == len(expected)
        assert as_sets(walk.rows) == as_sets(expected)
