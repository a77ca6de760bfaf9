"""Erasure: one member goes from every file of the lake, stays out, and nobody else notices."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from gympulse.errors import NotErased
from gympulse.io import erasures
from gympulse.lake import Lake
from gympulse.model.tables import BRONZE, LEDGER, TABLES
from gympulse.session import Session
from oracle.compare import read_rows
from streams import erasing
from streams.checking import assert_ledger_balances
from streams.conftest import Emptied
from streams.erased_lakes import fill, kill_at, land_archives, rows_of_others
from streams.erasing import CANARY, HANDED_OVER, HEIR, OTHER, files_that_name_it
from streams.operating import operate
from streams.runs import Runner, versions

# What leaves most to those who come after; the others are in ``test_erasure_kills``.
SOME_STEPS = ("take_out_of_bronze", "_forget")


@dataclass(frozen=True)
class Erased:
    """A lake after an erasure, and what it was before."""

    runner: Runner
    others: dict[str, list[tuple]]
    received: dict[str, int]
    plan: dict
    result: dict

    @property
    def lake(self) -> Lake:
        """The lake."""
        return self.runner.lake

    @property
    def root(self) -> Path:
        """Its folder."""
        return Path(self.lake.root)


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory, session: Session, emptied: Emptied) -> Erased:
    """A filled lake; then the erasure, killed at some steps and started again."""
    runner = Runner(Lake(str(tmp_path_factory.mktemp("erasure"))), emptied(), session)
    fill(runner)
    plan = operate(runner, "erasure", "request 7", dry_run=True, user_id=str(CANARY))
    others, received = rows_of_others(runner.lake), _received(runner.lake)
    kill_at(runner, SOME_STEPS)
    result = operate(runner, "erasure", "request 7", user_id=str(CANARY))
    return Erased(runner, others, received, plan, result)


def _received(lake: Lake) -> dict[str, int]:
    return {table.name: len(read_rows(lake, table.name)) for table in BRONZE}


def test_no_byte_of_the_member_is_left(erased: Erased) -> None:
    """Not in a page, a statistic, a change feed, a log, a landed file, an archive or a cursor."""
    assert files_that_name_it(erased.root) == []


def test_all_other_rows_are_what_they_were(erased: Erased) -> None:
    """A wearable and a phone that were handed on keep the readings and visits since."""
    assert rows_of_others(erased.lake) == erased.others
    held = [row for name in erased.others for row in read_rows(erased.lake, name)]
    assert any(row[:1] == (HEIR,) for row in held)
    assert any(row[:1] == (OTHER,) for row in held)
    shared = read_rows(erased.lake, "silver_db.heart_rate", ("device_id", "time"))
    assert sorted(
        at // 1_000_000 - HANDED_OVER for device, at in shared if device == erasing.SHARED_DEVICE
    ) == [5060, 5120, 5180]


def test_the_ledger_stays_bronzes(erased: Erased) -> None:
    """Of each record its place is kept, so that counts are those of what came."""
    assert _received(erased.lake) == erased.received
    assert_ledger_balances(erased.lake)
    entries = read_rows(erased.lake, LEDGER.name, ("layer", "table", "rows_read"))
    entered = {
        table.name: sum(
            n for layer, name, n in entries if (layer, name) == ("bronze", table.short_name)
        )
        for table in BRONZE
    }
    assert entered == erased.received


def test_the_certificate_says_what_was_done_and_what_remains(erased: Erased) -> None:
    """Rows by table as they were planned, files, and the broker's own retention."""
    planned = {row["table"]: row["extra"] for row in erased.plan["tables"]}
    certificate = erasures.certificate(erased.lake, "request 7")
    remains = json.loads(certificate["remains"])
    assert json.loads(certificate["rows_erased"]) == planned
    assert planned["registered_users"] == 3
    assert planned["quarantine"] == 13
    assert planned["gym_summary"] == 3
    assert (certificate["outcome"], certificate["mentions_found"]) == ("done", 0)
    assert certificate["files_rewritten"] == 5
    assert certificate["files_scanned"] > 50
    assert remains["kafka"]["bpm"]["retention.ms"] == "3600000"
    assert "not read" not in remains
    assert erased.result["operation"]["outcome"] == "done"


def test_what_the_hours_built_is_what_is_left_to_build_from(erased: Erased) -> None:
    """A recomputation from bronze finds nothing missing, extra or different."""
    before = versions(erased.lake)
    operate(erased.runner, "verify", "after")
    assert versions(erased.lake) == before


def test_nothing_brings_the_member_back(erased: Erased) -> None:
    """Neither Kafka sent again, nor files, nor archives; and others' hours go on."""
    runner = erased.runner
    runner.receive([*erasing.records(), *erasing.landed("again")])
    land_archives(runner.lake)
    for name, content in erasing.archives().items():
        Path(runner.lake.archives, f"again-{Path(name).name}").write_bytes(content)
    runner.run()
    operate(runner, "backfill", "again")
    managed = Path(runner.lake.path(TABLES[LEDGER.name])).parents[1]
    assert files_that_name_it(managed) == []
    assert rows_of_others(runner.lake) == erased.others
    # What was landed again is still there as it came, which the scan tells.
    operate(runner, "erasure", "request 7", user_id=str(CANARY))
    assert files_that_name_it(erased.root) == []


def test_what_an_erasure_cannot_remove_fails_it(erased: Erased) -> None:
    """A file of somebody's own below the lake's folder is found, and named."""
    stray = erased.root / "notes" / "list.txt"
    stray.parent.mkdir()
    stray.write_text(f'{{"user_id": {CANARY}}}')
    with pytest.raises(NotErased, match="list.txt"):
        operate(erased.runner, "erasure", "request 8", user_id=str(CANARY))
    stray.unlink()
    assert erasures.certificate(erased.lake, "request 8")["outcome"] == "not done"
