"""Records to be set aside, and what a review leaves of them."""

from deltalake import DeltaTable

from gympulse.lake import Lake
from gympulse.model.tables import BRONZE, LEDGER, QUARANTINE
from oracle.compare import read_rows
from oracle.records import KafkaRecord
from streams.checking import assert_ledger_balances
from streams.operating import operate
from streams.runs import Runner, versions

NOON = 1_678_536_000
EVERY_DAY = {"from_date": "2000-01-01", "to_date": "2025-12-31"}
TEN_TIMES = {
    "rules": ["bad_heartrate"],
    "cures": {"heartrate": "field['heartrate'] / 10.0"},
}


def reading(seconds: int, heartrate: str, device: int = 1) -> str:
    """A payload of topic ``bpm``, some seconds after noon; the rate as it is written."""
    return f'{{"device_id": {device}, "time": {NOON + seconds}.0, "heartrate": {heartrate}}}'


def event(action: str, seconds: int, user: int) -> str:
    """A payload of topic ``workout``."""
    ids = f'"user_id": {user}, "workout_id": 1, "session_id": 1'
    return f'{{{ids}, "timestamp": {NOON + seconds}, "action": "{action}"}}'


def sent(topic: str, *payloads: str) -> list[KafkaRecord]:
    """Records of one partition, in order."""
    return [KafkaRecord(topic, 0, i, None, each.encode()) for i, each in enumerate(payloads)]


def entries(lake: Lake, *columns: str) -> list[tuple]:
    """The quarantine, in order."""
    return sorted(read_rows(lake, QUARANTINE.name, columns), key=str)


def counts(phase: dict) -> dict[str, tuple[int, int, int]]:
    """By source, the records chosen, passing and failing, where any were chosen."""
    return {
        row["table"]: (row["chosen"], row["passing"], row["failing"])
        for row in phase["tables"]
        if row["chosen"]
    }


def bronze_rows_entered(lake: Lake) -> dict[str, int]:
    """By bronze table, the rows that the ledger knows of."""
    found = dict.fromkeys((table.short_name for table in BRONZE), 0)
    for layer, table, rows in read_rows(lake, LEDGER.name, ("layer", "table", "inserted")):
        if layer == "bronze":
            found[table] += rows
    return found


def assert_accounted_for(runner: Runner) -> None:
    """The ledger balances and knows all of bronze; a recomputation gives the same tables."""
    assert_ledger_balances(runner.lake)
    assert bronze_rows_entered(runner.lake) == {
        table.short_name: DeltaTable(runner.lake.path(table)).count() for table in BRONZE
    }
    result = operate(runner, "verify", f"verify at {sum(versions(runner.lake).values())}")
    assert result["operation"]["outcome"] == "equal"
