"""Gym life goes in at Kafka and PostgreSQL, Airflow runs, and gold is what the oracle says."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from secrets import token_hex

import httpx
import pytest

from e2e import canaries
from e2e.api import Api
from e2e.canaries import CommandLines
from e2e.sources import change_profiles, insert, kafka_holds, landed
from e2e.ui import log_in
from gympulse.local import postgres
from gympulse.local.airflow_api import write_header
from gympulse.local.platform import running
from gympulse.local.secrets_file import local_secrets
from gympulse.local.settings import LocalSettings
from gympulse.model.tables import GOLD, LAYERS, QUARANTINE, WORKOUT_BPM_SUMMARY
from oracle.archives import archived
from oracle.compare import assert_lake_equals, read_rows
from oracle.expected import expect
from oracle.histories import cut as dealt
from oracle.histories import place, records_and_files, seeded_history
from oracle.records import KafkaRecord
from serving.browser import Seen, chromium, picture
from serving.reading import SERVED, as_sets, table_rows
from streams.cluster import Cluster
from streams.operating import land_archives
from streams.runs import broker_at, wait_until

PARTITIONS = 2
START = 1_678_521_600
# Whose profile comes from the database.
MEMBER = 21
REGISTRATIONS = [
    (11, 118440, "AA:BB:CC:DD:EE:01", START - 86400),
    (MEMBER, 118450, "AA:BB:CC:DD:EE:21", START - 86400),
    (12, 118441, "aa:bb:cc:dd:ee:02", START),
]
VISITS = [
    ("aa:bb:cc:dd:ee:01", 5, START + 60, START + 7200),
    ("aa:bb:cc:dd:ee:02", 6, START + 600.5, None),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSettings]:
    """All services but the simulator, on free ports."""
    folder = tmp_path_factory.mktemp("platform")
    with running(folder, "postgres", "kafka", "connect", "airflow", "scheduler") as settings:
        yield settings


def kafka_batches() -> list[list[KafkaRecord]]:
    """A made history's Kafka records, in two batches."""
    batches = place(dealt(seeded_history(3), 3, runs=2), partitions=PARTITIONS)
    return [[item for item in batch if isinstance(item, KafkaRecord)] for batch in batches]


def message(topic: str, **value: object) -> KafkaRecord:
    """A message for a topic; its offset the broker decides."""
    return KafkaRecord(topic, 0, -1, None, json.dumps(value).encode())


def reading(rate: float) -> KafkaRecord:
    """A reading of one device and instant."""
    return message("bpm", device_id=118440, time=START, heartrate=rate)


def workout_of_member() -> list[KafkaRecord]:
    """A workout of the member whose profile is in the database alone."""
    told = {"user_id": MEMBER, "workout_id": 3, "session_id": 1}
    return [
        message("workout", **told, timestamp=START + 600, action="start"),
        message("workout", **told, timestamp=START + 1800, action="stop"),
        *(
            message("bpm", device_id=118450, time=START + at, heartrate=rate)
            # The last two are a jump.
            for at, rate in ((660, 111), (720, 112), (725, 170))
        ),
    ]


@pytest.fixture(scope="module")
def command_lines(settings: LocalSettings) -> Iterator[CommandLines]:
    """Looks for secrets on command lines while the other tests go on."""
    with CommandLines(local_secrets(settings.folders.state)).watched() as looking:
        yield looking


@pytest.fixture(scope="module")
def archives() -> list[KafkaRecord]:
    """The archived records that the platform was given."""
    return []


@pytest.mark.usefixtures("command_lines")
def test_gold_through_airflow(settings: LocalSettings, cluster: Cluster) -> None:
    """An hourly chain and one of Airflow's backfills leave what the oracle computes.

    The second is done on a Spark cluster, of which the jobs' connection alone tells.
    """
    broker, (first, second) = broker_at(settings.kafka_bootstrap_servers), kafka_batches()
    change_profiles(
        settings,
        f"INSERT INTO user_profile (user_id, sex, city) VALUES ({MEMBER}, 'F', 'Boston')",
        f"INSERT INTO user_profile (user_id, sex, city) VALUES ({MEMBER + 1}, 'M', 'Austin')",
    )
    with Api(settings) as airflow:
        broker.send(first)
        insert(settings, "registered_users", REGISTRATIONS[:2])
        insert(settings, "gym_logins", VISITS)
        # The scheduler has begun with the last full hour; it may have come before the records.
        for layer in LAYERS:
            airflow.wait_for_success(layer)
        broker.send([*second, *workout_of_member()])
        change_profiles(
            settings,
            f"UPDATE user_profile SET city = 'Newark' WHERE user_id = {MEMBER}",
            f"DELETE FROM user_profile WHERE user_id = {MEMBER + 1}",
        )
        insert(settings, "registered_users", REGISTRATIONS[2:])
        with postgres.connect(settings) as connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE gym_logins SET logout = %s WHERE logout IS NULL", (START + 9000,)
            )
        airflow.run_jobs_on(cluster.master, cluster.conf)
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
        for layer in LAYERS:
            airflow.backfill(layer, hour)
            airflow.wait_for_success(layer, kind="backfill")
        airflow.run_jobs_on("local[*]", {})
    on_cluster = {app["name"] for app in cluster.state()["completedapps"]}
    assert on_cluster == {f"gympulse {layer}" for layer in LAYERS}
    files = landed(settings)
    assert {file.folder for file in files} == {"registered_users", "gym_logins"}
    assert_lake_equals(expect(kafka_holds(settings), files), settings.lake)
    columns = ("user_id", "sex", "city", "num_records")
    summaries = read_rows(settings.lake, WORKOUT_BPM_SUMMARY.name, columns)
    # The earliest that is known of her counts for the time before.
    assert [row for row in summaries if row[0] == MEMBER] == [(MEMBER, "F", "Boston", 3)]


def test_history_through_airflow(settings: LocalSettings, archives: list[KafkaRecord]) -> None:
    """Archives are loaded with approval, gold is rebuilt and all is verified, hours going on."""
    records, _ = records_and_files(place(dealt(seeded_history(4), 4, runs=1)))
    history = archived(Random(4), records)
    land_archives(settings.lake, history)
    broker_at(settings.kafka_bootstrap_servers).send([reading(715)])
    told = {"reason": "a test", "dry_run": False}
    with Api(settings) as airflow:
        refusal = airflow.refusal("backfill", {"from_date": "yesterday", **told})
        assert "Invalid input for param from_date" in refusal
        load = airflow.trigger("backfill", {**told, "require_approval": True})
        beside = {layer: airflow.trigger(layer) for layer in LAYERS}
        airflow.approve("backfill", load)
        airflow.wait_for_success("backfill", run=load)
        beside["gold_rebuild"] = airflow.trigger("gold_rebuild", told)
        beside["verify"] = airflow.trigger("verify")
        for dag, run in beside.items():
            airflow.wait_for_success(dag, run=run)
    archives += history.records
    received = [*kafka_holds(settings), *archives]
    assert_lake_equals(expect(received, landed(settings)), settings.lake)


def test_review_through_airflow(settings: LocalSettings, archives: list[KafkaRecord]) -> None:
    """A reading in tenths of beats, set aside above, is cured and released; no other is."""
    received = [*kafka_holds(settings), *archives]
    tenths = next(each for each in received if each.value == reading(715).value)
    is_meant = f"source = 'kafka' AND topic = 'bpm' AND partition = 0 AND offset = {tenths.offset}"
    cures = {"heartrate": f"IF({is_meant}, 71.5, NULL)"}
    told = {"rules": ["bad_heartrate"], "cures": cures}
    with Api(settings) as airflow:
        run = airflow.trigger("quarantine_review", {**told, "reason": "a test", "dry_run": False})
        airflow.wait_for_success("quarantine_review", run=run)
    expected = expect([*received, reading(71.5)], landed(settings))
    assert_lake_equals(expected, settings.lake, expected.tables)
    columns = ("source_id", "status", "decided_by", "reason")
    decided = [row for row in read_rows(settings.lake, QUARANTINE.name, columns) if row[2]]
    assert decided == [(f"bpm/0/{tenths.offset}", "released", settings.airflow_user, "a test")]


def test_gold_is_served_to_airflows_users(settings: LocalSettings) -> None:
    """The REST API gives the tables as they are, to who has a token of Airflow's and no other."""
    with Api(settings) as airflow:
        for path, table in SERVED.items():
            rows = airflow.gold(path)
            assert as_sets(rows) == as_sets(table_rows(settings.lake, table))
            assert rows, f"{table.name} is empty: nothing is shown"
        for path in (*SERVED, "/dashboard/gyms", "/static/style.css", "/nothing"):
            refused = airflow.ask(f"/gympulse{path}", Authorization="Bearer of.bad.news")
            assert refused.status_code in (401, 403), path
            assert "rows" not in refused.text
            nobody = httpx.get(f"{settings.airflow_url}/gympulse{path}")
            assert (nobody.status_code, nobody.json()["title"]) == (401, "Not authenticated")
        assert httpx.get(f"{settings.airflow_url}/gympulse/health").json() == {"status": "ok"}
    name, _, value = write_header(settings).read_text().strip().partition(": ")
    fresh = httpx.get(f"{settings.airflow_url}/gympulse/freshness", headers={name: value}).json()
    assert {each["table"] for each in fresh["sources"]} == {table.name for table in GOLD}
    assert all(row["complete_through"] for row in fresh["rows"])


def test_the_dashboard_is_in_airflows_navigation(settings: LocalSettings) -> None:
    """From Airflow's login to a page of ours, whose address in the bar can be shared."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        log_in(page, settings)
        for name in ("gyms", "workouts", "health", "platform"):
            seen = Seen(settings.airflow_url)
            seen.follow(page)
            page.goto(f"{settings.airflow_url}/plugin/gympulse-{name}")
            frame = page.frame_locator("iframe")
            frame.locator("body[data-ready=true]").wait_for(timeout=60_000)
            frame.get_by_test_id("sources").get_by_text("version").first.wait_for()
            picture(page, f"airflow-{name}")
            ours = [each for each in seen.complaints if "/gympulse/" in each]
            # How the frame is made is Airflow's choice.
            assert [each for each in ours if "sandbox" not in each] == []
        # Somebody else, to whom the address was sent, has to log in first.
        other = browser.new_page()
        other.goto(page.url)
        other.get_by_label("Username").wait_for()


def test_no_secret_is_told(settings: LocalSettings, command_lines: CommandLines) -> None:
    """After all that went before: in no log, file, table, command line, template or answer.

    A secret that is told is found in each kind of place.
    """
    state = settings.folders.state
    secrets = local_secrets(state) | {"leak": token_hex(16)}
    command_lines.secrets = secrets
    with Api(settings) as airflow, canaries.leaked(secrets["leak"], state, airflow) as leak:
        wait_until(lambda: ("leak", "a command line") in command_lines.finds)
        found = canaries.in_answers(secrets, airflow) | canaries.in_files(secrets, state)
    assert found | command_lines.finds | canaries.in_tables(secrets, settings.lake) == leak
