"""What has to be so after all that was done to Kafka."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pyarrow as pa

from chaos import lakes
from chaos.kafka_world import Failure, World
from chaos.spoiled import changed, filled, one_entry_less, one_less, one_twice
from gympulse.io.positions import gaps
from gympulse.model.tables import HEART_RATE, KAFKA_MULTIPLEX, LEDGER
from oracle.bronze import assert_bronze_equals
from oracle.compare import read_rows
from streams.checking import assert_ledger_balances, assert_ledger_equals_bronze


def hold(world: World) -> None:
    """Hold the tables against the oracle, and what the jobs said against what had happened."""
    outcome, lake = world.outcome, world.runner.lake
    table = filled(lake)
    tables = partial(lakes.equal, lake, world.book.expected())
    oracles = "every silver and gold table and the quarantine are the oracle's"
    outcome.hold(oracles, tables, f"a row less in {table.name}", one_less(lake, table))
    outcome.hold(oracles, tables, f"a row twice in {HEART_RATE.name}", one_twice(lake, HEART_RATE))
    once = "bronze holds every committed record once, byte for byte, and no other"
    bronze = partial(_bronze, world)
    outcome.hold(once, bronze, "a record less", one_less(lake, KAFKA_MULTIPLEX))
    outcome.hold(once, bronze, "an aborted record taken in", _with_aborted(world))
    balanced = "each batch has one entry, and the ledger's sums are bronze's"
    outcome.hold(balanced, partial(_ledger, world), "an entry less", one_entry_less(lake))
    named = "positions show the gaps of what was lost, and no other"
    outcome.hold(named, partial(_gaps, world), "a batch that ends elsewhere", _ended_late(world))
    for name, failures in (
        ("each loss is said to the offset until it is accepted, and nothing written", world.losses),
        ("a job without a broker says so, and writes nothing of Kafka", world.away),
    ):
        if failures:
            look = partial(_failures, failures, world.chaos.is_short)
            silent, writing = Failure(("this",), "", False, 0.0), Failure((), "", True, 0.0)
            outcome.hold(name, look, "a run that says nothing", _one_more(failures, silent))
            outcome.hold(name, look, "a run that writes", _one_more(failures, writing))


def _bronze(world: World) -> str:
    assert_bronze_equals(world.book.records, world.book.files, world.runner.lake)
    kept, aborted = len(world.book.records), len(world.book.aborted)
    return f"{kept:,} records; none of {aborted:,} that were aborted"


def _ledger(world: World) -> str:
    lake = world.runner.lake
    assert_ledger_balances(lake)
    assert_ledger_equals_bronze(world.runner, [[*world.book.records, *world.book.files]])
    rows = read_rows(lake, LEDGER.name, ("table", "inserted"))
    entered = sum(count for table, count in rows if table == KAFKA_MULTIPLEX.short_name)
    assert entered == len(world.book.records), f"{entered:,} records were entered"
    return f"{len(rows):,} entries, {entered:,} records of Kafka"


def _gaps(world: World) -> str:
    found = sorted((gap.source, gap.expected, gap.found) for gap in gaps(world.runner.lake))
    assert found == sorted(world.gaps), f"{found} and not {sorted(world.gaps)}"
    return f"{len(found)} gaps: {', '.join(f'{s} {b} to {e}' for s, b, e in found)}"


def _failures(failures: Sequence[Failure], is_short: bool) -> str:
    problems = [failure.problem for failure in failures if failure.problem]
    assert not problems, "\n".join(problems)
    late = [each.seconds for each in failures if each.seconds > each.most_seconds]
    assert is_short or not late, f"runs took {late} s to fail"
    longest = max(failure.seconds for failure in failures)
    return f"{len(failures)} runs failed, the slowest in {longest:.0f} s"


def _with_aborted(world: World):
    record = next(each for each in world.book.aborted if each.key and each.value)

    def taken_in(rows: pa.Table) -> pa.Table:
        one = rows.slice(0, 1).to_pylist()[0]
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        one |= place | {"value": record.value.decode(errors="replace")}
        return pa.concat_tables([rows, pa.Table.from_pylist([one], schema=rows.schema)])

    return lambda: changed(world.runner.lake, KAFKA_MULTIPLEX, taken_in)


def _ended_late(world: World):
    def ended(rows: pa.Table) -> pa.Table:
        found = rows.to_pylist()
        entry = min(
            (row for row in found if row["table"] == KAFKA_MULTIPLEX.short_name),
            key=lambda row: row["finished_at"],
        )
        entry["position_to"] = entry["position_from"]
        return pa.Table.from_pylist(found, schema=rows.schema)

    return lambda: changed(world.runner.lake, LEDGER, ended)


def _one_more(failures: list[Failure], failure: Failure) -> Callable:
    @contextmanager
    def spoiled() -> Iterator[None]:
        failures.append(failure)
        try:
            yield
        finally:
            failures.pop()

    return spoiled
