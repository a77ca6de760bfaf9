"""Archives: whatever comes by stream and whatever by archive, the tables are the same."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from gympulse.lake import Lake
from gympulse.model.tables import KAFKA_MULTIPLEX, LEDGER
from gympulse.session import Session
from oracle.archives import archived
from oracle.compare import assert_lake_equals, read_rows
from oracle.expected import expect
from oracle.histories import records_and_files
from oracle.records import KafkaRecord
from streams.checking import assert_ledger_balances, placed
from streams.operating import land_archives, operate
from streams.processes import kill_after_commits, submit
from streams.runs import Broker, Runner, land, versions


@pytest.mark.parametrize(
    ("seed", "share"),
    [
        pytest.param(31, 1.0, id="archives alone", marks=pytest.mark.long),
        pytest.param(32, 0.5, id="a mixture"),
    ],
)
def test_archives_are_as_good_as_a_stream(
    tmp_path: Path, session: Session, broker: Broker, seed: int, share: float
) -> None:
    """Loaded, and loaded again with more beside it, every table equals the oracle's."""
    rng, runner = Random(seed), Runner(Lake(str(tmp_path)), broker, session)
    records, files = records_and_files(placed(seed))
    by_archive = [record for record in records if rng.random() < share]
    found = archived(rng, by_archive)
    taken = {id(record) for record in by_archive}
    streamed = [record for record in records if id(record) not in taken]
    sent = renumbered([*streamed, *found.left])
    runner.receive([*sent, *files])
    if share < 1:
        runner.run()
    land_archives(runner.lake, found)
    operate(runner, "backfill", "first")
    if found.left:
        runner.run()
    before = versions(runner.lake)
    assert operate(runner, "backfill", "again")["operation"]["rows_to_read"] == 0
    assert versions(runner.lake) == before
    expected = expect([*sent, *found.records], files)
    assert_lake_equals(expected, runner.lake)
    assert len(read_rows(runner.lake, KAFKA_MULTIPLEX.name)) == len(sent) + len(found.records)
    assert_ledger_balances(runner.lake)
    assert bronze_rows_entered(runner.lake) == len(sent) + len(found.records)


def renumbered(records: list[KafkaRecord]) -> list[KafkaRecord]:
    """Records as the broker will number them, where only some are sent."""
    following: dict[tuple[str, int], int] = {}
    sent = []
    for record in records:
        place = record.topic, record.partition
        offset = following.get(place, 0)
        following[place] = offset + 1
        sent.append(KafkaRecord(*place, offset, record.key, record.value))
    return sent


def bronze_rows_entered(lake: Lake) -> int:
    """How many rows of Kafka and archives the ledger knows to be in bronze."""
    rows = read_rows(lake, LEDGER.name, ("layer", "table", "inserted"))
    return sum(n for layer, table, n in rows if (layer, table) == ("bronze", "kafka_multiplex"))


def strays_entered(lake: Lake) -> int:
    """How many lines the ledger knows to be no records."""
    rows = read_rows(lake, LEDGER.name, ("layer", "table", "quarantined"))
    return sum(n for layer, table, n in rows if (layer, table) == ("silver", "kafka_multiplex"))


def test_a_plan_changes_nothing_and_says_what_the_load_does(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """The dry run's counts are the differences that a later look at the tables shows."""
    runner = Runner(Lake(str(tmp_path / "lake")), broker, session)
    records, files = records_and_files(placed(33))
    found = archived(Random(33), records)
    for file in files:
        land(runner.lake, file)
    runner.run()
    land_archives(runner.lake, found)
    before, held = versions(runner.lake), rows_held(runner.lake)
    plan = operate(runner, "backfill", dry_run=True)
    assert versions(runner.lake) == before
    operate(runner, "backfill", "for good")
    after = rows_held(runner.lake)
    gained = {name: after[name] - held[name] for name in held if after[name] != held[name]}
    planned = {row["table"]: row["missing"] - row["extra"] for row in plan["tables"]}
    assert {name: n for name, n in planned.items() if n} == gained
    assert plan["operation"]["rows_to_read"] == len(found.records)
    assert plan["operation"]["files_to_read"] == len(found.files)
    assert plan["operation"]["bytes_to_read"] == sum(map(len, found.files.values()))


def rows_held(lake: Lake) -> dict[str, int]:
    """Rows of every silver and gold table."""
    return {
        name.split(".")[1]: len(read_rows(lake, name))
        for name in versions(lake)
        if not name.startswith("bronze")
    }


def test_a_line_that_is_no_record_is_set_aside(
    tmp_path: Path, session: Session, broker: Broker
) -> None:
    """It is kept in bronze, quarantined once by file and line, and in the ledger."""
    runner = Runner(Lake(str(tmp_path)), broker, session)
    folder = Path(runner.lake.archives)
    folder.mkdir(parents=True)
    (folder / "a.json").write_bytes(b'\nno json\n{"topic":"clicks","value":"x"}\n')
    (folder / "_hidden.json").write_bytes(b"not a file yet")
    for name in ("first", "again"):
        operate(runner, "backfill", name)
        assert strays_entered(runner.lake) == 2
    columns = ("source", "source_id", "rule", "payload")
    assert sorted(read_rows(runner.lake, "ops_db.quarantine", columns)) == [
        ("kafka_multiplex", "a.json:2", "bad_archive_line", "no json"),
        (
            "kafka_multiplex",
            "a.json:3",
            "unknown_topic",
            '{"topic":"clicks","value":"x"}',
        ),
    ]
    assert sorted(read_rows(runner.lake, KAFKA_MULTIPLEX.name, ("topic", "source"))) == [
        (None, "a.json:2"),
        (None, "a.json:3"),
    ]
    assert_ledger_balances(runner.lake)


def test_only_the_days_asked_for(tmp_path: Path, session: Session, broker: Broker) -> None:
    """Days are those of the events; the days left out can be loaded later, without doubling.

    Nor does it double anything to spell the folder otherwise.
    """
    runner = Runner(Lake(str(tmp_path)), broker, session)
    folder = Path(runner.lake.archives)
    folder.mkdir(parents=True)
    noon = 1_678_536_000
    lines = [
        f'{{"topic":"bpm","value":{{"device_id":1,"time":{noon + 86_400 * day},"heartrate":70}}}}'
        for day in range(4)
    ]
    (folder / "a.json").write_text("\n".join(lines))
    days = {"from_date": "2023-03-12", "to_date": "2023-03-13"}
    lake = "sbit-unmanaged-dev/../sbit-unmanaged-dev/data_zone/kfk-mx"
    spelled = {"archive_path": f"{runner.lake.root}/{lake}"}
    for number, dates in enumerate((days, days | spelled, {})):
        operate(runner, "backfill", f"load {number}", **dates)
        found = sorted(read_rows(runner.lake, KAFKA_MULTIPLEX.name, ("source",)))
        assert found == [(f"a.json:{line}",) for line in ((2, 3) if dates else (1, 2, 3, 4))]


def test_a_killed_load_goes_on(tmp_path: Path, session: Session, broker: Broker) -> None:
    """Killed between any two writes and started again, it loses and doubles nothing.

    So does another load that comes in its place, and finds lines among them that are no records.
    """
    random, lake = Random(34), Lake(str(tmp_path))
    records, files = records_and_files(placed(34))
    found = archived(random, records)
    for file in files:
        land(lake, file)
    land_archives(lake, found)
    Path(lake.archives, "strays.json").write_bytes(b"no json\n[]\n")
    words = ("--lake", lake.root, "--reason", "a test", "--no-dry-run", "--operation-id", "killed")
    for _ in range(3):
        job = submit("spark_jobs/backfill.py", *words)
        kill_after_commits(job, lake, commits=random.randrange(8, 30))
    runner = Runner(lake, broker, session)
    operate(runner, "backfill", "another")
    expected = expect(found.records, files)
    strays = {("kafka_multiplex", f"strays.json:{line}") for line in (1, 2)}
    assert_lake_equals(replace(expected, quarantined=expected.quarantined | strays), lake)
    assert len(read_rows(lake, KAFKA_MULTIPLEX.name)) == len(found.records) + 2
    assert bronze_rows_entered(lake) == len(found.records) + 2
    assert strays_entered(lake) == 2
    assert not Path(lake.scratch).exists()
