"""What the registration database commits comes to silver, whatever happens to the way between."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import httpx
import pytest

from gympulse.lake import Lake
from gympulse.local import postgres
from gympulse.local.connect import ask_for_snapshot
from gympulse.local.platform import local_platform
from gympulse.local.settings import ROOT
from gympulse.model.silver import PROFILE
from gympulse.model.table import Table
from gympulse.model.tables import NEW_FIELDS, QUARANTINE, USER_PROFILE, USER_PROFILE_HISTORY
from gympulse.session import Session
from oracle import profiles
from oracle.compare import difference, read_rows
from streams.capturing import AUDIT, Capture, Changes
from streams.runs import Runner, broker_at

CHANGES, USERS, STORY = 10_000, 300, 1_000_000
# A member from before the log was kept, and before the audit trail.
EARLIER = STORY + 1
# What validation asks for, and how long the driver looks for its server.
QUICK = {"name": "user_profile", "driver.loginTimeout": "2"}
_COLUMNS = ", ".join(PROFILE)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capture]:
    """PostgreSQL, which keeps a trail of changes and when each was committed; Kafka; Connect."""
    folder = tmp_path_factory.mktemp("capture")
    platform = local_platform(folder, ("postgres", "kafka", "connect"))
    capture = Capture(platform)
    try:
        platform.start(["postgres"])
        with closing(postgres.connect_as_root(platform.settings)) as root:
            root.autocommit = True
            with root.cursor() as cursor:
                cursor.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        capture.restart_database()
        capture.change(f"INSERT INTO user_profile (user_id) VALUES ({EARLIER})", AUDIT)
        platform.start()
        # A snapshot's instant is when its reading began: what is changed before the reading is
        # over would hold from then on, not from its own commit.
        capture.wait_for(1, lambda event: event["op"] == "r")
        yield capture
    finally:
        platform.stop()


@dataclass(frozen=True)
class Lakes:
    """The lake that takes in what was captured."""

    capture: Capture
    runner: Runner

    def refresh(self) -> None:
        """Take in what the topic holds."""
        self.runner.run("bronze", "silver")

    def rows(self, table: Table, *columns: str) -> list[tuple]:
        """The rows of a table."""
        return read_rows(self.runner.lake, table.name, columns or None)

    def later(self, table: Table) -> list[tuple]:
        """The rows of those members whom the trail knows."""
        return [row for row in self.rows(table) if row[0] != EARLIER]

    def assert_as_the_database(self) -> None:
        """Hold profiles and their history against the database and its audit trail."""
        trail = self.capture.timelines()
        now = set(self.capture.query(f"SELECT user_id, {_COLUMNS} FROM user_profile"))
        columns = ("user_id", *PROFILE)
        for table, expected, found in (
            (USER_PROFILE, now, self.rows(USER_PROFILE, *columns)),
            (USER_PROFILE, profiles.user_profile(trail), self.later(USER_PROFILE)),
            (
                USER_PROFILE_HISTORY,
                profiles.user_profile_history(trail),
                self.later(USER_PROFILE_HISTORY),
            ),
        ):
            assert difference(table.name, expected, found) == ""
        assert self.rows(QUARANTINE) == []


@pytest.fixture(scope="module")
def lake(capture: Capture, session: Session, tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    """A lake after 10,000 changes, four deaths of the worker and two restarts of the database."""
    settings = capture.platform.settings
    folder = Lake(str(tmp_path_factory.mktemp("lake")))
    lake = Lakes(capture, Runner(folder, broker_at(settings.kafka_bootstrap_servers), session))
    tell_the_story(capture)
    changes = Changes(seed=6, users=USERS)
    for number in range(1, 5):
        with closing(capture.connect()) as one, closing(capture.connect()) as other:
            changes.make(CHANGES // 4, (one, other))
        if number == 2:
            capture.restart_database()
        if number == 3:
            capture.restart_database(meanwhile=capture.kill_worker_without_database)
        capture.mark(number)
        if number < 4:
            with closing(capture.connect()) as one, closing(capture.connect()) as other:
                changes.make(CHANGES // 40, (one, other))
            capture.kill_worker()
    assert changes.made >= CHANGES
    lake.refresh()
    return lake


def tell_the_story(capture: Capture) -> None:
    """A member joins, moves twice in one transaction, leaves, and comes back."""
    capture.change(f"INSERT INTO user_profile (user_id, city) VALUES ({STORY}, 'Boston')")
    capture.change(
        f"UPDATE user_profile SET city = 'Newark' WHERE user_id = {STORY}",
        f"UPDATE user_profile SET city = 'Austin' WHERE user_id = {STORY}",
    )
    capture.change(f"DELETE FROM user_profile WHERE user_id = {STORY}")
    capture.change(f"INSERT INTO user_profile (user_id, city) VALUES ({STORY}, 'Denver')")


def test_a_member_joins_moves_leaves_and_comes_back(lake: Lakes) -> None:
    """Insert, update, delete and insert again are three stretches, with a gap before the last."""
    columns = ("user_id", "city", "is_current", "valid_from", "valid_to")
    found = sorted(
        (row for row in lake.rows(USER_PROFILE_HISTORY, *columns) if row[0] == STORY),
        key=lambda row: row[3],
    )
    (boston, austin, denver) = found
    assert [row[1:3] for row in found] == [("Boston", False), ("Austin", False), ("Denver", True)]
    assert boston[4] == austin[3]
    assert austin[4] < denver[3]
    assert denver[4] is None


def test_a_member_from_before_comes_by_the_first_snapshot(lake: Lakes) -> None:
    """What the table held when the log began to be kept is read once."""
    found = [row for row in lake.rows(USER_PROFILE_HISTORY) if row[0] == EARLIER]
    assert [row[3:] for row in found] == [(True, *[None] * len(PROFILE))]


def test_silver_is_the_databases_state_and_audit_trail(lake: Lakes) -> None:
    """After 10,000 changes, the worker killed four times, once while the database was away."""
    lake.assert_as_the_database()


def test_a_snapshot_changes_nothing(lake: Lakes) -> None:
    """Every row comes again, as ``r``; profiles and history stay as they are."""
    before = {
        table: sorted(lake.rows(table), key=repr) for table in (USER_PROFILE, USER_PROFILE_HISTORY)
    }
    read_before = sum(event["op"] == "r" for event in lake.capture.events())
    count = ask_for_snapshot(lake.capture.platform.settings)
    assert count == len(before[USER_PROFILE])
    lake.capture.wait_for(read_before + count, lambda event: event["op"] == "r")
    lake.refresh()
    assert {table: sorted(lake.rows(table), key=repr) for table in before} == before


def test_columns_come_and_go(lake: Lakes) -> None:
    """A column more is noticed and loses nothing, one less is null from then on."""
    capture = lake.capture
    capture.change("DROP TRIGGER audit ON user_profile")
    before = {row[0]: row[1:] for row in lake.rows(USER_PROFILE, "user_id", *PROFILE)}
    capture.change("ALTER TABLE user_profile ADD COLUMN nickname text")
    capture.change(f"UPDATE user_profile SET nickname = 'Speedy' WHERE user_id = {STORY}")
    capture.change("ALTER TABLE user_profile DROP COLUMN city")
    joined = STORY + 2
    capture.change(
        f"INSERT INTO user_profile (user_id, nickname) VALUES ({joined}, 'Slow')",
        f"UPDATE user_profile SET nickname = 'Fast' WHERE user_id = {STORY}",
    )
    capture.wait_for(1, lambda event: (event["after"] or {}).get("user_id") == joined)
    lake.refresh()
    nobody = (None,) * len(PROFILE)
    expected = before | {STORY: nobody, joined: nobody}
    assert before[STORY] != nobody
    assert {row[0]: row[1:] for row in lake.rows(USER_PROFILE, "user_id", *PROFILE)} == expected
    assert lake.rows(NEW_FIELDS, "source", "field") == [("user_info", "after.nickname")]
    assert lake.rows(QUARANTINE) == []


def test_starting_again_is_harmless(capture: Capture) -> None:
    """A connector that runs goes on; one that is gone comes back, and goes on where it was."""
    url, before = capture.platform.settings.connect_url, capture.worker()
    started = httpx.get(f"{url}/connectors/user_profile/config").json()
    capture.platform.start()
    assert httpx.get(f"{url}/connectors/user_profile/config").json() == started
    httpx.delete(f"{url}/connectors/user_profile").raise_for_status()
    capture.change(f"INSERT INTO user_profile (user_id) VALUES ({STORY + 3})")
    capture.platform.start()
    capture.wait_for(1, lambda event: (event["after"] or {}).get("user_id") == STORY + 3)
    assert capture.worker() == before


def test_the_configuration_for_azure_sql_is_sound(capture: Capture) -> None:
    """Debezium's SQL Server connector knows every option, and only misses the server."""
    config = json.loads((ROOT / "include/connectors/azure_sql.json").read_text())
    url = f"{capture.platform.settings.connect_url}/connector-plugins/SqlServerConnector"
    told = httpx.put(f"{url}/config/validate", json=config | QUICK, timeout=120).json()
    found = {each["value"]["name"]: each["value"]["errors"] for each in told["configs"]}
    errors = {name: errors for name, errors in found.items() if errors}
    assert list(errors) == ["database.hostname"]
    assert "unexpected pre-login response" in errors["database.hostname"][0]
    # These are not of the connector itself: the JDBC driver's, and those of two Kafka clients.
    passed_on = ("driver.", "schema.history.internal.kafka.", "topic.creation.default.")
    assert [n for n in config if n not in found and not n.startswith(passed_on)] == []
